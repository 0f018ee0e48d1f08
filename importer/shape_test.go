package importer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// outcome is a roster on few lines: users, rejects, and notices with a code
// that is asked for.
func outcome(t testing.TB, r *Roster, codes ...notice.Code) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(usersOf(t, r))
	in := r.Intake()
	for _, reject := range in.Rejects.All() {
		fmt.Fprintf(&b, "reject %d %q %s %q: %s\n", reject.Source.Row, reject.UID, reject.Defects[0].Code, reject.Defects[0].Column,
			strings.Join(reject.Cells, "|"))
	}
	for _, n := range in.Notices {
		if slices.Contains(codes, n.Code) {
			fmt.Fprintf(&b, "%s %d%s\n", n.Code, n.Count, n.Message[strings.Index(n.Message, ": "):])
		}
	}
	return b.String()
}

// manyTitles is a text with more different ones than are named.
var manyTitles = func() string {
	text := "uid,Rolle\n"
	for i := range 9 {
		text += fmt.Sprintf("u%d,Amt %d\n", i, i%7)
	}
	return text
}()

// transforms are settings, a text, and what is read of it.
var transforms = []struct {
	name string
	set  columns.Settings
	text string
	want string
}{
	{"values", columns.Settings{Map: map[string]string{"Rolle": "role"},
		Values: map[string]map[string]string{"role": {"Lehrer": "teacher",
			"Schüler ": "student", "n/a": ""}}},
		"uid,Rolle\na,Lehrer\nb, LEHRER \nc,SCHU\u0308LER\nd,n/a\ne,\nf,Chef\ng,\" \"\n",
		"a role=teacher\nb role=teacher\nc role=student\nd\ne\nf role=chef\ng\nunmapped-value 1: values.role lacks the text of 1 " +
			"cell, such as \"Chef\"; it counts as it is\n"},
	{"the first few are named", columns.Settings{Map: map[string]string{"Rolle": "role"},
		Values: map[string]map[string]string{"role": {"x": "y"}}}, strings.ReplaceAll(manyTitles, "Amt ", "amt"),
		"u0 role=amt0\nu1 role=amt1\nu2 role=amt2\nu3 role=amt3\nu4 role=amt4\nu5 role=amt5\nu6 role=amt6\nu7 role=amt0\nu8 role=amt1\n" +
			"unmapped-value 9: values.role lacks the text of 9 cells, such as \"amt0\", \"amt1\", \"amt2\", \"amt3\", \"amt4\"; it " +
			"counts as it is\n"},
	{"private values are not named", columns.Settings{Values: map[string]map[string]string{"metadata.@private.grade": {"A1": "1"}}},
		"uid,metadata.@private.grade\na,A1\nb,A2\n",
		"a @private.grade=1\nb @private.grade=A2\nunmapped-value 1: values.metadata.@private.grade lacks the text of 1 cell; it " +
			"counts as it is\n"},
	{"values of a state", columns.Settings{Values: map[string]map[string]string{"state": {"online": "active",
		"beurlaubt": "inactive"}}},
		"uid,state\na,Online\nb,beurlaubt\nc,x\n",
		"a active\nb deactivated\nreject 4 \"c\" state-unknown \"state\": c|x\n"},
	{"what a text stands for is text", columns.Settings{Values: map[string]map[string]string{"statusMessage": {"f": "'=1"}}},
		"uid,statusMessage\na,f\nb,'=x\n",
		"a statusMessage='=1\nb statusMessage==x\n"},
	{"constants", columns.Settings{Constants: map[string]string{"tags": "berlin|school", "metadata.site": "'+49", "role": ""}},
		"uid\na\nb\n",
		"a tags=berlin|school site='+49\nb tags=berlin|school site='+49\n"},
	{"a joined name", columns.Settings{Join: map[string]string{"name": "{Last}, {first name} ({{{Middle}}})"}},
		"uid,First Name,Middle,Last\na,Anna,M,Kim\nb,,,\nc,Cy,,\n",
		"a name=Kim, Anna ({M})\nb\nc name=, Cy ({})\n"},
	{"white space around what is lacking", columns.Settings{Join: map[string]string{"name": "{F} {M} {L}"}},
		"uid,F,M,L\na, Anna ,,Kim\nb,,,Li\nc,'=x,y,z\n",
		"a name=Anna Kim\nb name=Li\nc name==x y z\n"},
	{"a joined uid", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}, Map: map[string]string{"Nr": "metadata.nr"}},
		"Site,Nr,name\nB , 1,Anna\nB,,Ben\n,,Carl\nM,x y,Dora\n",
		"b-1 name=Anna nr=1\nreject 3 \"\" uid-missing \"{Site}-{Nr}\": B||Ben\nreject 4 \"\" uid-missing \"{Site}-{Nr}\": " +
			"||Carl\nreject 5 \"\" uid-invalid \"{Site}-{Nr}\": M|x y|Dora\n"},
	{"a joined uid and ragged rows", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}},
		"Site,Nr,name\nB,1,Anna\nB,2\nB,3,Carl,x\nB,4,Dora,\n",
		"b-1 name=Anna\nreject 3 \"\" cells-missing \"\": B|2\nreject 4 \"\" cells-extra \"\": B|3|Carl|x\nreject 5 \"\" " +
			"cells-extra \"\": B|4|Dora|\n"},
	{"a joined uid whose first column is it", columns.Settings{Join: map[string]string{"uid": "s-{Nr}"}}, "Nr,name\n1\n2,Ben\n",
		"s-2 name=Ben\nreject 2 \"\" cells-missing \"\": 1\n"},
	{"a sum under a joined uid", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}}, "Site,Nr,name\nB,1,Anna\nTotal,1,\n",
		"b-1 name=Anna\nreject 3 \"total-1\" not-a-person \"\": Total|1|\n"},
	{"a footer under a joined uid", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}},
		"Site,Nr,name\nB,1,Anna\nTotal: 1,,\n",
		"b-1 name=Anna\n"},
	{"rows that a quote has swallowed", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}},
		"Site,Nr,statusMessage\nB,1,\"x\nB,2,y\nB,3,\"\nB,4,z\n",
		"b-4 statusMessage=z\nreject 2 \"\" quote-broken \"statusMessage\": B|1|x\nB,2,y\nB,3,\n"},
	{"by its name a column is it, and a join has it", columns.Settings{Join: map[string]string{"name": "{Name} ({Dept})"}},
		"uid,Name,Dept,Nickname\na,Anna,HR,x\n",
		"a name=Anna (HR)\nignored-column 1: the column \"Nickname\" is left alone: the name is read from \"{Name} ({Dept})\"\n" +
			"joined-column 1: the column \"Name\" is not read by itself: the name is read from \"{Name} ({Dept})\"\n"},
	{"defaults", columns.Settings{Defaults: map[string]string{"role": "guest", "state": "inactive"}},
		"uid,role,state\na,,\nb,boss,active\nc,\u00a0, \n",
		"a role=guest deactivated\nb role=boss active\nc role=guest deactivated\n"},
	{"join, then values, then defaults", columns.Settings{Join: map[string]string{"role": "{A}{B}"},
		Values: map[string]map[string]string{"role": {"xy": "boss", "none": ""}}, Defaults: map[string]string{"role": "guest"}},
		"uid,A,B\na,X,y\nb,no,ne\nc,,\nd,q,r\n", "a role=boss\nb role=guest\nc role=guest\nd role=qr\nunmapped-value 1: " +
			"values.role lacks the text of 1 cell, such as \"qr\"; it counts as it is\n"},
	{"other columns are left alone, but for a join's", columns.Settings{Map: map[string]string{"Nr": "uid"},
		Others: columns.IgnoreOthers,
		Join:   map[string]string{"name": "{F} {L}"}}, "Nr,F,L,role\n1,Anna,Kim,x\n",
		"1 name=Anna Kim\nignored-column 1: left alone, since the mapping does not list it: \"role\"; to use one, add it to the " +
			"mapping\n"},
	{"other columns are refused, but for a join's", columns.Settings{Map: map[string]string{"Nr": "uid"}, Others: columns.RefuseOthers,
		Join: map[string]string{"name": "{F} {L}"}}, "Nr,F,L\n1,Anna,Kim\n", "1 name=Anna Kim\n"},
	{"times that nobody sets", columns.Settings{Constants: map[string]string{"createdAt": "2024-01-01"},
		Defaults: map[string]string{"lastActiveAt": "2024-01-01"}}, "uid\na\n", "a\n"},
	{"text decoded twice, in a join", columns.Settings{FixMojibake: true, Join: map[string]string{"name": "{F} {L}"}},
		"uid,F,L\na,J\u00c3\u00bcrgen,x\n", "a name=Jürgen x\n"},
	{"bytes that are not text, in a join", columns.Settings{Encoding: "utf-8", Join: map[string]string{"name": "{F} {L}"},
		Values: map[string]map[string]string{"name": {"x": "y"}}}, "uid,F,L\na,J\xff,x\nb,x,\n",
		"b name=y\nreject 2 \"a\" encoding-broken \"{F} {L}\": a|J\xff|x\n"},
	{"a header below a title", columns.Settings{Join: map[string]string{"uid": "{Site}-{Nr}"}}, "Staff of 2026\n\nSite,Nr\nB,1\n",
		"b-1\n"},
}

