package quota_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/quota"
)

func day(t *testing.T, text string) quota.Day {
	t.Helper()
	d, err := quota.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeriodStart(t *testing.T) {
	tests := []struct {
		period quota.Period
		day    string
		want   string
	}{
		{quota.Daily, "2026-11-22", "2026-11-22"},
		{quota.None, "2026-11-22", "2026-11-22"},
		{quota.Weekly, "2026-11-22", "2026-11-22"}, // a Sunday
		{quota.Weekly, "2026-11-28", "2026-11-22"},
		{quota.Weekly, "2026-03-03", "2026-03-01"},
		{quota.Weekly, "2027-01-01", "2026-12-27"},
		{quota.Weekly, "1970-01-01", "1970-01-01"}, // nothing is before day 0
		{quota.Weekly, "1970-01-04", "1970-01-04"},
		{quota.Monthly, "2026-11-22", "2026-11-01"},
		{quota.Monthly, "2028-02-29", "2028-02-01"},
		{quota.Monthly, "2026-12-01", "2026-12-01"},
	}
	for _, tt := range tests {
		if got := tt.period.Start(day(t, tt.day)).String(); got != tt.want {
			t.Errorf("%v of %s: got %s, want %s", tt.period, tt.day, got, tt.want)
		}
	}
}

// TestPeriodStartProperty holds the arithmetic to package time's.
func TestPeriodStartProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := quota.Day(rapid.IntRange(7, 100000).Draw(t, "day"))
		at := d.Time()
		if got, want := quota.Weekly.Start(d), quota.DayOf(at.AddDate(0, 0, -int(at.Weekday()))); got != want {
			t.Errorf("week of %v: got %v, want %v", d, got, want)
		}
		if got, want := quota.Monthly.Start(d), quota.DayOf(at.AddDate(0, 0, 1-at.Day())); got != want {
			t.Errorf("month of %v: got %v, want %v", d, got, want)
		}
		again, err := quota.ParseDay(d.String())
		if err != nil || again != d {
			t.Errorf("day %v read again: got %v, %v", d, again, err)
		}
	})
}

func TestDayOf(t *testing.T) {
	zone := time.FixedZone("east", 3*3600)
	if got := quota.DayOf(time.Date(2026, 11, 22, 1, 0, 0, 0, zone)).String(); got != "2026-11-21" {
		t.Errorf("got %s, want the day in UTC, 2026-11-21", got)
	}
	if got := quota.DayOf(time.Time{}); got != 0 {
		t.Errorf("got day %d for the zero time, want 0", got)
	}
	for _, text := range []string{"", "2026-11-31", "2026-1-1", "1969-12-31", "2026-11-22T00:00:00Z"} {
		if d, err := quota.ParseDay(text); err == nil {
			t.Errorf("%q: got day %v, want an error", text, d)
		}
	}
}

func TestAllowance(t *testing.T) {
	q := quota.Quota{Limit: 100, Offset: 6, Period: quota.Weekly, First: day(t, "2026-11-25")}
	for _, tt := range []struct {
		start string
		want  int64
	}{{"2026-11-22", 94}, {"2026-11-29", 100}, {"2026-11-15", 100}} {
		if got := q.Allowance(day(t, tt.start)); got != tt.want {
			t.Errorf("week of %s: got %d requests, want %d", tt.start, got, tt.want)
		}
	}
	small := quota.Quota{Limit: 3, Offset: 6, Period: quota.Weekly}
	if got := small.Allowance(0); got != 0 {
		t.Errorf("an offset above the limit: got %d requests, want 0", got)
	}
	if got := (&quota.Quota{}).Allowance(0); got != 0 {
		t.Errorf("no quota: got %d, want 0", got)
	}
	for p := quota.None; p <= quota.Monthly; p++ {
		if got := quota.ParsePeriod(p.String()); got != p {
			t.Errorf("got %v for the name of %v", got, p)
		}
	}
}
