package user

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	type want struct {
		sec                    int64
		milliseconds, zoneless int
	}
	for _, c := range []struct {
		cell string
		want want
	}{
		{"1673421419", want{sec: 1673421419}},
		{" 1673421419\u00a0", want{sec: 1673421419}},
		{"1000000000", want{sec: 1000000000}},
		{"9999999999", want{sec: 9999999999}},
		{"1673421419000", want{1673421419, 1, 0}},
		{"1673421419999", want{1673421419, 1, 0}},
		{"2023-01-11T07:16:59Z", want{sec: 1673421419}},
		{"2023-01-11t07:16:59z", want{sec: 1673421419}},
		{"2023-01-11T07:16:59.123456789Z", want{sec: 1673421419}},
		{"2023-01-11T07:16:59,5Z", want{sec: 1673421419}},
		{"2023-01-11T08:16:59+01:00", want{sec: 1673421419}},
		{"2023-01-10T23:46:59-0730", want{sec: 1673421419}},
		{"2023-01-11 08:16:59.25+01", want{sec: 1673421419}},
		{"2023-01-11 07:16:59 UTC", want{sec: 1673421419}},
		{"2023-01-11 07:16:59 +0000", want{sec: 1673421419}},
		{"2023-01-11T07:16Z", want{sec: 1673421360}},
		{"2023-01-11T07:16:59", want{1673421419, 0, 1}},
		{"2023-01-11 07:16:59", want{1673421419, 0, 1}},
		{"2023-01-11 07:16:59.9", want{1673421419, 0, 1}},
		{"2023-01-11 07:16", want{1673421360, 0, 1}},
		{"2023-01-11", want{sec: 1673395200}},
		{"2024-02-29", want{sec: 1709164800}},
		{"2001-09-09T01:46:40Z", want{sec: 1000000000}},
		{"2286-11-20T17:46:39Z", want{sec: 9999999999}},
		{"26.08.2020", want{sec: 1598400000}},
		{"08/26/2020", want{sec: 1598400000}},
		{"8/26/2020", want{sec: 1598400000}},
		{"26-08-2020", want{sec: 1598400000}},
		{"05.05.2020", want{sec: 1588636800}},
		{"2023/01/11", want{sec: 1673395200}},
		{"2023/1/11 07:16:59", want{1673421419, 0, 1}},
		{"2023.01.11", want{sec: 1673395200}},
		{"2023-1-11", want{sec: 1673395200}},
		{"2023-01-11T7:16:59Z", want{sec: 1673421419}},
		{"2023-01-11  07:16:59", want{1673421419, 0, 1}},
		{"2023-01-11 07:16 PM", want{1673464560, 0, 1}},
		{"26.08.2020 14:05", want{1598450700, 0, 1}},
		{"26.08.2020, 14:05:00", want{1598450700, 0, 1}},
		{"08/26/2020 2:05 PM", want{1598450700, 0, 1}},
		{"08/26/2020, 2:05:00 p.m.", want{1598450700, 0, 1}},
		{"08/26/2020 12:05 AM", want{1598400300, 0, 1}},
		{"26.08.2020T14:05:00.5Z", want{sec: 1598450700}},
		{"Never logged in", want{}},
		{"never", want{}},
		{"NULL", want{}},
		{"-", want{}},
		{"0000-00-00 00:00:00", want{}},
		{"", want{}},
		{" \t", want{}},
	} {
		for _, f := range []Field{CreatedAt, LastActiveAt} {
			for _, rules := range []Rules{{}, {EmptyClears: true}} {
				var rep Repairs
				u, defects := rules.Row([]Column{column("uid"), column(f.String())}, []string{"anna", c.cell}, &rep)
				other := u.CreatedAt + u.LastActiveAt - u.Time(f)
				if got := (want{u.Time(f), rep[Milliseconds], rep[Zoneless]}); defects != nil || got != c.want || other != 0 {
					t.Errorf("%s %q: got %+v and %d, %v, want %+v", f, c.cell, got, other, defects, c.want)
				}
				if u.Has.Has(f) != (c.want.sec != 0) || u.Clear != 0 {
					t.Errorf("%s %q: has %b, clears %b", f, c.cell, u.Has, u.Clear)
				}
			}
		}
	}
}

