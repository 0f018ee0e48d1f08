package cli

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
	text, err := configSchema()
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
	if err := compiler.AddResource(schemaName, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(schemaName)
	if err != nil {
		t.Fatal(err)
	}
	keys := new(options).configKeys()
	check := func(text string, want bool) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "cometsync.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, decoded := readConfig(path)
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
		check(k.name+":", false)
		switch k.form() {
		case oneNumber:
			check(k.name+": 5", true)
			check(k.name+": \"5\"", true)
			check(k.name+": 5.5", false)
			check(k.name+": many", false)
			check(k.name+": [5]", false)
		case oneTruth:
			check(k.name+": true", true)
			check(k.name+": \"false\"", true)
			check(k.name+": yes", false)
			check(k.name+": 1", false)
		case someTexts:
			check(k.name+": a", true)
			check(k.name+": [a, 1, true]", true)
			check(k.name+": [[a]]", false)
			check(k.name+": {a: b}", false)
		case oneText:
			for _, w := range k.words {
				check(k.name+": "+w, true)
			}
			check(k.name+": nonsense", k.words == nil)
			check(k.name+": {a: b}", false)
		case textsByName:
			check(k.name+": {a: b, \"c d\": 1}", true)
			check(k.name+": {a: [b]}", false)
			check(k.name+": {a: {b: c}}", false)
			check(k.name+": {a: }", false)
		case mapsByName:
			check(k.name+": {a: {b: c, yes: 1}}", true)
			check(k.name+": {a: b}", false)
			check(k.name+": {a: {b: [c]}}", false)
		case manySources:
			check(k.name+": a.csv", true)
			check(k.name+": {path: a.csv, sheet: HR}", true)
			check(k.name+": [a.csv, {path: b.csv}]", true)
			check(k.name+": [[a.csv]]", false)
			check(k.name+": [{sheet: HR}]", false)
			check(k.name+": [{path: a.csv, missing: keep}]", false)
		default:
			t.Errorf("%s has the form %d", k.name, k.form())
		}
	}
	for _, k := range new(ownSource).keys() {
		if k.name == "path" {
			continue
		}
		source := func(value string) string { return fmt.Sprintf("sources: [{path: a.csv, %s: %s}]", k.name, value) }
		good := map[form]string{oneText: "x", oneNumber: "3", oneTruth: "true", textsByName: "{a: b}", someTexts: "[a, b]", mapsByName: "{a: {b: c}}"}[k.form()]
		if k.words != nil {
			good = k.words[0]
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