func TestShapes(t *testing.T) {
	for _, c := range transforms {
		r := csvText(t, Options{Settings: c.set}, c.text)
		if got := outcome(t, r, "unmapped-value", "joined-column", "ignored-column"); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestShapesThatDoNotFitAHeader(t *testing.T) {
	for _, c := range []struct {
		set        columns.Settings
		text, want string
	}{
		{columns.Settings{Join: map[string]string{"name": "{Frist} {Last}"}}, "uid,First,Last\n",
			`staff.csv: join.name: no column has the header "Frist"; did you mean "First"? correct the template, or the header`},
		{columns.Settings{Join: map[string]string{"name": "{Town}"}}, "uid,First\n",
			`staff.csv: join.name: no column has the header "Town"; the headers are "uid", "First"; correct the template, or the header`},
		{columns.Settings{Join: map[string]string{"uid": "{A}-{B}"}}, "A,C\n1,2\n",
			`staff.csv: no column holds the uid: join.uid: no column has the header "B"; has "B" become "C"? correct the template, or ` +
				`the header`},
		{columns.Settings{Join: map[string]string{"name": "{f n}"}}, "uid,F N,F-N\n",
			`staff.csv: join.name: two columns may be "f n"; rename one`},
		{columns.Settings{Constants: map[string]string{"role": "a"}}, "uid,Role\n",
			`staff.csv: constants.role: the column "Role" holds the role; leave it alone, with Role=- in the mapping, or leave the ` +
				`constant out`},
		{columns.Settings{Constants: map[string]string{"name": "a"}}, "uid,Surname\n",
			`staff.csv: constants.name: the column "Surname" holds the lastName; leave it alone, with Surname=- in the mapping, or ` +
				`leave the constant out`},
		{columns.Settings{Constants: map[string]string{"metadata.a.b": "x"}}, "uid,metadata.a\n",
			`staff.csv: the columns "metadata.a" and "constant" contradict each other: one has a value where the other has an object; ` +
				`leave one alone with --map 'metadata.a=-'`},
		{columns.Settings{Defaults: map[string]string{"role": "a"}}, "uid,name\n",
			`staff.csv: defaults.role: no column holds the role, so every row would have it; map a column to it, or if that is ` +
				`meant, say constants.role`},
		{columns.Settings{Defaults: map[string]string{"name": "a"}}, "uid,surname\n",
			`staff.csv: defaults.name: the name is read from other columns; say it of those`},
		{columns.Settings{Values: map[string]map[string]string{"role": {"a": "b"}}}, "uid,name\n",
			`staff.csv: values.role: no column holds the role; map one to it, or leave the values out`},
		{columns.Settings{Map: map[string]string{"name": "-"}, Constants: map[string]string{"name": "a"}}, "uid,name\nx,y\n", ""},
		{columns.Settings{Defaults: map[string]string{"role": "a"}, Constants: map[string]string{"role": "b"},
			Values: map[string]map[string]string{"role": {"b": "c"}}}, "uid\nx\n",
			`staff.csv: values.role: no column holds the role; map one to it, or leave the values out`},
	} {
		if got := readError(t, Options{Settings: c.set}, "staff.csv", c.text); got != c.want {
			t.Errorf("%+v\n got %s\nwant %s", c.set, got, c.want)
		}
	}
	// One of two sources has the column.
	got := readError(t, Options{Settings: columns.Settings{Values: map[string]map[string]string{"role": {"a": "b"}}}}, "a.csv",
		"uid,role\nx,a\n", "b.csv", "uid\ny\n")
	if got != "" {
		t.Error(got)
	}
}

func TestCheck(t *testing.T) {
	one := func(kind, field, text string) columns.Settings {
		m := map[string]string{field: text}
		switch kind {
		case "join":
			return columns.Settings{Join: m}
		case "constants":
			return columns.Settings{Constants: m}
		case "defaults":
			return columns.Settings{Defaults: m}
		case "values":
			return columns.Settings{Values: map[string]map[string]string{field: {"x": text}}}
		}
		return columns.Settings{Map: m}
	}
	const fields = "; the fields are uid, name, firstName, lastName, avatar, link, role, tags, statusMessage, state, metadata, " +
		"createdAt, lastActiveAt, metadata.KEY"
	for _, c := range []struct {
		set  columns.Settings
		want string
	}{
		{columns.Settings{}, ""},
		{one("map", "A", "uid"), ""},
		{one("map", "A", "rolle"), `map: "A": "rolle" is not a field (did you mean "role"?)` + fields + `, or - to leave the column alone`},
		{columns.Settings{Encoding: "latin7"}, "encoding: "},
		{columns.Settings{HeaderRow: -1}, "header-row: -1 can't be negative; rows are counted from 1, and 0 finds it"},
		{one("values", "rloe", "x"), `values.rloe: "rloe" is not a field (did you mean "role"?)` + fields},
		{one("constants", "-", "x"), `constants.-: "-" is not a field` + fields},
		{one("constants", "status", "x"), `constants.status: "status" is not a field`},
		{one("values", "uid", "x"), "values.uid: a uid is what the source says, or rows would mean somebody else; leave it out"},
		{one("constants", "UID", "x"), "constants.UID: a uid is what the source says"},
		{one("defaults", "uid", "x"), "defaults.uid: a uid is what the source says"},
		{one("join", "uid", "{A}-{B}"), ""},
		{one("constants", "role", "Bad Role!"), `constants.role: "Bad Role!": `},
		{one("constants", "state", "maybe"), `constants.state: "maybe": neither active nor inactive`},
		{one("defaults", "name", strings.Repeat("x", 101)), `defaults.name: "xxx`},
		{one("defaults", "lastName", strings.Repeat("x", 101)), `defaults.lastName: "xxx`},
		{one("values", "avatar", "nowhere"), `values.avatar: "nowhere": `},
		{one("values", "role", ""), ""},
		{one("constants", "metadata.a", "x"), ""},
		{one("constants", "metadata", "x"), `constants.metadata: "x": `},
		{one("constants", "createdAt", "yesterday"), `constants.createdAt: "yesterday": `},
		{one("constants", "tags", strings.Repeat("x", 101)), `constants.tags: "xxx`},
		{one("constants", "role", " "), `constants.role: is nothing but white space; give it a text, or leave it out`},
		{one("defaults", "role", "\xff"), `defaults.role: holds bytes that are not UTF-8; correct it`},
		{columns.Settings{Values: map[string]map[string]string{"role": {" ": "x"}}},
			`values.role: an empty text stands for "x"; what empty cells are is for defaults.role to say`},
		{columns.Settings{Values: map[string]map[string]string{"role": {"A": "x", "a ": "y"}}},
			`values.role: "A" and "a " are one text, whatever their case, and stand for two; leave one out`},
		{columns.Settings{Values: map[string]map[string]string{"role": {"A": "x", "a ": "x"}}}, ""},
		{columns.Settings{Values: map[string]map[string]string{"role": {"\xff": "x"}}}, `values.role: "\xff" is not UTF-8; correct it`},
		{columns.Settings{Constants: map[string]string{"role": "x", "Role": "y"}}, `constants: "Role" and "role" are one field; leave ` +
			`one out`},
		{one("join", "name", "{A"), `join.name: "{A": a { is never closed; write {Header} for a column, and {{ for a brace that is text`},
		{one("join", "name", "{A{B}"), `join.name: "{A{B}": a { is never closed`},
		{one("join", "name", "A}"), `join.name: "A}": a } has no { before it; write }} for a brace that is text`},
		{one("join", "name", "{ }"), `join.name: "{ }": {} names no column; write its header into the braces`},
		{one("join", "name", "x {{y}}"), `join.name: "x {{y}}": names no column; write {Header} for one, or put the text under constants`},
		{columns.Settings{Join: map[string]string{"name": "{A}"}, Map: map[string]string{"B": "name"}},
			`join.name: the name is read from the column "B", which map says; leave one of them out`},
		{columns.Settings{Join: map[string]string{"name": "{A}"}, Constants: map[string]string{"lastName": "x"}},
			`constants.lastName: the name is read from "{A}", which join says; leave one of them out`},
		{columns.Settings{Constants: map[string]string{"role": "x"}, Map: map[string]string{"B": "role"}},
			`constants.role: the role is read from the column "B", which map says; leave one of them out`},
		// What is empty takes back what other settings say.
		{columns.Settings{Join: map[string]string{"name": ""}, Constants: map[string]string{"role": ""},
			Defaults: map[string]string{"state": ""}, Values: map[string]map[string]string{"role": {}}}, ""},
	} {
		err := c.set.Check()
		if err == nil != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v\n got %v\nwant %s", c.set, err, c.want)
		}
	}
}

// What a row becomes, it becomes once more whenever it is read again.
func TestShapesAreReadAgain(t *testing.T) {
	set := columns.Settings{
		Join:      map[string]string{"uid": "{Site}-{Nr}", "name": "{First} {Last}"},
		Values:    map[string]map[string]string{"role": {"Lehrer": "teacher"}},
		Constants: map[string]string{"metadata.site": "x"}, Defaults: map[string]string{"state": "active"},
		FixMojibake: true,
	}
	text := "Site,Nr,First,Last,role,state\n" +
		"B,1,Anna,Kim,Lehrer,\n" +
		"B,2,J\u00c3\u00bcrgen,Li,x,left\n" +
		"b,1,Anna,Kim,teacher,Active\n" + // the first again
		"B,3,Cy,A,,\nB,3,Cy,B,,\n" + // two that differ
		"B,x y,Dora,D,,\n"
	for _, hash := range []func(string) uint64{nil, func(string) uint64 { return 7 }} {
		r, err := Read(context.Background(), []string{write(t, "staff.csv", text)}, Options{Settings: set, hash: hash})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		want := "b-1 name=Anna Kim role=teacher active site=x\nb-2 name=Jürgen Li role=x deactivated site=x\n" +
			"reject 5 \"b-3\" duplicate-uid \"{Site}-{Nr}\": B|3|Cy|A||\nreject 6 \"b-3\" duplicate-uid \"{Site}-{Nr}\": B|3|Cy|B||\n" +
			"reject 7 \"\" uid-invalid \"{Site}-{Nr}\": B|x y|Dora|D||\n"
		if got := outcome(t, r); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if in := r.Intake(); in.Duplicates != 1 || in.Rejects.At(0).Defects[0].Value != "B-3" || !slices.Equal(in.Rejects.At(0).Header,
			[]string{"Site", "Nr", "First", "Last", "role", "state"}) {
			t.Errorf("%d duplicates, %+v", in.Duplicates, in.Rejects.At(0))
		}
		for _, uid := range []string{"b-1", "b-2"} {
			ref, _, ok := r.Find(uid)
			if row, err := r.Load(ref); !ok || err != nil || row.User.UID != uid || len(row.Cells) != 6 {
				t.Errorf("%s: %v %v %+v", uid, ok, err, row)
			}
		}
		in := r.Intake()
		if want := []string{"uid", "name", "role", "state", "metadata.site"}; !slices.Equal(in.Managed, want) ||
			len(in.IgnoredColumns) > 0 {
			t.Errorf("%q, ignored %q", in.Managed, in.IgnoredColumns)
		}
		var columns []string
		for _, c := range in.Columns {
			columns = append(columns, c.Header+"="+c.Field)
		}
		if want := []string{"role=role", "state=state", "{First} {Last}=name", "{Site}-{Nr}=uid",
			"constant=metadata.site"}; !slices.Equal(columns, want) {
			t.Errorf("%q", columns)
		}
	}
}

func TestRewrittenUIDsOfAJoin(t *testing.T) {
	r := csvText(t, Options{Settings: columns.Settings{Join: map[string]string{"uid": "{Site}.{Nr}"}},
		Rules: user.Rules{Rewrite: user.RewriteSlug}}, "Site,Nr\nB,1\nB,1 \nB-1,1\nB,1-1\n")
	want := "b-1\nreject 4 \"b-1-1\" uid-collision \"{Site}.{Nr}\": B-1|1\nreject 5 \"b-1-1\" uid-collision \"{Site}.{Nr}\": B|1-1\n"
	got := outcome(t, r)
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	for _, n := range r.Intake().Notices {
		if n.Code == "uid-rewritten" && !strings.Contains(n.Message, `"B.1" became "b-1"`) && !strings.Contains(n.Message, "B.1 became") {
			t.Errorf("%s", n.Message)
		}
	}
}

// A uid that is joined of a sheet's cells is in doubt if one of them is.
func TestJoinsOfSheets(t *testing.T) {
	const failed = `<c t="e"><v>#N/A</v></c>`
	row := func(cells ...string) string { return "<row>" + strings.Join(cells, "") + "</row>" }
	path := sheetXML(t, "<sheetData/>", "", row(inline("Site"), inline("Nr"), inline("name"), inline("Floor"))+
		row(inline("B"), number(0, "1"), failed, number(0, "2"))+
		row(inline("B"), number(1, "12"), inline("Ben"))+
		row(inline("B"), number(0, "4.5"), inline("Cy"))+
		row(inline("B"), inline("0042"), inline("Dora"))+
		row(inline("B"), number(0, "6"))+
		row(failed, number(0, "7")))
	set := columns.Settings{Join: map[string]string{"UID": "{Site}-{Nr}", "avatar": "http://a.example/{Nr}",
		"statusMessage": "{name} on {Floor}"}, Map: map[string]string{"name": "-", "Nr": "metadata.nr"}}
	r := mustRead(t, Options{Settings: set}, path)
	want := "b-0042 statusMessage=Dora on avatar=http://a.example/0042 nr=0042\nb-6 avatar=http://a.example/6 nr=6\n" +
		"reject 2 \"b-1\" cell-failed \"name\": B|1|#N/A|2\n" +
		"reject 3 \"\" uid-numeric \"Nr\": B|00012|Ben|\nreject 4 \"\" uid-numeric \"Nr\": B|4.5|Cy|\n" +
		"reject 7 \"\" cell-failed \"Site\": #N/A|7||\n"
	if got := outcome(t, r); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	set.DisplayedUIDs = true
	r = mustRead(t, Options{Own: own(map[string]columns.Settings{".xlsx": set})}, path)
	if got := outcome(t, r); !strings.Contains(got, "b-00012 ") {
		t.Errorf("as it is shown: %s", got)
	}
}

// A large source is parsed by many; what a notice names is the same each time.
func TestUnmappedValuesAcrossBatches(t *testing.T) {
	var b strings.Builder
	b.WriteString("uid,role\n")
	for i := range 60_000 {
		fmt.Fprintf(&b, "user-number-%d,r%d\n", i, i/9000)
	}
	set := columns.Settings{Values: map[string]map[string]string{"role": {"r0": "x"}}}
	r := csvText(t, Options{Settings: set}, b.String())
	for _, n := range r.Intake().Notices {
		if n.Code == "unmapped-value" && (n.Count != 51_000 || !strings.Contains(n.Message, `such as "r1", "r2", "r3", "r4", "r5";`)) {
			t.Errorf("%+v", n)
		}
	}
}

func TestTheBooksBalanceUnderShapes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 22))
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	for range slow.Times(60, 300) {
		var texts []string
		for range 1 + r.IntN(2) {
			var b strings.Builder
			b.WriteString(pick("", "", "List\n", "sep=,\n") + "site,nr,role\n")
			for range r.IntN(12) {
				for i := range 3 {
					b.WriteString(pick("a", "B", "b ", "", "M\u00c3\u00bc", "\"q\"\"q\"", "\"a,b,c\nd,e,f\"", "\xff", "'=x", "Total") +
						[]string{",", ",", ""}[i])
				}
				b.WriteString(pick("\n", "\n", "\r\n", "\n\n", ",\n", ",x\n", "\nsite,nr,role\n", "\nTotal: 4,,\n", "\n7\n", "\"\n"))
			}
			b.WriteString(pick("", "", "a", "\"x", "a,b,"))
			texts = append(texts, b.String())
		}
		set := columns.Settings{
			FixMojibake: r.IntN(2) == 0, Join: map[string]string{"uid": pick("{site}-{nr}", "{nr}{nr}", "x{site}"), "name": "{nr} {role}"},
			Values: map[string]map[string]string{"role": {"a": "x", "mü": ""}}, Defaults: map[string]string{"role": pick("",
				"d")}, Constants: map[string]string{"metadata.k": pick("", "c")},
		}
		opt := Options{Settings: set, Duplicates: Duplicates(r.IntN(3)), Rules: user.Rules{Rewrite: user.Rewrite(r.IntN(3)),
			EmptyClears: r.IntN(2) == 0}}
		var hash func(string) uint64
		if r.IntN(3) == 0 {
			hash = func(uid string) uint64 { return uint64(len(uid)) << 60 }
		}
		checkBooks(t, opt, hash, texts...)
	}
}

