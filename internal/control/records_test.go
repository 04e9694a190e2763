package control

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

func TestBrokenRecordsAreInternalFailures(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	key := store.In("123456789012", "eu-west-1").API(id).Resource(root)
	if _, err := s.store.Update(t.Context(), func(tx store.Tx) error { return tx.Put(key, []byte("{secret")) }); err != nil {
		t.Fatal(err)
	}
	vars := map[string]string{"api": "/restapis/" + id, "root": root}
	const failure = `500 InternalFailure: Internal failure`
	s.run(vars, []exchange{
		{`GET {api}/resources/{root}`, failure},
		{`GET {api}/resources`, failure},
		{`POST {api}/resources/{root} {"pathPart":"a"}`, failure},
		{`DELETE {api}/resources/{root}`, failure},
		{`GET {api}/models/Empty`, `200 {...`},
	})
}

func TestOperationsFailWhenTheDataPlaneDoesNotFollow(t *testing.T) {
	c := New(Config{
		Store:   memstore.New(),
		Applied: func(context.Context, store.Revision) error { return context.DeadlineExceeded },
	})
	ctx := restjson.WithCaller(t.Context(), restjson.Caller{AccountID: "123456789012", Region: "eu-west-1", Partition: "aws"})
	created, err := c.createRestApi(ctx, &apigw.CreateRestApiRequest{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.deleteRestApi(ctx, &apigw.DeleteRestApiRequest{RestApiId: *created.Id}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the error of the data plane", err)
	}
	if _, err := c.getRestApi(ctx, &apigw.GetRestApiRequest{RestApiId: *created.Id}); err == nil {
		t.Error("the API is still there")
	}
}

// TestDeletionLeavesNothingWhileOthersWrite deletes an API while its parts are being created.
func TestDeletionLeavesNothingWhileOthersWrite(t *testing.T) {
	s := newTestServer(t)
	id, root := s.api()
	requests := []string{
		"POST /restapis/" + id + "/resources/" + root + ` {"pathPart":"p%d"}`,
		"POST /restapis/" + id + `/models {"name":"M%d","contentType":"application/json","schema":"{}"}`,
		"POST /restapis/" + id + "/requestvalidators {\"name\":\"%d\"}",
		"PUT /restapis/" + id + "/gatewayresponses/THROTTLED {\"statusCode\":\"50%d\"}",
	}
	var all sync.WaitGroup
	for n := range 8 {
		for _, request := range requests {
			all.Go(func() { s.do(fmt.Sprintf(request, n)) })
		}
		if n == 3 {
			all.Go(func() { s.do("DELETE /restapis/" + id) })
		}
	}
	all.Wait()
	if keys := s.keys(); len(keys) != 0 {
		t.Errorf("after the deletion the store holds %v", keys)
	}
}

func TestRandomID(t *testing.T) {
	form := regexp.MustCompile(`^[a-z0-9]{100}$`)
	seen := map[rune]bool{}
	for range 50 {
		id := RandomID(100)
		if !form.MatchString(id) {
			t.Fatalf("got %s, want 100 lower-case letters and digits", id)
		}
		for _, c := range id {
			seen[c] = true
		}
	}
	if len(seen) != 36 {
		t.Errorf("5000 random characters have %d different ones, want 36", len(seen))
	}
}

func TestTakenIDsAreNotGivenAgain(t *testing.T) {
	ids := []string{"first", "root", "e", "f", "first", "second", "root", "e", "f"}
	c := New(Config{Store: memstore.New(), NewID: func(int) string {
		id := ids[0]
		ids = ids[1:]
		return id
	}})
	for _, want := range []string{"first", "second"} {
		created, err := c.createRestApi(t.Context(), &apigw.CreateRestApiRequest{Name: "a"})
		if err != nil || *created.Id != want {
			t.Errorf("got id %s, %v, want %s", apigw.Value(created.Id), err, want)
		}
	}
}
