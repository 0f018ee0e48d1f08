package notice

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
)

// Every code is in the catalogue, once and in its order, with a sentence.
func TestCatalogue(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "notice.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []Code
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok {
				code, _ := strconv.Unquote(text.Value)
				codes = append(codes, Code(code))
			}
		}
		return true
	})
	if len(codes) != len(Catalogue) {
		t.Fatalf("%d codes, and %d in the catalogue", len(codes), len(Catalogue))
	}
	for i, entry := range Catalogue {
		if entry.Code != codes[i] || entry.Sentence == "" {
			t.Errorf("entry %d is %q (%q), and the code is %q", i, entry.Code, entry.Sentence, codes[i])
		}
	}
}
