package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Machine describes the machine: its processor and its system.
func Machine() []string {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(name), ":"))
				break
			}
		}
	}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return []string{fmt.Sprintf("%d cores of %s", runtime.NumCPU(), cpu), runtime.GOOS + "/" + runtime.GOARCH + " " + strings.TrimSpace(string(kernel))}
}

// WriteJSON writes a value to a file, whose directory is made.
func WriteJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// ReplaceSection puts text into a document, between the comments that begin and end the section of that name.
func ReplaceSection(path, name, text string) error {
	begin, end := "<!-- "+name+": begin; written by bench/"+name+" -->\n", "<!-- "+name+": end -->\n"
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return fmt.Errorf("%s has no lines %q and %q", path, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+strings.TrimRight(text, "\n")+"\n\n"+end+after), 0o644)
}
