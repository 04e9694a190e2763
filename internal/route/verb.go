package route

// verb is one of the verbs that a method can be defined for.
type verb uint8

// The seven verbs that ANY stands for, and ANY.
//
// AWS: Set up a method request in API Gateway.
const (
	verbGet verb = iota
	verbPost
	verbPut
	verbDelete
	verbPatch
	verbHead
	verbOptions
	verbAny
	verbCount
)

var verbNames = [verbCount]string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "ANY"}

// parseVerb returns the verb of that name, ANY included, in upper case only.
func parseVerb(name string) (verb, bool) {
	for v, n := range verbNames {
		if n == name {
			return verb(v), true
		}
	}
	return 0, false
}

// IsVerb reports whether name is one of the seven verbs that a request can have; ANY is not.
func IsVerb(name string) bool {
	v, ok := parseVerb(name)
	return ok && v != verbAny
}

// verbSet is a set of verbs, one bit each.
type verbSet uint8

func (s verbSet) contains(v verb) bool { return s&(1<<v) != 0 }
func (s verbSet) with(v verb) verbSet  { return s | 1<<v }
func (s verbSet) serves(v verb) bool   { return s.contains(v) || s.contains(verbAny) }
