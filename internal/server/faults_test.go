package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

// TestFaults: the last explanations are kept, and the newest of one id is found.
func TestFaults(t *testing.T) {
	var f faults
	if f.find("1") != nil {
		t.Error("something is found in nothing")
	}
	const surplus = 10
	for i := range keptFaults + surplus {
		f.keep(&gateway.Explanation{RequestID: strconv.Itoa(i), ExtendedRequestID: "x" + strconv.Itoa(i)})
	}
	f.keep(&gateway.Explanation{RequestID: "500", Status: 403})
	tests := []struct {
		id    string
		found bool
	}{{"0", false}, {strconv.Itoa(surplus), false}, {strconv.Itoa(surplus + 1), true}, {"x700", true}, {strconv.Itoa(keptFaults + surplus - 1), true}}
	for _, tt := range tests {
		if got := f.find(tt.id); (got != nil) != tt.found {
			t.Errorf("%s: found %v, want %v", tt.id, got != nil, tt.found)
		}
	}
	if got := f.find("500"); got == nil || got.Status != 403 {
		t.Errorf("got %+v, want the newest", got)
	}
}

// TestFaultsOverHTTP: the admin listener tells what is kept.
func TestFaultsOverHTTP(t *testing.T) {
	var f faults
	f.keep(&gateway.Explanation{RequestID: "r1", ExtendedRequestID: "ab/c=", Phase: "address", Status: 403})
	admin := adminHandler(&readiness{}, newMetrics("test"), &f)
	for path, status := range map[string]int{"/explain/r1": http.StatusOK, "/explain/ab%2Fc=": http.StatusOK, "/explain/ab/c=": http.StatusOK, "/explain/r2": http.StatusNotFound} {
		w := httptest.NewRecorder()
		admin.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code != status {
			t.Errorf("%s: got status %d, want %d", path, w.Code, status)
			continue
		}
		var e gateway.Explanation
		if err := json.Unmarshal(w.Body.Bytes(), &e); status == http.StatusOK && (err != nil || e.Phase != "address") {
			t.Errorf("%s: got %+v, %v", path, e, err)
		}
	}
}
