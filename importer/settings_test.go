package importer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// usersOf shows the users of a roster, one a line: uid, and what else is said.
func usersOf(t testing.TB, r *Roster) string {
	t.Helper()
	var b strings.Builder
	for ref := range r.Len() {
		if _, ok := r.Entry(ref); !ok {
			continue
		}
		row, err := r.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		u := &row.User
		b.WriteString(u.UID)
		for _, f := range []user.Field{user.Name, user.Role, user.StatusMessage, user.Avatar} {
			if u.Has.Has(f) {
				b.WriteString(" " + f.String() + "=" + u.String(f))
			}
		}
		if len(u.Tags) > 0 {
			b.WriteString(" tags=" + strings.Join(u.Tags, "|"))
		}
		if u.Has.Has(user.State) {
			b.WriteString(" " + u.State.String())
		}
		for _, k := range u.Keys {
			b.WriteString(" " + strings.Join(k.Path, ".") + "=" + k.Text)
		}
		if u.Metadata != "" {
			b.WriteString(" " + u.Metadata)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// own gives each of the sources its settings.
func own(settings map[string]columns.Settings) func(string) []columns.Settings {
	return func(path string) []columns.Settings {
		for suffix, s := range settings {
			if strings.HasSuffix(path, suffix) {
				return []columns.Settings{s}
			}
		}
		return nil
	}
}

func TestSourcesHaveTheirOwnSettings(t *testing.T) {
	plain := write(t, "plain.csv", "uid,name\nanna,Anna\n")
	german := write(t, "personal.csv", "Personalnummer;Nachname\r\nben;M\xfcller\r\n")
	twice := write(t, "twice.csv", "uid,name\ncarl,M\u00c3\u00bcller\n")
	left := write(t, "left.csv", "uid,name\ndora,M\u00c3\u00bcller\n")
	titled := write(t, "titled.csv", "What,Ever,More\nuid,name,x\nemil,Emil,1\n")
	wb := book(t, [][]any{{"uid", "name"}, {"no", "No"}}, func(f *excelize.File) {
		fillSheet(t, f, "Staff", [][]any{{"Nr", "name"}, {"fred", "Fred"}})
	})
	r := mustRead(t, Options{Own: own(map[string]columns.Settings{
		"personal.csv": {Map: map[string]string{"Personalnummer": "uid", "Nachname": "name"}, Encoding: "windows-1252", Delimiter: ';'},
		"twice.csv":    {FixMojibake: true},
		"left.csv":     {KeepMojibake: true},
		"titled.csv":   {HeaderRow: 2},
		".xlsx":        {Sheets: []string{"Staff"}, Map: map[string]string{"Nr": "uid"}},
	})}, plain, german, twice, left, titled, wb)
	want := "anna name=Anna\nben name=Müller\ncarl name=Müller\ndora name=M\u00c3\u00bcller\nemil name=Emil\nfred name=Fred\n"
	if got := usersOf(t, r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var codes []string
	for _, n := range r.Intake().Notices {
		if n.Code == "decoded-twice" {
			codes = append(codes, n.Message[strings.LastIndexByte(n.Message, ';')+2:])
		}
	}
	if !slices.Equal(codes, []string{"it was repaired", "it is kept"}) {
		t.Errorf("%q", codes)
	}
}

// readError is the error of reading files, given as name and text in turn.
func readError(t *testing.T, opt Options, files ...string) string {
	t.Helper()
	var paths []string
	for i := 0; i < len(files); i += 2 {
		paths = append(paths, write(t, files[i], files[i+1]))
	}
	r, err := Read(context.Background(), paths, opt)
	if err == nil {
		r.Close()
		return ""
	}
	text := err.Error()
	for _, path := range paths {
		text = strings.ReplaceAll(text, path, path[strings.LastIndexByte(path, '/')+1:])
	}
	return text
}

func TestAHeaderThatChangesIsAnError(t *testing.T) {
	m := map[string]string{"EmpNo": "uid", "Dept": "metadata.department"}
	mine := Options{Own: own(map[string]columns.Settings{"staff.csv": {Map: m}})}
	all := Options{Settings: columns.Settings{Map: m}}
	refuse := Options{Own: own(map[string]columns.Settings{"staff.csv": {Map: m, Others: columns.RefuseOthers}})}
	for _, c := range []struct {
		name  string
		opt   Options
		files []string
		want  string
	}{
		{"as it was", mine, []string{"staff.csv", "EmpNo,Dept\n1,a\n"}, ""},
		{"told apart as headers are", mine, []string{"staff.csv", "emp_no,DEPT\n1,a\n"}, ""},
		{"renamed", mine, []string{"staff.csv", "EmpNo,Dpt\n1,a\n"},
			`staff.csv: the mapping names the column "Dept", which is not in the header; did you mean "Dpt"? correct the mapping, or ` +
				`the header`},
		{"gone", mine, []string{"staff.csv", "EmpNo,Name\n1,a\n"},
			`staff.csv: the mapping names the column "Dept", which is not in the header; the headers are "EmpNo", "Name"; correct the ` +
				`mapping, or the header`},
		{"the uid's", mine, []string{"staff.csv", "EmpNr,Dept\n1,a\n"},
			`staff.csv: no column holds the uid: the mapping names the column "EmpNo", which is not in the header; did you mean ` +
				`"EmpNr"? correct the mapping, or the header`},
		{"by its name there is a uid", mine, []string{"staff.csv", "uid,Dept\n1,a\n"},
			`staff.csv: the mapping names the column "EmpNo", which is not in the header; the headers are "uid", "Dept"; correct the ` +
				`mapping, or the header`},
		{"another source has it", mine, []string{"staff.csv", "EmpNo,Name\n1,a\n", "more.csv", "uid,Dept\n2,b\n"},
			`staff.csv: the mapping names the column "Dept", which is not in the header; the headers are "EmpNo", "Name"; correct the ` +
				`mapping, or the header`},
		{"of all sources, one has it", all, []string{"staff.csv", "EmpNo,Name\n1,a\n", "more.csv", "uid,Dept\n2,b\n"}, ""},
		{"of all sources, none has it", all, []string{"staff.csv", "EmpNo,Name\n1,a\n", "more.csv", "uid,Dept 2\n2,b\n"},
			`the mapping names the column "Dept", which no source has; did you mean "Dept 2"? correct the mapping, or the header`},
		{"one with its own settings does not count", Options{Settings: columns.Settings{Map: m},
			Own: own(map[string]columns.Settings{"own.csv": {}})},
			[]string{"staff.csv", "EmpNo,Name\n1,a\n", "own.csv", "uid,Dept\n2,b\n"},
			`the mapping names the column "Dept", which no source has; the headers are "EmpNo", "Name"; correct the mapping, or the ` +
				`header`},
		{"no source has the general ones", Options{Settings: columns.Settings{Map: m},
			Own: own(map[string]columns.Settings{"own.csv": {}})},
			[]string{"own.csv", "uid\n2\n"}, ""},
		{"nothing else", refuse, []string{"staff.csv", "EmpNo,Dept\n1,a\n"}, ""},
		{"another column", refuse, []string{"staff.csv", "EmpNo,Dept,Role\n1,a,b\n"},
			`staff.csv: the column "Role" is not in the mapping, and other columns are refused; add it to the mapping, or map it to - ` +
				`to leave it alone`},
		{"other columns", refuse, []string{"staff.csv", "EmpNo,Dept,Role,Fax\n1,a,b,c\n"},
			`staff.csv: the columns "Role", "Fax" are not in the mapping, and other columns are refused; add each to the mapping, or ` +
				`map each to - to leave it alone`},
		{"one column became another", refuse, []string{"staff.csv", "EmpNo,Department\n1,a\n"},
			`staff.csv: the mapping names the column "Dept", which is not in the header; has "Dept" become "Department"? correct the ` +
				`mapping, or the header`},
		{"the nearest did", refuse, []string{"staff.csv", "EmpNo,Role,Deptm\n1,a,b\n"},
			`staff.csv: the mapping names the column "Dept", which is not in the header; did you mean "Deptm"? correct the mapping, or ` +
				`the header`},
		{"what a report adds", refuse, []string{"staff.csv", "EmpNo,Dept,_file,_row,_column,_code,_message\n1,a,,,,,\n"}, ""},
		{"settings of its own that are wrong",
			Options{Own: own(map[string]columns.Settings{"staff.csv": {Map: map[string]string{"A": "rloe"}}})}, []string{"staff.csv",
				"uid\n1\n"},
			`staff.csv: map: "A": "rloe" is not a field (did you mean "role"?); the fields are uid, name, firstName, lastName, avatar, ` +
				`link, role, tags, statusMessage, state, metadata, createdAt, lastActiveAt, metadata.KEY, or - to leave the column alone`},
		{"a sheet of no workbook", Options{Own: own(map[string]columns.Settings{"staff.csv": {Sheets: []string{"A"}}})},
			[]string{"staff.csv", "uid\n1\n"},
			`staff.csv: is not a workbook, and has the sheet "A" in its settings; leave that out`},
		{"an inherited sheet", Options{Settings: columns.Settings{Sheets: []string{"A"}},
			Own: own(map[string]columns.Settings{"staff.csv": {Sheets: []string{"A"}}})}, []string{"staff.csv", "uid\n1\n"},
			`--sheet "A": no source is a workbook; leave it out`},
		{"an encoding that is none", Options{Own: own(map[string]columns.Settings{"staff.csv": {Encoding: "x"}})},
			[]string{"staff.csv", "uid\n1\n"}, "*"},
	} {
		got := readError(t, c.opt, c.files...)
		if c.want == "*" && strings.HasPrefix(got, "staff.csv: ") {
			continue
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestOtherColumns(t *testing.T) {
	path := write(t, "staff.csv", "EmpNo,Name,Role,createdAt,metadata.x\n1,Anna,boss,2024-01-01,y\n")
	m := map[string]string{"EmpNo": "uid", "Name": "name"}
	r := mustRead(t, Options{Settings: columns.Settings{Map: m}}, path)
	if got := usersOf(t, r); got != "1 name=Anna role=boss x=y\n" {
		t.Errorf("understood: %s", got)
	}
	r = mustRead(t, Options{Settings: columns.Settings{Map: m, Others: columns.IgnoreOthers}}, path)
	if got := usersOf(t, r); got != "1 name=Anna\n" {
		t.Errorf("ignored: %s", got)
	}
	in := r.Intake()
	if want := []string{"Role", "createdAt", "metadata.x"}; !slices.Equal(in.IgnoredColumns, want) ||
		!slices.Equal(in.Managed, []string{"uid", "name"}) {
		t.Errorf("%q %q", in.IgnoredColumns, in.Managed)
	}
	if n := in.Notices; len(n) != 1 || n[0].Code != "ignored-column" || !strings.HasSuffix(n[0].Message,
		`staff.csv: left alone, since the mapping does not list them: "Role", "createdAt", "metadata.x"; to use one, add it to the `+
			`mapping`) {
		t.Errorf("%+v", n)
	}
	for _, o := range []columns.OtherColumns{columns.UnderstandOthers, columns.IgnoreOthers, columns.RefuseOthers} {
		text, err := o.MarshalText()
		var back columns.OtherColumns
		if err != nil || back.UnmarshalText(text) != nil || back != o {
			t.Errorf("%v comes back as %v", o, back)
		}
	}
	var o columns.OtherColumns
	if err := o.UnmarshalText([]byte("skip")); err == nil || columns.OtherColumns(9).String() != "OtherColumns(9)" {
		t.Errorf("%v", err)
	}
	if err := (&columns.Settings{Others: 9}).Check(); err == nil || !strings.HasPrefix(err.Error(), "other-columns: ") {
		t.Errorf("%v", err)
	}
}

func TestEqualSettingsAreCheckedOnce(t *testing.T) {
	opt := Options{Own: func(path string) []columns.Settings {
		return []columns.Settings{{Map: map[string]string{"A": "uid"}, Join: map[string]string{"name": "{" + path[:1] + "}"}}}
	}}
	ms, err := newMappings(&opt)
	if err != nil {
		t.Fatal(err)
	}
	of := func(path string) *columns.Mapping {
		all, err := ms.of(path)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0]
	}
	if a, b, c := of("xa"), of("xb"), of("ya"); a != b || a == c || len(ms.own) != 2 {
		t.Errorf("%p %p %p", a, b, c)
	}
}
