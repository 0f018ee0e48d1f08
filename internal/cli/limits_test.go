package cli

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// What fits in a head, and on a screen. Tests count, but for the size of a package.
const (
	packageFiles  = 22
	packageLines  = 4500
	fileLines     = 450
	functionLines = 90
	columns       = 140    // a tab is four
	wideLines     = 150    // of all lines, may be wider: rows of tables
	allLines      = 70_450 // of all packages, without tests; it only falls
)

// TestLimits holds packages, files, functions and lines to their sizes.
func TestLimits(t *testing.T) {
	within := func(name string, n, limit int) {
		if n > limit {
			t.Errorf("%s: %d, and may be %d", name, n, limit)
		}
	}
	files, lines, wide := map[string]int{}, map[string]int{}, 0
	err := goFiles("../..", func(name string, text []byte, file *ast.File, at *token.FileSet) {
		n := bytes.Count(text, []byte("\n"))
		within(name, n, fileLines)
		if !strings.HasSuffix(name, "_test.go") {
			files[path.Dir(name)]++
			lines[path.Dir(name)] += n
		}
		for line := range bytes.Lines(text) {
			if utf8.RuneCount(line)+3*bytes.Count(line, []byte("\t"))-1 > columns {
				wide++
			}
		}
		for _, d := range file.Decls {
			if f, is := d.(*ast.FuncDecl); is {
				within(path.Dir(name)+"."+f.Name.Name, at.Position(f.End()).Line-at.Position(f.Pos()).Line+1, functionLines)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for pkg, n := range files {
		within(pkg+" files", n, packageFiles)
		within(pkg+" lines", lines[pkg], packageLines)
		all += lines[pkg]
	}
	within("lines of all packages", all, allLines)
	within("lines wider than they may be", wide, wideLines)
}

// goFiles hands over every file of the tree that holds Go.
func goFiles(root string, take func(name string, text []byte, file *ast.File, at *token.FileSet)) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != root &&
			(name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		places := token.NewFileSet()
		file, err := parser.ParseFile(places, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		take(filepath.ToSlash(name), text, file, places)
		return nil
	})
}
