package config

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The schema and the decoder say the same of every text: an editor that finds
// nothing wrong has a file that is read, and the other way round.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "../../testdata/cometsync.schema.json"
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(text, want) {
		t.Errorf("%s is not what the options come to (%v); run with -update and look at the difference", golden, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(SchemaName, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(SchemaName)
	if err != nil {
		t.Fatal(err)
	}
	keys := new(Options).configKeys()
	check := func(text string, want bool) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "cometsync.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, decoded := ReadFile(path)
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		judged := schema.Validate(value)
		if (decoded == nil) != want || (judged == nil) != want {
			t.Errorf("%s\nthe decoder says %v, the schema %v, and it should be taken: %t", text, decoded, judged, want)
		}
	}

	for _, k := range keys {
		check(k.Name+":", false)
		switch k.form() {
		case oneNumber:
			check(k.Name+": 5", true)
			check(k.Name+": \"5\"", true)
			check(k.Name+": 5.5", false)
			check(k.Name+": many", false)
			check(k.Name+": [5]", false)
		case oneTruth:
			check(k.Name+": true", true)
			check(k.Name+": \"false\"", true)
			check(k.Name+": yes", false)
			check(k.Name+": 1", false)
		case someTexts:
			check(k.Name+": a", true)
			check(k.Name+": [a, 1, true]", true)
			check(k.Name+": [[a]]", false)
			check(k.Name+": {a: b}", false)
		case oneText:
			for _, w := range k.Words {
				check(k.Name+": "+w, true)
			}
			check(k.Name+": nonsense", k.Words == nil)
			check(k.Name+": {a: b}", false)
		case textsByName:
			check(k.Name+": {a: b, \"c d\": 1}", true)
			check(k.Name+": {a: [b]}", false)
			check(k.Name+": {a: {b: c}}", false)
			check(k.Name+": {a: }", false)
		case mapsByName:
			check(k.Name+": {a: {b: c, yes: 1}}", true)
			check(k.Name+": {a: b}", false)
			check(k.Name+": {a: {b: [c]}}", false)
		case manySources:
			check(k.Name+": a.csv", true)
			check(k.Name+": {path: a.csv, sheet: HR}", true)
			check(k.Name+": [a.csv, {path: b.csv}]", true)
			check(k.Name+": [[a.csv]]", false)
			check(k.Name+": [{sheet: HR}]", false)
			check(k.Name+": [{path: a.csv, missing: keep}]", false)
		default:
			t.Errorf("%s has the form %d", k.Name, k.form())
		}
	}
	for _, k := range new(OwnSource).keys() {
		if k.Name == "path" {
			continue
		}
		source := func(value string) string { return fmt.Sprintf("sources: [{path: a.csv, %s: %s}]", k.Name, value) }
		good := map[form]string{oneText: "x", oneNumber: "3", oneTruth: "true", textsByName: "{a: b}", someTexts: "[a, b]",
			mapsByName: "{a: {b: c}}"}[k.form()]
		if k.Words != nil {
			good = k.Words[0]
			check(source("nonsense"), false)
		}
		check(source(good), true)
		check(source("[[]]"), false)
		check(source(""), false)
	}
	check("max-deactivat: 5", false)
	check("sources: [{path: a.csv, encodng: x}]", false)
	check("api-key: x", false)
	check("config: x", false)
}