func TestTimesThatAreRefused(t *testing.T) {
	inForm := func(forms string) string {
		return dayFirst + "; say how the source writes dates, as in " + forms + ", or write the year first"
	}
	for _, c := range []struct{ cell, want string }{
		{"yesterday", noTime},
		{"-1673421419", noTime},
		{"2023/01/32", noSuchTime},
		{"26/13/2020", noSuchTime},
		{"26.08.2020 25:00", noSuchTime},
		{"26.08.2020 13:00 PM", noSuchTime},
		{"26.08.2020 noon", noTime},
		{"26/08.2020", noTime},
		{"8.2020", numberOnly},
		{"2023-01", noTime},
		{"2023-01-11T", noTime},
		{"2023-01-11T07:16:59 CET", noTime},
		{"2023-01-11T07:16:59+1", noTime},
		{"2023-01-11T07:16:59+25:00", noSuchTime},
		{"2023-01-11T07:16:59.Z", noTime},
		{"2023-W02-3", noTime},
		{"11-Jan-2023", noTime},
		{"Jan 11, 2023", noTime},
		{"١٦٧٣٤٢١٤١٩", noTime},
		{"11/01/2023", inForm("dates: dd/mm/yyyy or mm/dd/yyyy")},
		{"1/11/23 7:16", inForm("dates: dd/mm/yy or mm/dd/yy")},
		{"11.01.2023", inForm("dates: dd.mm.yyyy")},
		{"11-01-2023", inForm("dates: dd-mm-yyyy or mm-dd-yyyy")},
		{"44937", numberOnly}, // a spreadsheet's serial number
		{"44937.3034606481", numberOnly},
		{"1.673421419E+12", numberOnly},
		{"0", numberOnly},
		{"999999999", numberOnly},
		{"16734214190", numberOnly},
		{"20230111", numberOnly},
		{"1673421419.5", numberOnly},
		{"1673421419000000", numberOnly},
		{"0000000000", timeTooFar},
		{"0999999999", timeTooFar},
		{"0999999999999", timeTooFar},
		{"2001-09-09T01:46:39Z", timeTooFar},
		{"2001-09-09T02:46:39+01:00", timeTooFar},
		{"1970-01-01", timeTooFar},
		{"2286-11-20T17:46:40Z", timeTooFar},
		{"2023-02-30", noSuchTime},
		{"2023-02-29", noSuchTime},
		{"2023-13-01", noSuchTime},
		{"2023-01-00", noSuchTime},
		{"2023-01-11T24:00:00Z", noSuchTime},
		{"2023-01-11 99:00", noSuchTime},
		{"2023-01-11T07:60:00Z", noSuchTime},
		{"2023-01-11T07:16:60Z", noSuchTime},
	} {
		var rep Repairs
		columns := []Column{column("uid"), column("createdAt")}
		columns[1].Header = "Signed up"
		u, defects := Rules{}.Row(columns, []string{"anna", c.cell}, &rep)
		if len(defects) != 1 || u.UID != "anna" || u.CreatedAt != 0 || u.Has.Has(CreatedAt) || rep != (Repairs{}) {
			t.Errorf("%q: got %+v %+v, %v", c.cell, u, rep, defects)
			continue
		}
		d, code := defects[0], TimeInvalid
		if strings.HasPrefix(c.want, dayFirst) {
			code = TimeAmbiguous
		}
		if d.Code != code || d.Column != "Signed up" || d.Value != c.cell ||
			d.Message != c.want+"; correct the cell, clear it, or leave the column alone with --map 'Signed up=-'" {
			t.Errorf("%q: %+v, want %s", c.cell, d, c.want)
		}
	}
}

