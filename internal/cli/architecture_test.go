package cli

import (
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// module is the path of this module, and of the program's directory.
const module = "cometsync"

// packages lists every package and which others it may import: nouns at the
// bottom, verbs above them, cli on top. No verb imports a verb; only cli
// imports them all.
var packages = map[string][]string{
	".":            {"internal/cli"},
	"internal/cli": nil, // imports them all
	"importer": {"internal/notice", "internal/enum", "importer/charset", "importer/delimited", "importer/footer",
		"importer/store", "importer/input", "importer/columns", "importer/corrections", "importer/record", "importer/sheet",
		"importer/table", "internal/phrase", "internal/plan",
		"internal/trace", "internal/user", "internal/workbook"},
	"importer/charset":   {"internal/phrase"},
	"importer/delimited": {"importer/charset"},
	"importer/footer":    {"internal/phrase", "internal/user"},
	"importer/input":     {"importer/charset", "importer/delimited", "internal/formats", "internal/phrase", "internal/user"},
	"importer/columns": {"internal/notice", "internal/enum", "importer/charset", "importer/delimited", "importer/footer",
		"internal/phrase", "internal/user", "internal/workbook"},
	"importer/sheet": {"importer/columns", "importer/delimited", "importer/footer", "importer/input", "internal/phrase",
		"internal/user", "internal/workbook"},
	"importer/table": {"importer/charset", "importer/columns", "importer/delimited", "importer/footer", "importer/input", "importer/sheet",
		"internal/phrase", "internal/user"},
	"importer/store": {"internal/user"},
	"importer/corrections": {"importer/columns", "importer/delimited", "importer/input", "importer/sheet", "importer/table",
		"internal/formats", "internal/notice", "internal/phrase", "internal/user"},
	"importer/record": {"importer/columns", "importer/delimited", "importer/footer", "importer/sheet", "importer/table", "internal/phrase",
		"internal/user"},
	"importer/survey": {"importer", "importer/charset", "importer/columns", "importer/delimited", "importer/footer", "importer/input",
		"importer/record", "importer/sheet", "importer/table", "internal/notice", "internal/phrase", "internal/user",
		"internal/workbook"},
	"diff":               {"internal/notice", "diff/guard", "internal/enum", "internal/phrase", "internal/plan", "internal/user"},
	"diff/guard":         {"internal/notice", "internal/phrase", "internal/plan", "internal/user"},
	"diff/difftest":      {"internal/plan", "internal/user"},
	"internal/clock":     {},
	"internal/cometchat": {"internal/clock", "internal/jsontext", "internal/phrase", "internal/plan", "internal/user"},
	"internal/apply":     {"internal/clock", "internal/phrase", "internal/plan", "internal/user"},
	"internal/config": {"importer", "importer/charset", "importer/delimited", "importer/input", "importer/columns", "diff", "diff/guard",
		"internal/exit", "internal/phrase", "internal/plan", "internal/sandbox"},
	"internal/history": {"importer", "internal/config", "internal/exit", "internal/formats", "internal/journal", "report",
		"report/directory", "report/explain", "report/lists", "report/runs", "report/verify", "report/wire", "internal/phrase",
		"internal/plan", "internal/trace", "internal/user"},
	"internal/events":  {"internal/cometchat", "internal/config", "internal/exit", "internal/phrase"},
	"internal/exit":    {},
	"internal/journal": {"internal/formats", "internal/exit", "internal/phrase", "internal/plan", "internal/user"},
	"internal/help":    {"internal/phrase"},
	"internal/man":     {"internal/config", "internal/help", "internal/phrase"},
	"internal/monitor": {"internal/plan"},
	"internal/run": {"importer", "importer/input", "diff", "diff/guard", "internal/apply", "internal/clock", "internal/cometchat",
		"internal/config",
		"internal/events", "internal/exit", "internal/formats", "internal/history", "internal/journal", "internal/notice",
		"internal/phrase", "internal/plan", "internal/sandbox", "internal/user", "report", "report/directory",
		"report/roster", "report/wire"},
	"internal/setup": {"importer/survey", "importer/delimited", "internal/config", "internal/formats", "internal/phrase", "internal/plan"},
	"report": {"internal/notice", "internal/enum", "internal/phrase", "internal/plan", "internal/user", "report/comma", "report/document",
		"report/term"},
	"report/chart":     {"internal/phrase"},
	"report/comma":     {"internal/user"},
	"report/directory": {"internal/exit", "internal/plan", "report", "report/html", "report/lists", "report/wire", "report/xlsx"},
	"report/document":  {"internal/phrase", "report/sheet", "report/term"},
	"report/explain": {"internal/formats", "internal/phrase", "internal/plan", "internal/trace", "internal/user", "report",
		"report/document", "report/wire"},
	"report/html":  {"internal/formats", "internal/phrase", "internal/plan", "internal/user", "report", "report/chart", "report/wire"},
	"report/lists": {"internal/phrase", "internal/plan", "internal/user", "report", "report/comma", "report/wire"},
	"report/review": {"internal/formats", "internal/notice", "internal/phrase", "internal/plan", "internal/user", "internal/workbook",
		"report", "report/comma", "report/sheet", "report/xlsx"},
	"report/roster": {"internal/phrase", "internal/user", "report/comma", "report/sheet"},
	"report/runs":   {"internal/formats", "internal/phrase", "internal/plan", "internal/user", "report", "report/term", "report/wire"},
	"report/sheet":  {"internal/phrase"},
	"report/term":   {"internal/phrase"},
	"report/verify": {"internal/formats", "internal/phrase", "internal/plan", "internal/user", "internal/workbook", "report",
		"report/comma", "report/directory", "report/lists", "report/term", "report/wire"},
	"report/wire":                  {"internal/formats", "internal/notice", "internal/plan", "internal/user", "report"},
	"report/xlsx":                  {"internal/phrase", "internal/plan", "internal/user", "report", "report/sheet"},
	"internal/notice":              {},
	"internal/formats":             {},
	"internal/formats/formatstest": {"internal/formats"},
	"internal/phrase":              {},
	"internal/enum":                {"internal/phrase"},
	"internal/plan":                {"internal/formats", "internal/notice", "internal/enum", "internal/phrase", "internal/user"},
	"internal/trace":               {"internal/enum", "internal/user"},
	"internal/user":                {"internal/notice", "internal/enum", "internal/jsontext", "internal/phrase"},
	"internal/jsontext":            {},
	"internal/workbook":            {},
	"internal/sandbox":             {"internal/clock"},
	"internal/slow":                {},
}

// blind lists packages that know neither files nor HTTP.
var blind = []string{"diff", "diff/guard", "internal/apply", "internal/plan", "internal/user"}

// TestArchitecture reads every package's imports and comment.
func TestArchitecture(t *testing.T) {
	commented := map[string]bool{}
	err := goFiles("../..", func(name string, _ []byte, file *ast.File, _ *token.FileSet) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		pkg := path.Dir(name)
		allowed, known := packages[pkg]
		if !known {
			t.Errorf("%s: the package map does not have its package; put it in its place, here too", name)
		}
		commented[pkg] = commented[pkg] || comments(file)
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			ours, is := strings.CutPrefix(imported, module+"/")
			first, _, _ := strings.Cut(imported, "/")
			switch {
			case is && pkg != "internal/cli" && !slices.Contains(allowed, ours):
				t.Errorf("%s imports %s, and may import of ours only %q", name, ours, allowed)
			case pkg == "internal/sandbox" && strings.Contains(first, "."):
				t.Errorf("%s imports %s, and may import the standard library alone", name, imported)
			case slices.Contains(blind, pkg) && (imported == "os" || imported == "net/http"):
				t.Errorf("%s imports %s, and is to know neither files nor HTTP", name, imported)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		if has, read := commented[pkg]; !read {
			t.Errorf("package %s is in the map and not in the tree", pkg)
		} else if !has {
			t.Errorf("package %s has no comment that says what it is for and what it refuses to know", pkg)
		}
	}
}

// comments reports whether a file says what its package is for, and what it refuses to know.
func comments(file *ast.File) bool {
	text := file.Doc.Text()
	if file.Name.Name == "main" {
		return strings.HasPrefix(text, "Command "+module+" ")
	}
	return strings.HasPrefix(text, "Package "+file.Name.Name+" ") && refusal.MatchString(text)
}

var refusal = regexp.MustCompile(`(?i)refuses\sto\sknow|knows\s(of\s)?(no|nothing|neither)\s`)