// Whom a broken row means by a second key is what its cells are shaped to,
// once.
func TestSecondKeysAreShaped(t *testing.T) {
	opt := Options{Match: [][]string{{"mail"}, {"kind"}}, Settings: columns.Settings{
		Join: map[string]string{"metadata.mail": "{Login}@example.com"}, Values: map[string]map[string]string{"metadata.kind": {"a": "b",
			"b": "c"}},
	}}
	r := csvText(t, opt, "uid,role,Login,metadata.kind\nx y,boss,anna,A\n")
	var got []string
	for _, c := range r.Intake().Rejects.At(0).Claims {
		if c.Because == user.SameKey {
			got = append(got, c.Key+"="+c.Value)
		}
	}
	if want := []string{"mail=anna@example.com", "kind=b"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A failed formula is one in a join as well, and values can say what it stands for.
func TestFailedFormulasInJoins(t *testing.T) {
	text := "uid,First,Last,dept\na,Anna,Kim,Sales\nb,#N/A,Oz,Sales\nc,Carl,#BEZUG!,\nd,Dora,X,#N/A\n"
	opt := Options{Settings: columns.Settings{Map: map[string]string{"dept": "metadata.dept"},
		Join: map[string]string{"name": "{First} {Last}"}}}
	r := csvText(t, opt, text)
	in := r.Intake()
	if in.Users != 1 || in.Rejected != 3 {
		t.Fatalf("%d users, %q", in.Users, in.Rejects.Slice())
	}
	for i, want := range []string{`:3:{First} {Last}: "#N/A"`, `:4:{First} {Last}: "#BEZUG!"`, `:5:dept: "#N/A"`} {
		x := in.Rejects.At(i)
		if !strings.Contains(x.String(), want) || x.Defects[0].Code != user.CellFailed || x.UID == "" {
			t.Errorf("%+v, want %s", x, want)
		}
	}
	opt.Values = map[string]map[string]string{"metadata.dept": {"#N/A": ""}}
	if in := csvText(t, opt, text).Intake(); in.Rejected != 2 {
		t.Errorf("with values: %q", in.Rejects.Slice())
	}
}
