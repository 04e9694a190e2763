package mock_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/mock"
)

func TestCall(t *testing.T) {
	tests := []struct {
		body string
		want int // -1 for the configuration error
	}{
		{`{"statusCode": 200}`, 200},
		{"\n {\t\"statusCode\" :404 } \n", 404},
		{`{statusCode: 200}`, 200},
		{`{'statusCode': 200,}`, 200},
		{`{"message": "x", "statusCode": 500}`, 500},
		{`{"statusCode": 999}`, 999},
		{`{"statusCode": 1}`, 1},
		{`{"statusCode": "200"}`, -1},
		{`{"statusCode": 200.5}`, -1},
		{`{"statusCode": null}`, -1},
		{`{"statusCode": true}`, -1},
		{`{"status": 200}`, -1},
		{`{}`, -1},
		{`[200]`, -1},
		{`200`, -1},
		{``, -1},
		{`{"statusCode": 200`, -1},
		{`"statusCode": 200`, -1},
		{`{"statusCode": 200} what follows is ignored`, 200},
	}
	for _, tt := range tests {
		t.Run(tt.body, func(t *testing.T) {
			var resp integration.Response
			err := mock.Integration{}.Call(t.Context(), &integration.Request{Body: []byte(tt.body)}, &resp)
			if err != nil {
				resp.Status = -1
			}
			if resp.Status != tt.want {
				t.Errorf("%s: got %d (%v), want %d", tt.body, resp.Status, err, tt.want)
			}
		})
	}
}

func TestStatusCodeDoesNotAllocate(t *testing.T) {
	body := []byte(`{"statusCode": 200}`)
	if n := testing.AllocsPerRun(100, func() { mock.StatusCode(body) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
