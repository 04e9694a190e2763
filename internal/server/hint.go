package server

// hinted is an error with what to do about it.
type hinted struct {
	error
	hint string
}

// withHint adds a hint for the user to an error.
func withHint(err error, hint string) error { return &hinted{err, hint} }

// Unwrap returns the error without the hint.
func (h *hinted) Unwrap() error { return h.error }

// Hint says what the user may do about the error.
func (h *hinted) Hint() string { return h.hint }
