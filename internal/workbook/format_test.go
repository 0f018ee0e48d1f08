package workbook

import (
	"fmt"
	"strings"
	"testing"
)

func TestFormats(t *testing.T) {
	names := []string{"general", "digits", "shaped", "percent", "exponent", "moment", "elapsed", "text", "other"}
	for _, c := range []struct{ code, kind, number, shown string }{
		{"", "general", "7", ""},
		{"General", "general", "7", ""},
		{"GENERAL;-General", "general", "7", ""},
		{`General" kg"`, "other", "7", ""},
		{"0", "digits", "1234", "1234"},
		{"0", "digits", "-7.5", "-8"},
		{"0", "digits", "123456789012345", "123456789012345"},
		{"0", "digits", "1234567890123456", ""},
		{"#", "digits", "0", ""},
		{"#,##0", "digits", "1234567", "1,234,567"},
		{"#,##0.00", "digits", "1234.5", "1,234.50"},
		{"0.##", "digits", "1.5", "1.5"},
		{"[Red]0;[Blue]-0", "digits", "7", "7"},
		{"_(0_);(0)", "digits", "7", "7"},
		{"00000", "shaped", "501", "00501"},
		{"00000", "shaped", "1234567", "1234567"},
		{"000-00-0000", "shaped", "12345678", "012-34-5678"},
		{`"EMP-"0000`, "shaped", "7", "EMP-0007"},
		{`\E0`, "shaped", "7", "E7"},
		{"0 \\x", "shaped", "7", "7 x"},
		{"[$€-407]0", "shaped", "7", "€7"},
		{"#,##0 €", "shaped", "1234", "1,234 €"},
		{"0,", "shaped", "7000", ""},
		{"0%", "percent", "0.25", "25%"},
		{"0.0%", "percent", "0.285", "28.5%"},
		{"0%", "percent", "0.285", "29%"},
		{"0%", "percent", "9.995", "1000%"},
		{"0.00E+00", "exponent", "7", ""},
		{"##0.0E+0", "exponent", "7", ""},
		{"# ?/?", "other", "7", ""},
		{"[>=100]0;00", "other", "7", ""},
		{`"hidden"`, "other", "7", ""},
		{"@", "text", "7", ""},
		{"yyyy-mm-dd", "moment date", "", ""},
		{"d. mmmm yyyy", "moment date", "", ""},
		{"mmm", "moment date", "", ""},
		{"[$-F800]dddd, mmmm dd, yyyy", "moment date", "", ""},
		{"h:mm AM/PM", "moment time", "", ""},
		{"mm:ss", "moment time", "", ""},
		{"dd/mm/yyyy hh:mm", "moment date time", "", ""},
		{`"day" 0`, "shaped", "7", "day 7"},
		{"[h]:mm", "elapsed time", "", ""},
		{"[mm]:ss", "elapsed time", "", ""},
		{`"unclosed`, "other", "7", ""},
		{"[unclosed", "general", "7", ""},
		{`\`, "other", "7", ""},
	} {
		f := parseFormat(c.code)
		kind := names[f.Kind]
		if f.Date {
			kind += " date"
		}
		if f.Time {
			kind += " time"
		}
		shown, _ := f.Show(c.number)
		if kind != c.kind || shown != c.shown {
			t.Errorf("%s: %s %q, want %s %q", c.code, kind, shown, c.kind, c.shown)
		}
	}
}

func TestStyles(t *testing.T) {
	b := mustOpen(t, plainBook(head+foot, file{"xl/styles.xml",
		`<styleSheet><numFmts><numFmt numFmtId="164" formatCode="&quot;E&quot;00"/><numFmt formatCode="dd.mm.yyyy" numFmtId="14"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="22"/><xf numFmtId="14"/><xf numFmtId="49"/><xf numFmtId="777"/></cellXfs><dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs></styleSheet>`}))
	var got []string
	for i := -1; i < 8; i++ {
		f := b.Format(i)
		got = append(got, fmt.Sprint(f.Kind, f.Date, f.Time))
	}
	if s, want := strings.Join(got, " "), "0falsefalse 0falsefalse 2falsefalse 5truetrue 5truefalse 7falsefalse 0falsefalse 0falsefalse "+
		"0falsefalse"; strings.ReplaceAll(s, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("%s\nwant %s", s, want)
	}
	for id, want := range map[int]FormatKind{0: General, 1: Digits, 2: Digits, 9: Percent, 11: Exponent, 12: Other, 14: Moment, 17: Moment,
		20: Moment, 22: Moment, 36: Moment, 38: Digits, 44: Shaped, 46: Elapsed, 47: Moment, 48: Exponent, 49: AsText, 58: Moment, 81: General} {
		if got := parseFormat(builtin(id)).Kind; got != want {
			t.Errorf("format %d is of kind %d, want %d", id, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for raw, want := range map[string]string{
		"0": "0", "7": "7", "-7": "-7", "12345678901234567890": "12345678901234567890",
		"7.0": "7", "1.5": "1.5", "0.10000000000000001": "0.1", "1.1000000000000001": "1.1", "1.2E+05": "120000", "1E-3": "0.001",
		"-2.50":                  "-2.5",
		"1.2345678901234568E+17": "123456789012346000", "1E+300": "1E+300", "-0": "0", "007": "7", "+7": "7", ".5": "0.5",
		"": "", "abc": "", "0x10": "", "inf": "", "NaN": "", "1_000": "", "1e999": "", "1,5": "", "-": "",
	} {
		if got, ok := Plain(raw); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", raw, got, ok, want)
		}
	}
}

func TestMoment(t *testing.T) {
	for _, c := range []struct {
		raw      string
		date1904 bool
		want     string
	}{
		{"1", false, "1900-01-01 00:00:00"},
		{"59", false, "1900-02-28 00:00:00"},
		{"60", false, ""},
		{"61", false, "1900-03-01 00:00:00"},
		{"44937", false, "2023-01-11 00:00:00"},
		{"44937.345127314817", false, "2023-01-11 08:16:59"},
		{"44937.999999", false, "2023-01-12 00:00:00"},
		{"43475.5", true, "2023-01-11 12:00:00"},
		{"0", true, "1904-01-01 00:00:00"},
		{"2958465", false, "9999-12-31 00:00:00"},
		{"2958466", false, ""},
		{"2958465", true, ""},
		{"-1", false, ""},
		{"NaN", false, ""},
		{"x", false, ""},
	} {
		got := ""
		if at, ok := (&Book{date1904: c.date1904}).Moment(c.raw); ok {
			got = at.Format("2006-01-02 15:04:05")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.raw, got, c.want)
		}
	}
}
