package gateway

import (
	"reflect"
	"testing"
)

// kept are the fields of an exchange that outlive it on purpose.
var kept = map[string]bool{"port": true, "integrationLatency": true}

// What Release forgets to empty would show up in someone else's exchange.
func TestReleaseEmptiesEverything(t *testing.T) {
	x := new(Exchange)
	fillValue(reflect.ValueOf(x).Elem())
	x.endpointResponse.Owner = nil
	x.Release()
	v := reflect.ValueOf(x).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; !kept[name] {
			checkEmpty(t, name, v.Field(i))
		}
	}
}

// fillValue sets every plain field and lengthens every slice, as far as reflection may.
func fillValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillValue(reflect.NewAt(v.Field(i).Type(), v.Field(i).Addr().UnsafePointer()).Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(v.Index(0))
	case reflect.String:
		v.SetString("left")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	}
}

// checkEmpty reports what is neither zero nor an empty slice, elements beyond its length included.
func checkEmpty(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			checkEmpty(t, name+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		if v.Len() != 0 {
			t.Errorf("%s has %d elements", name, v.Len())
		}
		if v.Type().Elem().Kind() != reflect.Uint8 && v.Cap() > 0 && !v.Slice(0, 1).Index(0).IsZero() {
			t.Errorf("%s still refers to what was in it", name)
		}
	default:
		if !v.IsZero() {
			t.Errorf("%s is %v", name, v)
		}
	}
}
