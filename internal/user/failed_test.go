package user

import (
	"strings"
	"testing"
)

func TestFailedFormulas(t *testing.T) {
	fields := []string{"name", "first", "last", "avatar", "link", "role", "tags", "statusMessage", "state", "metadata", "metadata.dept",
		"metadata.@private.email", "createdAt"}
	for _, text := range []string{"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#NV", "#WERT!",
		"#BEZUG!", "#ZAHL!",
		"#NOM?", "#VALEUR!", "#NOMBRE!", "#¡REF!", "#¿NOMBRE?", "#VALOR!", "#NOME?", "#VALORE!", "#ИМЯ?", " #N/A ", "\t#REF!"} {
		for _, field := range fields {
			u, defects := readRow(Rules{}, "uid=anna", field+"="+text)
			if len(defects) != 1 || defects[0].Code != CellFailed || defects[0].Column != field || defects[0].Value != text ||
				u.UID != "anna" {
				t.Errorf("%s=%q: %+v, uid %q", field, text, defects, u.UID)
			}
			if u.Has.Has(Name) || len(u.Tags)+len(u.Keys) > 0 {
				t.Errorf("%s=%q was read all the same", field, text)
			}
		}
		for _, rules := range []Rules{{}, {Rewrite: RewriteSlug}, {EmptyClears: true}} {
			u, defects := readRow(rules, "uid="+text, "name=Anna")
			if len(defects) != 1 || defects[0].Code != CellFailed || u.UID != "" {
				t.Errorf("%+v of uid %q: %q, %+v", rules, text, u.UID, defects)
			}
		}
	}
	for _, text := range []string{"#", "#1", "#NAME", "#n/a", "# N/A", "N/A", "#N/A!", "##", "#REF!#REF!", "!REF", "\"#N/A\"", "'#N/A",
		"x #N/A"} {
		if _, defects := readRow(Rules{}, "uid=anna", "name="+text); len(defects) > 0 {
			t.Errorf("%q: %+v", text, defects)
		}
	}
}

// What is hashed at a glance and what is read in full must agree on them, and
// on what begins as they do.
func TestPrinterSeesFailedFormulas(t *testing.T) {
	for _, field := range []string{"name", "role", "tags", "statusMessage", "metadata.dept", "uid"} {
		columns := []Column{column("uid"), column(field)}
		if field == "uid" {
			columns = columns[:1]
		}
		layout := NewLayout()
		for i := range columns {
			if columns[i].Path != nil {
				columns[i].Bit = layout.KeyBit(columns[i].Path)
			}
		}
		p := NewFingerprintCache(Rules{}, layout, columns)
		for _, text := range []string{"#N/A", "#BEZUG!", "#hash", "\"x\"", "!x", "$x", "x"} {
			cells := []string{"anna", text}[2-len(columns):]
			_, defects := Rules{}.Row(columns, cells, &Repairs{})
			for range 2 { // the second time, it is remembered
				if _, ok := p.Row(cells, &Repairs{}); ok != (len(defects) == 0) {
					t.Errorf("%s=%q: printed %v, and read with %+v", field, text, ok, defects)
				}
			}
		}
	}
}

func TestSlugsAreNotMadeOfNumbers(t *testing.T) {
	for _, uid := range []string{"4711.0", "4711,00", "1,234", "1.234,00", "1 234", "1\u00a0234", "1\u202f234", "1'234", "1,23,456", "12.5",
		"0,5", "4711.", "-4711.0", "+17",
		"1.5e-3", "1,5E-03", "1.23457E+15", "50%", "12.5 %", "１２.５", "$1,234.50", "1,234.50 €"} {
		for _, way := range []Rewrite{NoRewrite, RewriteSlug, RewriteCometChat} {
			u, defects := readRow(Rules{Rewrite: way}, "uid="+uid)
			if u.UID != "" || len(defects) != 1 || defects[0].Code != UIDInvalid || strings.Contains(defects[0].Message, "slug make it") {
				t.Errorf("%v of %q: %q, %+v", way, uid, u.UID, defects)
			}
		}
	}
	for uid, want := range map[string]string{"12.34.56": "12-34-56", "a.1": "a-1", "1.a": "1-a", "12/34": "12-34",
		"17@example.org": "17-example-org", "2026.001.x": "2026-001-x", "e.5": "e-5"} {
		if u, defects := readRow(Rules{Rewrite: RewriteSlug}, "uid="+uid); u.UID != want || len(defects) > 0 {
			t.Errorf("%q: %q, %+v, want %q", uid, u.UID, defects, want)
		}
	}
	for _, uid := range []string{"4711", "-4711", "1e5", "1-234", "007"} {
		if u, defects := readRow(Rules{Rewrite: RewriteSlug}, "uid="+uid); u.UID != uid || len(defects) > 0 {
			t.Errorf("%q: %q, %+v", uid, u.UID, defects)
		}
	}
}
