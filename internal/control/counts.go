package control

import (
	"strconv"

	"github.com/sluice-gateway/sluice/internal/store"
)

// The number of things whose number is limited is kept beside them, so that creating one does not read all
// others. A transaction notes what it adds and removes as it puts and deletes, whatever operation does so: a create,
// an import, a clone, a cascade. Before it is kept, the limits of what has grown are checked and the numbers are written.
//
// A number that is not there, because an older program wrote the store, is counted when it is first needed.

// tally is the number of things of one kind that an API or an account has, in a transaction.
type tally struct {
	kind   store.Kind
	before int  // before the transaction
	now    int  // after what it has done so far
	stored bool // the number was there
}

// Put stores a value and counts it if it is new.
func (t *tx) Put(key store.Key, value []byte) error {
	if err := t.count(key, 1); err != nil {
		return err
	}
	return t.Tx.Put(key, value)
}

// Delete removes a value and counts it if it was there.
func (t *tx) Delete(key store.Key) error {
	if err := t.count(key, -1); err != nil {
		return err
	}
	return t.Tx.Delete(key)
}

// count notes that a value is about to be put, n 1, or deleted, n -1.
func (t *tx) count(key store.Key, n int) error {
	family, kind := key.Family()
	if _, limited := counted[kind]; !limited {
		return nil
	}
	exists, err := t.exists(key)
	if err != nil || exists == (n > 0) {
		return err
	}
	c, err := t.tally(family, kind)
	if err == nil {
		c.now += n
	}
	return err
}

// tally returns the number of things under a prefix.
func (t *tx) tally(family store.Prefix, kind store.Kind) (*tally, error) {
	if c := t.tallies[family]; c != nil {
		return c, nil
	}
	c := &tally{kind: kind}
	value, ok, err := t.Get(family.Count())
	if err != nil {
		return nil, err
	}
	if c.before, err = strconv.Atoi(string(value)); !ok || err != nil {
		c.before = 0
		for range t.Scan(family, "") {
			c.before++
		}
	}
	c.now, c.stored = c.before, ok
	if t.tallies == nil {
		t.tallies = make(map[store.Prefix]*tally)
	}
	t.tallies[family] = c
	return c, t.Err()
}

// settle checks the limits of what the transaction has made more, and writes the numbers.
func (t *tx) settle() error {
	for family, c := range t.tallies {
		limit := counted[c.kind]
		if c.now > c.before && exceeds(c.now, limit.limit(t.limits)) {
			return errLimit(limit.things, limit.owner)
		}
		if c.now == c.before && c.stored {
			continue
		}
		if c.now == 0 {
			if err := t.Tx.Delete(family.Count()); err != nil {
				return err
			}
			continue
		}
		if err := t.Tx.Put(family.Count(), strconv.AppendInt(nil, int64(c.now), 10)); err != nil {
			return err
		}
	}
	return nil
}
