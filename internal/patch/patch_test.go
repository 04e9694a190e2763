package patch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// thing has a member of each sort that rows are written for.
type thing struct {
	Name   *string
	Color  *string
	On     *bool
	Size   *int32
	Labels map[string]string
	Scopes []string
	Part   *thing
}

func table(family patch.Family) *patch.Table[thing] {
	return &patch.Table[thing]{
		Resource: "Thing", Source: "Things", Family: family,
		Rows: []patch.Row[thing]{
			patch.Text("/name", func(t *thing) **string { return &t.Name }),
			patch.Choice("/color", "Color", []string{"RED", "BLUE"}, func(t *thing) **string { return &t.Color }),
			patch.Flag("/on", func(t *thing) **bool { return &t.On }),
			patch.Number("/size", func(t *thing) **int32 { return &t.Size }),
			patch.Entries("/labels/{label}", "Invalid label", func(t *thing) *map[string]string { return &t.Labels }, patch.ParseText),
			patch.Elements("/scopes", func(t *thing) *[]string { return &t.Scopes }),
			{
				Path: "/part/name", Ops: patch.Replace, Refuse: "Parts are only replaced",
				Apply: func(t *thing, c patch.Change) error { t.Part.Name = c.Value; return nil },
			},
			{
				Path: "/at/{path+}/{verb}/on", Ops: patch.Replace | patch.Copy,
				Apply: func(t *thing, c patch.Change) error {
					t.Scopes = append(t.Scopes, c.Var(0)+"|"+c.Var(1)+c.From)
					return nil
				},
			},
		},
	}
}

// operations reads lines of the form "op path value"; "-" stands for an absent value.
func operations(text string) []apigw.PatchOperation {
	var ops []apigw.PatchOperation
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimRight(line, "\n"), " ", 3)
		op := apigw.PatchOperation{Op: new(apigw.Op(f[0])), Path: &f[1]}
		if len(f) == 3 && f[0] == "copy" {
			op.From = &f[2]
		} else if len(f) == 3 {
			op.Value = &f[2]
		}
		ops = append(ops, op)
	}
	return ops
}

