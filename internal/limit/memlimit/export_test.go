package memlimit

// Buckets returns the number of buckets.
func Buckets(l *Limiter) (n int) {
	for i := range l.shards {
		n += len(l.shards[i].buckets)
	}
	return n
}