func TestDatesOfAForm(t *testing.T) {
	for _, c := range []struct {
		form, cell string
		sec        int64
		defect     string
	}{
		{"dd.mm.yyyy", "11.01.2023", 1673395200, ""},
		{"DD.MM.YYYY", "1.1.2023 7:16", 1672557360, ""},
		{"mm/dd/yyyy", "01/11/2023", 1673395200, ""},
		{"mm/dd/yyyy", "1/11/2023 7:16:59 AM", 1673421419, ""},
		{"dd/mm/yyyy", "11/01/2023", 1673395200, ""},
		{"d-m-yy", "11-1-23", 1673395200, ""},
		{"yyyymmdd", "20230111", 1673395200, ""},
		{"ddmmyyyy", "11012023", 1673395200, ""},
		{"yyyy/mm/dd", "2023/01/11", 1673395200, ""},
		{"dd.mm.yyyy", "2023-01-11", 1673395200, ""},
		{"dd.mm.yyyy", "1673421419", 1673421419, ""},
		{"mm/dd/yyyy", "26/08/2020", 0, noSuchTime},
		{"dd.mm.yyyy", "01/11/2023", 0, "not a date of the form dd.mm.yyyy, which dates says of the source; write it so, or with the " +
			"year first"},
		{"dd.mm.yyyy", "26/08/2020", 0, "not a date of the form dd.mm.yyyy, which dates says of the source; write it so, or with the " +
			"year first"},
		{"dd.mm.yyyy", "11.01.23", 0, "not a date of the form dd.mm.yyyy, which dates says of the source; write it so, or with the year " +
			"first"},
		{"yyyymmdd", "202301110", 0, numberOnly},
		{"auto", "11/01/2023", 0, dayFirst},
	} {
		form, err := ParseDateForm(c.form)
		if err != nil {
			t.Errorf("%s: %v", c.form, err)
		}
		if sec, defect := parseTime(c.cell, form, &Repairs{}); sec != c.sec || defect != c.defect {
			t.Errorf("%s %q: %d, %q, want %d, %q", c.form, c.cell, sec, defect, c.sec, c.defect)
		}
	}
	for _, form := range []string{"x", "dd.mm", "dd/mm.yyyy", "yyyy-dd-mm", "dmy", "ddmmyy", "dd..mm.yyyy", "dd.dd.yyyy", "2023-01-11",
		"%d.%m.%Y"} {
		if f, err := ParseDateForm(form); err == nil {
			t.Errorf("%q: %+v", form, f)
		}
	}
}

// TestTimesAreOfCreationsAlone holds that no print or mask speaks of times:
// for a user who is there they are not compared.
func TestTimesAreOfCreationsAlone(t *testing.T) {
	l := NewLayout()
	var p Fingerprint
	a, _ := readRow(Rules{}, "uid=anna", "name=Anna", "createdAt=1673421419", "lastActiveAt=2023-01-11")
	b, _ := readRow(Rules{}, "uid=anna", "name=Anna")
	if a.Mask() != b.Mask() || p.Of(l, &a, a.Mask()) != p.Of(l, &b, b.Mask()) {
		t.Errorf("masks %b and %b, or their prints, differ", a.Mask(), b.Mask())
	}
}

func TestTimesAreThoseOfTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 10_000 {
		sec := minTime + r.Int64N(maxTime-minTime+1)
		zone := time.FixedZone("", (r.IntN(26*60)-13*60)*60)
		at := time.Unix(sec, r.Int64N(1e9)).In(zone)
		for _, layout := range []string{time.RFC3339, time.RFC3339Nano, "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 -0700",
			"2006-01-02T15:04:05,000Z07:00"} {
			text := at.Format(layout)
			if got, defect := parseTime(text, DateForm{}, &Repairs{}); defect != "" || got != sec {
				t.Fatalf("%s is %d (%s), want %d", text, got, defect, sec)
			}
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, s := range []string{"1673421419", "1673421419000", "2023-01-11T07:16:59.5+01:00", "2023-01-11 07:16", "2023-02-30", "11/01/2023",
		"44937.5", "1e+9", "2023-01-11T07:16:59 +01", "26.08.2020, 2:05 p.m.", "2023/1/1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var rep Repairs
		sec, defect := parseTime(s, DateForm{}, &rep)
		if (defect == "") != (sec >= minTime && sec <= maxTime) || defect != "" && (sec != 0 || rep != (Repairs{})) ||
			rep[Milliseconds]+rep[Zoneless] > 1 {
			t.Fatalf("%q: %d, %q, %+v", s, sec, defect, rep)
		}
		// What the library reads is read as it reads it, or refused.
		if at, err := time.Parse(time.RFC3339, strings.ToUpper(s)); err == nil && defect == "" && at.Unix() != sec {
			t.Errorf("%q: %d, want %d", s, sec, at.Unix())
		}
	})
}
