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

// formCases are values that a key of a form takes, or does not.
var formCases = map[form]map[bool][]string{
	oneNumber:   {true: {"5", `"5"`}, false: {"5.5", "many", "[5]"}},
	oneTruth:    {true: {"true", `"false"`}, false: {"yes", "1"}},
	someTexts:   {true: {"a", "[a, 1, true]"}, false: {"[[a]]", "{a: b}"}},
	oneText:     {false: {"{a: b}"}},
	textsByName: {true: {`{a: b, "c d": 1}`}, false: {"{a: [b]}", "{a: {b: c}}", "{a: }"}},
	mapsByName:  {true: {"{a: {b: c, yes: 1}}"}, false: {"{a: b}", "{a: {b: [c]}}"}},
	manySources: {
		true:  {"a.csv", "{path: a.csv, sheet: HR}", "[a.csv, {path: b.csv}]"},
		false: {"[[a.csv]]", "[{sheet: HR}]", "[{path: a.csv, missing: keep}]"},
	},
}

// compiled is the schema, as it is in the tree.
func compiled(t *testing.T) *jsonschema.Schema {
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
	return compiler.MustCompile(SchemaName)
}

// The schema and the decoder say the same of every text: an editor that finds
// nothing wrong has a file that is read, and the other way round.
func TestSchemaAgreesWithDecoder(t *testing.T) {
	schema := compiled(t)
	path := filepath.Join(t.TempDir(), "cometsync.yaml")
	check := func(text string, want bool) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		decoded := new(configuration).file(path)
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		judged := schema.Validate(value)
		if (decoded == nil) != want || (judged == nil) != want {
			t.Errorf("%s\nthe decoder says %v, the schema %v, and it should be taken: %t", text, decoded, judged, want)
		}
	}
	for _, k := range new(Options).configKeys() {
		check(k.Name+":", false)
		cases := formCases[k.form()]
		if cases == nil {
			t.Errorf("%s has the form %d", k.Name, k.form())
		}
		for want, values := range cases {
			for _, v := range values {
				check(k.Name+": "+v, want)
			}
		}
		for _, w := range k.Words {
			check(k.Name+": "+w, true)
		}
		if k.form() == oneText {
			check(k.Name+": nonsense", k.Words == nil)
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
	for _, text := range []string{"max-deactivat: 5", "sources: [{path: a.csv, encodng: x}]", "api-key: x", "config: x"} {
		check(text, false)
	}
}
