package boltstore_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
	"github.com/sluice-gateway/sluice/internal/store/storetest"
)

// crashDirVariable makes the test program the victim of TestCrash, in that directory.
const crashDirVariable = "SLUICE_TEST_CRASH_DIR"

// crashWriters is how many goroutines of the victim write at once.
const crashWriters = 8

// TestCrash kills a program that writes, at random moments, and looks whether every write
// that it was told to be durable is there. SLUICE_TEST_CRASHES=50 is the whole test.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDirVariable); dir != "" {
		crashVictim(t, dir)
		return
	}
	crashes, writes := 4, 400
	if text := os.Getenv("SLUICE_TEST_CRASHES"); text != "" {
		var err error
		if crashes, err = strconv.Atoi(text); err != nil {
			t.Fatalf("SLUICE_TEST_CRASHES: %v", err)
		}
		writes = 2000
	}
	dir := t.TempDir()
	acknowledged := map[store.Key]string{}
	for crash := range crashes {
		crashOnce(t, dir, rand.IntN(writes), acknowledged)
		s := open(t, dir)
		got := storetest.Contents(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for key, want := range acknowledged {
			if got[key] != want {
				t.Fatalf("crash %d: %q has %d bytes, want the %d of an acknowledged write", crash, key, len(got[key]), len(want))
			}
		}
	}
	t.Logf("%d acknowledged writes survived %d crashes", len(acknowledged), crashes)
}

// crashOnce runs the victim, kills it at a moment after so many acknowledged writes, and
// adds all that it acknowledged.
func crashOnce(t *testing.T, dir string, writes int, acknowledged map[store.Key]string) {
	t.Helper()
	victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrash$", "-test.timeout=2m")
	victim.Env = append(os.Environ(), crashDirVariable+"="+dir)
	victim.Stderr = os.Stderr
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	lines := bufio.NewScanner(out)
	for count := 0; lines.Scan(); count++ {
		if count == writes {
			// Not at once: the next commit may be anywhere between its start and its end.
			timer = time.AfterFunc(time.Duration(rand.IntN(2000))*time.Microsecond, func() { _ = victim.Process.Kill() })
		}
		key, size, _ := strings.Cut(lines.Text(), " ")
		bytes, err := strconv.Atoi(size)
		if err != nil {
			t.Fatalf("the victim said %q", lines.Text())
		}
		acknowledged[store.Key(key)] = crashValue(key, bytes)
	}
	if timer == nil {
		t.Error("the victim ended by itself")
	}
	if err := victim.Wait(); err == nil {
		t.Error("the victim was not killed")
	}
}

// crashVictim writes until it is killed, and prints each key when its write is durable.
func crashVictim(t *testing.T, dir string) {
	s, err := boltstore.Open(boltstore.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	run := os.Getpid()
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for i := 0; ; i++ {
				key, size := fmt.Sprintf("%d/%d/%d", run, w, i), rand.IntN(3000)
				_, err := s.Update(t.Context(), func(tx store.Tx) error {
					return tx.Put(store.Key(key), []byte(crashValue(key, size)))
				})
				if err != nil {
					t.Error(err)
					return
				}
				// One call, one line: what is written is written, whenever the end comes.
				_, _ = os.Stdout.WriteString(fmt.Sprintf("%s %d\n", key, size))
			}
		})
	}
	wg.Wait()
}

// crashValue is a value of that many bytes that belongs to key alone.
func crashValue(key string, size int) string {
	return strings.Repeat(key+" ", size/(len(key)+1)+1)[:size]
}

func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			b.ReportAllocs()
			s := open(b, b.TempDir())
			value := []byte(strings.Repeat("x", 1000))
			var wg sync.WaitGroup
			work := make(chan int, b.N)
			for i := range b.N {
				work <- i
			}
			close(work)
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for i := range work {
						_, err := s.Update(b.Context(), func(tx store.Tx) error {
							return tx.Put(store.Key(fmt.Sprintf("key/%d", i%10000)), value)
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}