func TestApply(t *testing.T) {
	tests := []struct {
		name string
		ops  string
		from thing
		want thing
	}{
		{name: "nothing", from: thing{Name: new("a")}, want: thing{Name: new("a")}},
		{name: "text", ops: "replace /name b", from: thing{Name: new("a")}, want: thing{Name: new("b")}},
		{name: "text without value", ops: "replace /name", from: thing{Name: new("a")}},
		{name: "choice", ops: "replace /color BLUE", want: thing{Color: new("BLUE")}},
		{name: "flag in any case", ops: "replace /on TRUE", want: thing{On: new(true)}},
		{name: "flag without value", ops: "replace /on", from: thing{On: new(true)}, want: thing{On: new(false)}},
		{name: "number", ops: "replace /size 0", want: thing{Size: new(int32(0))}},
		{name: "number without value", ops: "replace /size", from: thing{Size: new(int32(7))}},
		{name: "in order", ops: "replace /name b\nreplace /name c", want: thing{Name: new("c")}},
		{name: "add entry", ops: "add /labels/a 1", want: thing{Labels: map[string]string{"a": "1"}}},
		{name: "add over entry", ops: "add /labels/a 2", from: thing{Labels: map[string]string{"a": "1"}}, want: thing{Labels: map[string]string{"a": "2"}}},
		{name: "escaped entry", ops: "add /labels/a~1b~01 2", want: thing{Labels: map[string]string{"a/b~1": "2"}}},
		{name: "remove entry", ops: "remove /labels/a ignored", from: thing{Labels: map[string]string{"a": "1", "b": "2"}}, want: thing{Labels: map[string]string{"b": "2"}}},
		{name: "remove last entry", ops: "remove /labels/a", from: thing{Labels: map[string]string{"a": "1"}}},
		{name: "elements", ops: "add /scopes x\nadd /scopes y\nadd /scopes x\nremove /scopes z\nremove /scopes x", want: thing{Scopes: []string{"y"}}},
		{name: "variables", ops: "replace /at/a~1b/GET/on\nreplace /at/a/b/*/on\ncopy /at/a/b/on /c", want: thing{Scopes: []string{"a/b|GET", "a/b|*", "a|b/c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.from
			if err := table(patch.MemberFamily).Apply(&got, operations(tt.ops)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("after %q (-want +got):\n%s", tt.ops, diff)
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	const paths = "[/name, /color, /on, /size, /labels/{label}, /part/name, /at/{path+}/{verb}/on]"
	a, b := patch.Family(patch.MemberFamily), patch.Family(patch.PathListFamily)
	tests := []struct {
		name   string
		family patch.Family
		op     string
		want   string
	}{
		{"A, unknown path", a, "replace /nope x", "BadRequestException: Invalid patch path /nope"},
		{"A, no slash", a, "replace name x", "BadRequestException: Invalid patch path name"},
		{"A, unescaped key", a, "add /labels/a/b x", "BadRequestException: Invalid patch path /labels/a/b"},
		{"A, empty key", a, "add /labels/ x", "BadRequestException: Invalid patch path /labels/"},
		{"A, wrong operation", a, "remove /name", "BadRequestException: Invalid patch operation specified. Must be one of: [replace]"},
		{"A, wrong operation on an entry", a, "test /labels/a 1", "BadRequestException: Invalid patch operation specified. Must be one of: [add, remove, replace]"},
		{"A, row with its own words", a, "add /part/name x", "BadRequestException: Parts are only replaced"},
		{"B, unknown path", b, "replace /nope x", "BadRequestException: Invalid patch path  '/nope' specified for op 'replace'. Must be one of: " + paths},
		{"B, wrong operation", b, "remove /name", "BadRequestException: Invalid patch path  '/name' specified for op 'remove'. Must be one of: [/labels/{label}, /scopes]"},
		{"B, operation without paths", b, "move /nope", "BadRequestException: Invalid patch path  '/nope' specified for op 'move'. Please choose supported operations"},
		{"choice", a, "replace /color GREEN", "BadRequestException: Invalid Color specified. Valid options are RED,BLUE"},
		{"flag", a, "replace /on yes", "BadRequestException: Invalid value 'yes' specified for patch path /on"},
		{"number", a, "replace /size 1.5", "BadRequestException: Invalid value '1.5' specified for patch path /size"},
		{"entry without value", a, "replace /labels/a ", "BadRequestException: Invalid null or empty value in labels"},
		{"missing entry", a, "remove /labels/b", "NotFoundException: Invalid label"},
		{"element without value", a, "add /scopes", "BadRequestException: Invalid null or empty value in scopes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fresh := func() thing {
				return thing{Labels: map[string]string{"a": "1"}, Scopes: []string{"x"}, Part: &thing{Name: new("p")}}
			}
			got := fresh()
			ops := operations("remove /scopes x\nadd /labels/c 3\nreplace /part/name q\n" + tt.op)
			err := table(tt.family).Apply(&got, ops)
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s: got error %v, want %s", tt.op, err, tt.want)
			}
			if _, ok := errors.AsType[*apigw.Error](err); !ok {
				t.Errorf("%s: got %T, want *apigw.Error", tt.op, err)
			}
			if diff := cmp.Diff(fresh(), got); diff != "" {
				t.Errorf("refused operations left a trace (-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplyRefusesAbsentMembers(t *testing.T) {
	tests := []struct {
		family patch.Family
		op     apigw.PatchOperation
		want   string
	}{
		{patch.MemberFamily, apigw.PatchOperation{Op: new(apigw.OpReplace)}, "Invalid patch path null"},
		{patch.MemberFamily, apigw.PatchOperation{Path: new("/name")}, "Invalid patch operation specified. Must be one of: [replace]"},
		{patch.PathListFamily, apigw.PatchOperation{}, "Invalid patch path  'null' specified for op 'null'. Please choose supported operations"},
	}
	for _, tt := range tests {
		err := table(tt.family).Apply(&thing{}, []apigw.PatchOperation{tt.op})
		if refusal, ok := errors.AsType[*apigw.Error](err); !ok || refusal.Message != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	text := table(patch.MemberFamily).Markdown()
	for _, line := range []string{"## Thing\n", "| `/scopes` | add, remove | the element |  |\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("got\n%s\nwant a line %q", text, line)
		}
	}
}
