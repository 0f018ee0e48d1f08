package cli_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

var (
	manyDigits = regexp.MustCompile(`\d{4,}`)
	// What names something, or is to be copied, is not a count: ids, paths, rows, options,
	// dates, and the numbers of what is encoded.
	naming     = regexp.MustCompile(`(?:[\w.:/=#+-]|(?:row|rows|line|process|port|since) )$`)
	wordGoesOn = regexp.MustCompile(`^[\w-]`)
	unseen     = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|<[^>]*>`)
)

// cmdGrouped wants every count in what people read to be grouped by thousands, and so
// many of them at least that it is worth looking:
//
//	grouped stdout summary.md report.json
func cmdGrouped(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: grouped FILE...")
	}
	for _, name := range args {
		var text string
		switch filepath.Ext(name) {
		case ".json":
			var whole any
			ts.Check(json.Unmarshal([]byte(ts.ReadFile(name)), &whole))
			text = strings.Join(sentences(whole, ""), "\n")
		case ".html":
			text = unseen.ReplaceAllString(ts.ReadFile(name), " ")
		case ".xlsx":
			f, err := excelize.OpenFile(ts.MkAbs(name))
			ts.Check(err)
			rows, err := f.GetRows(f.GetSheetList()[0])
			ts.Check(err)
			for _, row := range rows {
				text += strings.Join(row, "\n") + "\n"
			}
			ts.Check(f.Close())
		default:
			text = ts.ReadFile(name)
		}
		for _, at := range manyDigits.FindAllStringIndex(text, -1) {
			before, after := text[max(0, at[0]-60):at[0]], text[at[1]:min(len(text), at[1]+30)]
			if !naming.MatchString(before) && !wordGoesOn.MatchString(after) {
				ts.Fatalf("%s: a bare number: …%s%s%s…", name, before, text[at[0]:at[1]], after)
			}
		}
		if !strings.Contains(text, ",") || !regexp.MustCompile(`\d,\d{3}\b`).MatchString(text) {
			ts.Fatalf("%s has no large number:\n%s", name, text)
		}
	}
}

// sentences are the texts for people in a JSON document.
func sentences(v any, key string) (texts []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			texts = append(texts, sentences(e, k)...)
		}
	case []any:
		for _, e := range v {
			texts = append(texts, sentences(e, key)...)
		}
	case string:
		if key == "message" || key == "limit" {
			texts = append(texts, v)
		}
	}
	return texts
}
