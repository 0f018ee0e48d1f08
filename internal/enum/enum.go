// Package enum names the values of small enumerations, and finds them by their
// names. It refuses to know what any of them means.
package enum

import (
	"fmt"
	"reflect"
	"slices"

	"cometsync/internal/phrase"
)

// Names are those of an enumeration's values, by value. A value without one is
// invalid, but for the zero value where None says so.
type Names[E ~uint8] struct {
	What string // as an error calls it; "" for the words of an option, whose error lists them
	None bool   // the zero value has the name ""
	Of   []string
}

// Name is the value's name.
func (n *Names[E]) Name(e E) string {
	if int(e) < len(n.Of) && (n.Of[e] != "" || e == 0 && n.None) {
		return n.Of[e]
	}
	return fmt.Sprintf("%s(%d)", reflect.TypeFor[E]().Name(), uint8(e))
}

// Text is the name as encoders want it.
func (n *Names[E]) Text(e E) ([]byte, error) { return []byte(n.Name(e)), nil }

// Parse finds the value that has a name; with an error it is the zero value.
func (n *Names[E]) Parse(into *E, text []byte) error {
	*into = 0
	for i, name := range n.Of {
		if name == string(text) && (name != "" || i == 0 && n.None) {
			*into = E(i)
			return nil
		}
	}
	if n.What == "" {
		return fmt.Errorf("%q: it is %s", text,
			phrase.Or(slices.DeleteFunc(slices.Clone(n.Of), func(name string) bool { return name == "" })))
	}
	return fmt.Errorf("unknown %s %q", n.What, text)
}

// All are the values that have names, in order.
func (n *Names[E]) All() []E {
	all := make([]E, 0, len(n.Of))
	for i, name := range n.Of {
		if name != "" {
			all = append(all, E(i))
		}
	}
	return all
}
