package restjson

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
)

func TestParseRates(t *testing.T) {
	tests := []struct {
		text string
		want string
	}{
		{"CreateResource=5/1s", "map[CreateResource:{5 5}]"},
		{"CreateResource=1/20s,all=10/1s:40", "map[CreateResource:{0.05 1} all:{10 40}]"},
		{"CreateResource=5/1s,CreateResource=6/2s", "map[CreateResource:{3 6}]"},
		{"CreateResourc=5/1s", `"CreateResourc=5/1s" is neither service nor OPERATION=N/PERIOD with the name of an operation or all`},
		{"all", `"all" is neither service nor OPERATION=N/PERIOD with the name of an operation or all`},
		{"all=0/1s", `all: "0/1s" is no rate, such as 5/1s or 10/1s:40`},
		{"all=1", `all: "1" is no rate, such as 5/1s or 10/1s:40`},
		{"all=1/0s", `all: "1/0s" is no rate, such as 5/1s or 10/1s:40`},
		{"all=1/1s:0", `all: "1/1s:0" is no rate, such as 5/1s or 10/1s:40`},
	}
	for _, tt := range tests {
		rates, err := ParseRates(strings.Split(tt.text, ","))
		got := fmt.Sprint(rates)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.text, got, tt.want)
		}
	}
	rates, err := ParseRates([]string{"service", "PutRestApi=3/1s"})
	want := ServiceRates()
	want["PutRestApi"] = Rate{3, 3}
	if diff := cmp.Diff(want, rates); err != nil || diff != "" {
		t.Errorf("service: error %v, rates (-want +got):\n%s", err, diff)
	}
	for name := range ServiceRates() {
		if _, err := ParseRates([]string{name + "=1/1s"}); err != nil {
			t.Error(err)
		}
	}
}

func TestThrottle(t *testing.T) {
	now := time.Unix(1700000000, 0)
	throttle := NewThrottle(Rates{"CreateDeployment": {0.2, 1}, AllOperations: {1, 3}}, func() time.Time { return now })
	a, b := Caller{AccountID: "1", Region: "r"}, Caller{AccountID: "2", Region: "r"}
	tests := []struct {
		after     time.Duration
		caller    Caller
		operation string
		retry     time.Duration // 0 where it is admitted
	}{
		{0, a, "CreateDeployment", 0},
		{0, a, "CreateDeployment", 5 * time.Second},
		{0, b, "CreateDeployment", 0},
		{0, a, "GetStage", 0}, // what was refused has taken nothing
		{0, a, "GetStage", 0},
		{0, a, "GetStage", time.Second},
		{time.Second, a, "GetStage", 0},
		{3 * time.Second, a, "CreateDeployment", time.Second},
		{time.Second, a, "CreateDeployment", 0},
		{-time.Hour, a, "CreateDeployment", 5 * time.Second}, // a clock that goes back gives nothing
		{time.Hour + time.Hour, a, "CreateDeployment", 0},
	}
	for i, tt := range tests {
		now = now.Add(tt.after)
		err := throttle.Admit(tt.caller, tt.operation)
		refused, _ := errors.AsType[*apigw.Error](err)
		switch {
		case tt.retry == 0 && err == nil:
		case tt.retry == 0 || refused == nil || refused.Error() != "TooManyRequestsException: Too Many Requests" || refused.RetryAfter != tt.retry:
			t.Errorf("call %d: got %v (%+v), want a wait of %v", i, err, refused, tt.retry)
		}
	}
	if err := (*Throttle)(nil).Admit(a, "GetStage"); err != nil {
		t.Errorf("no throttle: got %v", err)
	}
}

// However many accounts call, those that have not called lately are forgotten.
func TestThrottleForgets(t *testing.T) {
	now := time.Unix(1700000000, 0)
	throttle := NewThrottle(Rates{AllOperations: {1, 3}}, func() time.Time { return now })
	for i := range 3 * maxBuckets {
		now = now.Add(time.Millisecond)
		if err := throttle.Admit(Caller{AccountID: fmt.Sprint(i)}, "GetStage"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(throttle.buckets); n > maxBuckets {
		t.Errorf("%d buckets, want at most %d", n, maxBuckets)
	}
}
