package restjson

import (
	"net/http"
	"reflect"

	"github.com/sluice-gateway/sluice/apigw"
)

// Call is a request for an operation, as Config.Permit sees it. It is used by one goroutine, and not after the
// request.
type Call struct {
	Operation *apigw.OperationInfo
	Labels    map[string]string // of the path, decoded, by their names in the operation's template
	Request   *http.Request     // whose body has been read

	binding *binding // nil where nothing is bound to the operation
	body    []byte
	decoded bool
	in      reflect.Value // a pointer to the input
	wrong   error         // why there is no input
}

// Input returns the input that the operation will get, a pointer to its struct of package apigw. It is nil where
// the input is wrong or the operation not implemented: then the call fails if it is permitted, and does nothing.
func (c *Call) Input() any {
	if c.binding == nil || c.decode() != nil {
		return nil
	}
	return c.in.Interface()
}

// decode decodes the input of an operation that is bound, once.
func (c *Call) decode() error {
	if !c.decoded {
		c.decoded = true
		c.in = c.binding.newIn()
		c.wrong = c.binding.decode(c.Request, c.Labels, c.body, c.in.Elem())
	}
	return c.wrong
}
