package vtl

// Object is something of the host that templates see, such as $input: a Java object whose
// properties and methods are written in Go. A rendering calls it from one goroutine.
//
// What only some objects can do are interfaces of their own: [Setter], [Iterable].
type Object interface {
	// Property returns $object.name, which is also $object["name"]. It reports false where
	// there is no such property, which templates see as an undefined reference.
	Property(name string) (Value, bool)

	// Call returns $object.name(args...). It reports false where there is no method of
	// that name for such arguments, which templates see as an undefined reference. An
	// error ends the rendering: it is what a Java method does that throws.
	// Call must not keep args.
	Call(name string, args []Value) (Value, bool, error)

	// AppendText appends what the object prints as, the result of its toString.
	AppendText(dst []byte) []byte

	// Class returns the name of the object's Java class, which $object.class.name shows.
	Class() string
}

// Setter is an [Object] whose properties can be assigned to: #set($object.name = $v).
type Setter interface {
	// SetProperty sets a property; it reports false if there is none of that name,
	// and then the assignment does nothing.
	SetProperty(name string, v Value) bool
}

// Iterable is an [Object] that #foreach can go through.
type Iterable interface {
	// Elements returns what #foreach goes through. The caller doesn't change it.
	Elements() []Value
}

// Changes is shared by the maps and lists of one document to note that a template has
// changed one of them. The zero Changes has seen no change.
type Changes struct{ changed bool }

// Changed reports whether any map or list that shares c was changed after it was loaded.
// Once it is true it stays true, and what was put into the document since, which doesn't share c,
// may go on changing.
func (c *Changes) Changed() bool { return c != nil && c.changed }

func (c *Changes) note() {
	if c != nil {
		c.changed = true
	}
}
