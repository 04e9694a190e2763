// Package quota is the calendar of usage plans: which period a day belongs to, and how many requests a quota
// allows in it.
//
// Both planes read it: the control plane shows usage by days, the data plane counts. It counts nothing
// itself and keeps no state. Start with Quota.
//
// AWS: Create and use usage plans with API keys; QuotaSettings. Periods begin at 00:00 UTC, weeks on Sundays,
// months on their first days.
package quota

import (
	"fmt"
	"time"
)

// Day is a day in UTC, counted from 1 January 1970, which is 0.
type Day int32

const secondsPerDay = 24 * 60 * 60

// DayOf returns the day of a time. Times before 1970 are on day 0.
func DayOf(t time.Time) Day { return Day(max(0, t.Unix()) / secondsPerDay) }

// layout is the form of a day, and of a month in its first seven characters.
const layout = "2006-01-02"

// ParseDay reads a day of the form 2006-01-02, from 1970 to 9999.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(layout, text)
	if err != nil || t.Year() < 1970 {
		return 0, fmt.Errorf("%q is not a date of the form YYYY-MM-DD from 1970 on", text)
	}
	return DayOf(t), nil
}

// Time returns the beginning of the day.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// String returns the day in the form 2006-01-02.
func (d Day) String() string { return d.Time().Format(layout) }

// Month returns the month of the day in the form 2006-01, and the day's number in it, from 1.
func (d Day) Month() (month string, number int) {
	t := d.Time()
	return t.Format(layout[:7]), t.Day()
}

// Period is the period of a quota.
type Period uint8

// The periods. None is that of usage without a quota, which is counted by days.
const (
	None Period = iota
	Daily
	Weekly
	Monthly
)

// periodNames are the names of the periods in the service's model.
var periodNames = [...]string{None: "", Daily: "DAY", Weekly: "WEEK", Monthly: "MONTH"}

// String returns the period's name in the model: "DAY", "WEEK" or "MONTH"; "" for None.
func (p Period) String() string { return periodNames[p] }

// ParsePeriod returns the period of a name, None where it is no period's.
func ParsePeriod(name string) Period {
	for p := Daily; p <= Monthly; p++ {
		if periodNames[p] == name {
			return p
		}
	}
	return None
}

// Start returns the first day of the period that a day is in.
func (p Period) Start(d Day) Day {
	const thursday = 4 // 1 January 1970 was one; Sunday is 0
	switch p {
	case Weekly:
		return max(0, d-(d+thursday)%7)
	case Monthly:
		return d - Day(d.Time().Day()-1)
	}
	return d
}

// Quota is how many requests may be sent in each period. The zero Quota limits nothing.
type Quota struct {
	Limit  int64 // requests in a period
	Offset int64 // requests taken off the limit in the period of First
	Period Period
	First  Day // a day of the first period in which the quota holds
}

// Allowance returns how many requests the quota allows in the period that begins on a day; 0 for the zero
// Quota.
func (q *Quota) Allowance(start Day) int64 {
	if q.Period == None {
		return 0
	}
	allowed := q.Limit
	if start == q.Period.Start(q.First) {
		allowed -= q.Offset
	}
	return max(0, allowed)
}
