package formats

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// spoken is an error of reading JSON, in words.
type spoken struct {
	text string
	err  error
}

func (e *spoken) Error() string { return e.text }
func (e *spoken) Unwrap() error { return e.err }

// Spoken is an error of reading or writing JSON without what the decoder says of Go's
// types: where which value is, and what it should be.
func Spoken(err error) error {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	place, is, should := "", "", ""
	switch {
	case errors.As(err, &semantic):
		place, is = placeOf(semantic.JSONPointer), kinds[semantic.JSONKind]
		if misread := semantic.Err; misread == nil || errors.Is(misread, strconv.ErrRange) || errors.Is(misread, strconv.ErrSyntax) {
			should = wanted(semantic.GoType)
		} else if semantic.JSONKind != '"' && isText(semantic.GoType) {
			should = "a text"
		} else {
			return Spoken(misread)
		}
		if semantic.JSONKind == '0' && len(semantic.JSONValue) > 0 {
			is = fmt.Sprintf("%.30s", semantic.JSONValue)
		}
	case errors.As(err, &syntactic):
		return &spoken{strings.TrimPrefix(syntactic.Error(), "jsontext: "), err}
	}
	if is == "" || should == "" {
		return err
	}
	return &spoken{fmt.Sprintf("%s is %s, and should be %s", place, is, should), err}
}

// kinds are those of values.
var kinds = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
}

// isText reports whether values of a type are written as a text.
func isText(of reflect.Type) bool {
	return of != nil && (of.Kind() == reflect.String || reflect.PointerTo(of).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()))
}

// wanted is what values of a type are written as.
func wanted(of reflect.Type) string {
	for of != nil && of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch {
	case of == nil:
	case isText(of):
		return "a text"
	case of.Kind() == reflect.Bool:
		return "true or false"
	case of.Kind() == reflect.Slice, of.Kind() == reflect.Array:
		return "a list"
	case of.Kind() == reflect.Struct, of.Kind() == reflect.Map:
		return "an object"
	case of.Kind() >= reflect.Int && of.Kind() <= reflect.Uint64:
		return "a whole number"
	case of.Kind() == reflect.Float32, of.Kind() == reflect.Float64:
		return "a number"
	}
	return ""
}

// placeOf is where a value is, in words: "decision" of entry 2 of "pairs".
func placeOf(p jsontext.Pointer) string {
	words := "it"
	for key := range p.Tokens() {
		name := strconv.Quote(key)
		if n, err := strconv.Atoi(key); err == nil {
			name = fmt.Sprintf("entry %d", n+1)
		}
		words = strings.TrimSuffix(name+" of "+words, " of it")
	}
	return words
}
