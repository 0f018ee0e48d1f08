// Package formatstest holds files to the JSON Schemas of their formats, for tests. It
// refuses to know what a file is about.
package formatstest

import (
	"bytes"
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
		source, err := jsonschema.UnmarshalJSON(bytes.NewReader(f.Schema()))
		if err != nil {
			return err
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource(f.Name, source); err != nil {
			return err
		}
		if schema, err = c.Compile(f.Name); err != nil {
			return err
		}
		compiled.Store(f.Name, schema)
	}
	return schema.(*jsonschema.Schema).Validate(doc)
}
