package server

import "testing"

// AWS: Configuring the X-Ray SDK for Go (environment variables).
func TestDaemonAddress(t *testing.T) {
	tests := []struct{ value, want string }{
		{"", ""},
		{"127.0.0.1:2000", "127.0.0.1:2000"},
		{"tcp:127.0.0.1:2000 udp:127.0.0.2:2001", "127.0.0.2:2001"},
		{"udp:[::1]:2001 tcp:127.0.0.1:2000", "[::1]:2001"},
		{"tcp:127.0.0.1:2000", ""},
	}
	for _, tt := range tests {
		if got := daemonAddress(tt.value); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.value, got, tt.want)
		}
	}
}
