package control

import (
	"crypto/rand"
	"regexp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// The lengths of the identifiers that the service makes up.
const (
	apiIDLength  = 10 // of a REST API and of its root resource
	partIDLength = 6  // of everything else within an API
)

const idAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

// RandomID returns n lower-case letters and digits from the system's random source.
func RandomID(n int) string {
	id := make([]byte, 0, n)
	for block := make([]byte, 32); len(id) < n; {
		rand.Read(block) // never fails
		for _, b := range block {
			// 252 is the largest multiple of 36 in a byte: the rest would favour some letters.
			if b < 252 && len(id) < n {
				id = append(id, idAlphabet[b%36])
			}
		}
	}
	return string(id)
}

// freshID returns an id of n characters under whose key nothing is stored.
func (t *tx) freshID(n int, key func(id string) store.Key) (string, error) {
	for {
		id := t.newID(n)
		_, taken, err := t.Get(key(id))
		if err != nil || !taken {
			return id, err
		}
	}
}

// Tags that pin the id of a REST API when it is created. The first is what people
// already have in their scripts, the second is our own name for it.
const (
	tagCustomID = "_custom_id_"
	tagOwnID    = "sluice:id"
)

// pinnedID is what an id may be made of, so that it can be a label of a host name.
var pinnedID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$`)

// newAPIID returns the id of an API that is created with tags: the one that they pin, else a fresh one.
//
// Differs: AWS always makes up the id.
func (t *tx) newAPIID(tags map[string]string) (string, error) {
	for _, tag := range []string{tagOwnID, tagCustomID} {
		id, ok := tags[tag]
		if !ok {
			continue
		}
		if !pinnedID.MatchString(id) {
			return "", apigw.BadRequest("Invalid API identifier in tag " + tag + ": it may hold lower-case letters, digits, - and _, at most 63")
		}
		taken, err := t.apiIDTaken(id)
		if err == nil && taken {
			err = apigw.Conflict("API identifier in tag " + tag + " already exists: " + id)
		}
		return id, err
	}
	for {
		id := t.newID(apiIDLength)
		taken, err := t.apiIDTaken(id)
		if err != nil || !taken {
			return id, err
		}
	}
}

// apiIDTaken reports whether there is an API of that id in any account and region: the id alone is
// its address on the data plane.
func (t *tx) apiIDTaken(id string) (bool, error) {
	for space := range store.Spaces(t) {
		if ok, err := t.exists(space.API(id).Key()); err != nil || ok {
			return ok, err
		}
	}
	return false, t.Err()
}
