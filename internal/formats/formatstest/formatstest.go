// Package formatstest holds files to the JSON Schemas of their formats, for tests. It
// refuses to know what a file is about.
package formatstest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"cometsync/internal/formats"
)

var compiled sync.Map // by name of the format

// Validate returns what of a file its format's schema does not have, or has otherwise.
func Validate(f formats.Format, text []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	schema, ok := compiled.Load(f.Name)
	if !ok {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		for _, of := range slices.Compact([]formats.Format{f, formats.Plan}) { // which others refer to
			source, err := jsonschema.UnmarshalJSON(bytes.NewReader(of.Schema()))
			if err == nil {
				err = c.AddResource(id(of), source)
			}
			if err != nil {
				return err
			}
		}
		if schema, err = c.Compile(id(f)); err != nil {
			return err
		}
		compiled.Store(f.Name, schema)
	}
	return schema.(*jsonschema.Schema).Validate(doc)
}

// id is what a format's schema is called in others.
func id(f formats.Format) string {
	return fmt.Sprintf("cometsync.%s.v%d.schema.json", f.Name, f.Number)
}
