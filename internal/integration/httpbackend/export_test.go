package httpbackend

// TrustNoIdleConnection makes the pool look at every connection before it is used again.
func (b *Backend) TrustNoIdleConnection() { b.pool.trustedIdle = 0 }

// LookInterval is how often a call that waits looks whether it is over.
const LookInterval = lookInterval
