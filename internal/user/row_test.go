package user

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// column is the column that a header in canonical spelling stands for.
func column(header string) Column {
	c := Column{Header: header}
	switch header {
	case "first":
		c.Field, c.Part = Name, First
	case "last":
		c.Field, c.Part = Name, Last
	default:
		name, key, _ := strings.Cut(header, ".")
		if c.Field.UnmarshalText([]byte(name)) != nil {
			return c
		}
		if key != "" {
			c.Path = strings.Split(key, ".")
		}
	}
	return c
}

// readRow reads cells that are given as header=cell.
func readRow(rules Rules, cells ...string) (User, []Defect) {
	var columns []Column
	var values []string
	for _, c := range cells {
		header, value, _ := strings.Cut(c, "=")
		columns = append(columns, column(header))
		values = append(values, value)
	}
	return rules.Row(columns, values, &Repairs{})
}

func TestRowLimits(t *testing.T) {
	tags := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprint("t", i))
		}
		return strings.Join(all, "|")
	}
	url := "https://example.com/"
	for _, c := range []struct {
		cell string
		want Code // noCode: fine
	}{
		{"uid=" + strings.Repeat("a", 100), noCode},
		{"uid=" + strings.Repeat("a", 101), UIDTooLong},
		{"uid=", UIDMissing},
		{"uid=  ", UIDMissing},
		{"uid=a.b", UIDInvalid},
		{"uid=müller", UIDInvalid},
		{"uid=\u212Aarl", UIDInvalid}, // the Kelvin sign is not a k
		{"uid=1.23457E+15", UIDInvalid},
		{"uid=a_b-C9", noCode},
		{"name=" + strings.Repeat("é", 100), noCode},
		{"name=" + strings.Repeat("a", 101), NameTooLong},
		{"name=" + strings.Repeat("😀", 50), noCode},
		{"name=" + strings.Repeat("😀", 51), noCode}, // tried, and told
		{"name=" + strings.Repeat("😀", 100), noCode},
		{"name=" + strings.Repeat("😀", 101), NameTooLong},
		{"avatar=" + url + strings.Repeat("a", MaxURL-len(url)), noCode},
		{"avatar=" + url + strings.Repeat("a", MaxURL-len(url)+1), AvatarTooLong},
		{"avatar=example.com/a.png", AvatarInvalid},
		{"avatar=ftp://example.com", AvatarInvalid},
		{"avatar=javascript:alert(1)", AvatarInvalid},
		{"link=" + url, noCode},
		{"link=" + url + strings.Repeat("a", MaxURL), LinkTooLong},
		{"link=https://", LinkInvalid},
		{"link=https://example.com/a b", LinkInvalid},
		{"role=" + strings.Repeat("r", 100), noCode},
		{"role=" + strings.Repeat("r", 101), RoleTooLong},
		{"role=Team lead", RoleInvalid},
		{"role=Manager", noCode},
		{"role=@agentic", noCode},
		{"role=@", RoleInvalid},
		{"role=a@b", RoleInvalid},
		{"tags=" + tags(25), noCode},
		{"tags=" + tags(26), TagsTooMany},
		{"tags=" + strings.Repeat("t", 100), noCode},
		{"tags=" + strings.Repeat("t", 101), TagTooLong},
		{"tags=[1,2]", TagsInvalid},
		{"state=on leave?", StateUnknown},
		{"state=Terminated", noCode},
		{`metadata={"a":"` + strings.Repeat("x", MaxMetadata-8) + `"}`, noCode},
		{`metadata={"a":"` + strings.Repeat("x", MaxMetadata-7) + `"}`, MetadataTooLarge},
		{"metadata=[]", MetadataInvalid},
		{`metadata={"a":1,"a":2}`, MetadataInvalid},
		{`metadata={"a":1} x`, MetadataInvalid},
		{"statusMessage=" + strings.Repeat("s", 10_000), noCode},
		{"metadata.a=" + strings.Repeat("s", 1000), noCode},
		{"name=a\xffb", EncodingBroken},
		{"uid=a\xffb", EncodingBroken},
		{"name=\xe9", EncodingBroken},
		{"office=a\xffb", noCode}, // not mapped, not looked at
	} {
		cells := []string{c.cell}
		if !strings.HasPrefix(c.cell, "uid=") {
			cells = append([]string{"uid=anna"}, c.cell)
		}
		_, defects := readRow(Rules{}, cells...)
		var got []Code
		for _, d := range defects {
			got = append(got, d.Code)
			if d.Message == "" || strings.HasSuffix(d.Message, ".") {
				t.Errorf("%.60q: message %q", c.cell, d.Message)
			}
		}
		if c.want == noCode && got != nil || c.want != noCode && (len(got) != 1 || got[0] != c.want) {
			t.Errorf("%.60q: got %v, want %v", c.cell, got, c.want)
		}
	}
}

func TestRow(t *testing.T) {
	active := User{UID: "anna", State: Active, Has: FieldsOf(UID)}
	with := func(change func(u *User)) User {
		u := active
		change(&u)
		return u
	}
	clears := Rules{EmptyClears: true}
	for _, c := range []struct {
		rules Rules
		cells []string
		want  User
	}{
		{Rules{}, []string{"uid= Anna "}, active},
		{Rules{}, []string{"uid=anna", "name=", "avatar=", "role=", "tags=", "metadata=", "metadata.a="},
			with(func(u *User) { u.KeepsObject, u.Kept = true, [][]string{{"a"}} })},
		{Rules{}, []string{"uid=anna", "state="}, with(func(u *User) { u.State = Unsaid })},
		{Rules{}, []string{"uid=anna", "state=left"}, with(func(u *User) { u.State = Deactivated; u.Has.Add(State) })},
		{Rules{}, []string{"uid=anna", "name= Anna  Kim"}, with(func(u *User) { u.Set(Name, "Anna Kim") })},
		{Rules{}, []string{"uid=anna", "last=Kim", "first=Anna"}, with(func(u *User) { u.Set(Name, "Anna Kim") })},
		{Rules{}, []string{"uid=anna", "last=Kim", "first="}, with(func(u *User) { u.Name, u.HalfName = "Kim", true })},
		{Rules{}, []string{"uid=anna", "first=Anna", "last= "}, with(func(u *User) { u.Name, u.HalfName = "Anna", true })},
		{clears, []string{"uid=anna", "first=Anna", "last="}, with(func(u *User) { u.Set(Name, "Anna") })},
		{Rules{}, []string{"uid=anna", "first=", "last="}, active},
		{Rules{}, []string{"uid=anna", "first=Anna"}, with(func(u *User) { u.Set(Name, "Anna") })}, // there is no other half
		{Rules{}, []string{"uid=anna", "first=Anna", "last=", "name=A. K."}, with(func(u *User) { u.Set(Name, "A. K.") })},
		{Rules{}, []string{"uid=anna", "last=Kim", "name=A. K."}, with(func(u *User) { u.Set(Name, "A. K.") })},
		{Rules{}, []string{"uid=anna", "role= ADMIN"}, with(func(u *User) { u.Set(Role, "admin") })},
		{Rules{}, []string{"uid=anna", "link=https://a.example/?q=%C3%A9#x"},
			with(func(u *User) { u.Set(Link, "https://a.example/?q=%C3%A9#x") })},
		{Rules{}, []string{"uid='-anna", "statusMessage='=1"}, with(func(u *User) { u.UID = "-anna"; u.Set(StatusMessage, "=1") })},
		{Rules{}, []string{"uid=a", "statusMessage=' =1"}, with(func(u *User) { u.UID = "a"; u.Set(StatusMessage, "=1") })},
		{Rules{}, []string{"uid=a", "statusMessage='x;'-1\n'+2"}, with(func(u *User) { u.UID = "a"; u.Set(StatusMessage, "x;-1 +2") })},
		{Rules{}, []string{"uid=anna", "tags=b|a|b"}, with(func(u *User) { u.Tags = []string{"b", "a"}; u.Has.Add(Tags) })},
		{Rules{}, []string{"uid=anna", `metadata= {"b":1, "a":"<é>"}`},
			with(func(u *User) { u.Metadata = `{"a":"<é>","b":1}`; u.Has.Add(Metadata) })},
		{Rules{}, []string{"uid=anna", "metadata.a.b= x"},
			with(func(u *User) { u.Keys = []KeyCell{{Path: []string{"a", "b"}, Text: "x"}} })},
		{clears, []string{"uid=anna", "avatar=", "statusMessage="},
			with(func(u *User) { u.Has |= FieldsOf(Avatar, StatusMessage); u.Clear = FieldsOf(Avatar, StatusMessage) })},
		{clears, []string{"uid=anna", "role="}, with(func(u *User) { u.Set(Role, DefaultRole); u.Clear = FieldsOf(Role) })},
		{clears, []string{"uid=anna", "tags="}, with(func(u *User) { u.Has.Add(Tags); u.Clear = FieldsOf(Tags) })},
		{clears, []string{"uid=anna", "metadata="}, with(func(u *User) { u.Has.Add(Metadata); u.Clear = FieldsOf(Metadata) })},
		{clears, []string{"uid=anna", "metadata.a="}, with(func(u *User) { u.Keys = []KeyCell{{Path: []string{"a"}, Clear: true}} })},
		{Rules{Rewrite: RewriteSlug}, []string{"uid=Anna.Kim@example.com"}, with(func(u *User) { u.UID = "anna-kim-example-com" })},
		{Rules{Rewrite: RewriteSlug}, []string{"uid=a_b-"}, with(func(u *User) { u.UID = "a_b-" })}, // valid as it is
	} {
		got, defects := readRow(c.rules, c.cells...)
		if len(got.Tags) == 0 {
			got.Tags = nil
		}
		if len(got.Keys) == 0 {
			got.Keys = nil
		}
		if len(got.Kept) == 0 {
			got.Kept = nil
		}
		if len(defects) > 0 || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: got %+v %v, want %+v", c.cells, got, defects, c.want)
		}
	}
}

func TestRowDefects(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		cells []string
		uid   string
		want  string
	}{
		// All of them in one pass, and the uid all the same.
		{Rules{}, []string{"uid=Anna", "avatar=x", "role=a b"}, "anna", "avatar avatar-invalid x, role role-invalid a b"},
		{Rules{}, []string{"name=Anna"}, "", " uid-missing "},
		{Rules{EmptyClears: true}, []string{"uid=anna", "name="}, "anna", "name name-missing "},
		{Rules{EmptyClears: true}, []string{"uid=anna", "first=", "last="}, "anna", "first name-missing "},
		{Rules{Rewrite: RewriteSlug}, []string{"uid=李"}, "", "uid uid-invalid 李"},
		{Rules{Rewrite: RewriteSlug}, []string{"uid=1,23457E+15"}, "", "uid uid-invalid 1,23457E+15"},
		{Rules{}, []string{"uid=anna", "name=\xff"}, "anna", "name encoding-broken \uFFFD"},
	} {
		u, defects := readRow(c.rules, c.cells...)
		var got []string
		for _, d := range defects {
			got = append(got, fmt.Sprintf("%s %s %s", d.Column, d.Code, d.Value))
		}
		if u.UID != c.uid || strings.Join(got, ", ") != c.want {
			t.Errorf("%q: %q %q, want %q %q", c.cells, u.UID, got, c.uid, c.want)
		}
	}
}

func TestRowHints(t *testing.T) {
	for cell, want := range map[string]string{
		"uid=1.2E+10": "spreadsheet has rounded",
		"state=maybe": "neither active nor inactive",
	} {
		_, defects := readRow(Rules{}, cell)
		if len(defects) == 0 || !strings.Contains(defects[0].Message, want) {
			t.Errorf("%s: %v does not say %q", cell, defects, want)
		}
	}
	for _, c := range []struct {
		rules      Rules
		cell, want string
	}{
		{Rules{}, `uid=20431 x`, `; correct it, or let --uid-rewrite slug make it "20431-x"`},
		{Rules{}, `uid=emp 417`, `; correct it, or let --uid-rewrite slug make it "emp-417"`},
		{Rules{}, "uid=Łukasz", "; correct it"}, // it has no slug
		{Rules{}, "uid=!", "; correct it"},
		{Rules{Rewrite: RewriteSlug}, "uid=李", "; correct it"}, // on already
	} {
		if _, d := readRow(c.rules, c.cell); d[0].Message != "only a-z 0-9 - _ are allowed"+c.want {
			t.Errorf("%s: %s, want %s", c.cell, d[0].Message, c.want)
		}
	}
	if _, d := readRow(Rules{}, "uid=a", "metadata.@private.x=\xff"); !d[0].Private {
		t.Error("a private cell's defect is not private")
	}
}

func TestShortRowsLackEmptyCells(t *testing.T) {
	u, defects := Rules{}.Row([]Column{column("uid"), column("name")}, []string{"anna"}, &Repairs{})
	if u.UID != "anna" || u.Has.Has(Name) || defects != nil {
		t.Errorf("%+v %v", u, defects)
	}
}

func TestReadLeavesNothingBehind(t *testing.T) {
	columns := []Column{column("uid"), column("name"), column("tags"), column("metadata.a"), column("state")}
	var u User
	Rules{}.Read(&u, columns, []string{"a", "A", "x|y", "k", "left"}, &Repairs{})
	Rules{}.Read(&u, columns, []string{"b"}, &Repairs{})
	if u.UID != "b" || u.Name != "" || len(u.Tags) != 0 || len(u.Keys) != 0 || u.State != Unsaid || u.Has != FieldsOf(UID) {
		t.Errorf("%+v", u)
	}
}

func TestRepairsAreCounted(t *testing.T) {
	var r Repairs
	columns := []Column{column("uid"), column("name"), column("role"), column("avatar"), column("tags"), column("metadata.a")}
	Rules{}.Row(columns, []string{" Anna", "Zoe\u0308  X", "Admin", "'+", "a | b", "\x01x"}, &r)
	if want := (Repairs{Trimmed: 1, Collapsed: 1, Composed: 1, Control: 1, Quoted: 1, LowerCase: 2}); r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
	sum := r
	sum.Add(&r)
	if want := (Repairs{Trimmed: 2, Collapsed: 2, Composed: 2, Control: 2, Quoted: 2, LowerCase: 4}); sum != want {
		t.Errorf("sum %+v", sum)
	}
	r = Repairs{}
	for _, uid := range []string{"Anna", "a-b", "a b", "José", "Łukasz"} {
		Rules{Rewrite: RewriteSlug}.Row(columns[:1], []string{uid}, &r)
	}
	r.Add(&r)
	if want := (Repairs{LowerCase: 2, Rewritten: 4}); r != want {
		t.Errorf("got %+v, want %+v", r, want)
	}
}

func TestFoldUID(t *testing.T) {
	for in, want := range map[string]string{
		"Anna": "anna", "  anna\t": "anna", "ÄB": "Äb", "\u212A": "\u212A", "": "", "a B": "a b", "\u0130X": "\u0130x",
	} {
		if got := FoldUID(in); got != want {
			t.Errorf("FoldUID(%q) = %q, want %q", in, got, want)
		}
		if ValidUID(FoldUID(in)) && strings.ContainsAny(in, "\u212A\u0130") {
			t.Errorf("%q folds into ASCII", in)
		}
	}
}

func TestSlugUID(t *testing.T) {
	for in, want := range map[string]string{
		"Anna Kim": "anna-kim", "a@b.c": "a-b-c", "--a--": "a", "": "", "a_b": "a_b",
		// Marks go, letters stay.
		"José Ñ": "jose-n", "Jose\u0301": "jose", "Müller": "muller", "Nguyễn Đức": "", "\u0301a\u0301\u0301": "a", "e´": "e",
		// What is ASCII in another form is spelled with it.
		"\u212Aarl": "karl", "２０４１７": "20417", "Ａnna＠ｘ": "anna-x", "ﬁn": "fin", "İx": "ix", "x²": "x2",
		// A letter or digit that ASCII does not have: somebody else might be left.
		"Łukasz": "", "Groß": "", "李": "", "王 wang": "", "a٣": "", "ıx": "", "\u0937a": "", "a➀": "",
		// What is not a letter is a gap.
		"anna 😀 kim™": "anna-kimtm", "O’Brien": "o-brien", "a\u200Bb": "ab",
		// Rounded numbers, however they are written.
		"1.2E+10": "", "１.２Ｅ＋１０": "",
	} {
		if got := SlugUID(in); got != want {
			t.Errorf("SlugUID(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseState(t *testing.T) {
	for in, want := range map[string]Activity{
		"Active": Active, " ENABLED ": Active, "true": Active, "TRUE": Active, "yes": Active, "1": Active,
		"inactive": Deactivated, "Disabled": Deactivated, "FALSE": Deactivated, "no": Deactivated, "0": Deactivated,
		"deactivated": Deactivated, "suspended": Deactivated, "terminated": Deactivated, "left": Deactivated,
		"WAHR": Active, "Ja": Active, "Sí": Active, "oui": Active, "FALSCH": Deactivated, "nein": Deactivated, "non": Deactivated,
		"FAUX": Deactivated, "tak": Active, "Nieaktywny": Deactivated,
		"": Unsaid, "online": Unsaid, "offline": Unsaid, "maybe": Unsaid, "2": Unsaid,
	} {
		if got, ok := ParseState(in); got != want || ok != (want != Unsaid) {
			t.Errorf("ParseState(%q) = %v, %v", in, got, ok)
		}
	}
	for word := range states {
		if Presence(word) {
			t.Errorf("%q is a state and a presence", word)
		}
	}
	if !Presence("Offline") || Presence("active") {
		t.Error("presence is not told from state")
	}
}

func TestParseTags(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil}, {"a", []string{"a"}}, {"a|b;c,d", []string{"a", "b", "c", "d"}}, {" a | b ", []string{"a", "b"}},
		{"a||a| ,;", []string{"a"}}, {`["a,b"," c","a,b",""]`, []string{"a,b", "c"}}, {"[]", nil},
		{"x  y", []string{"x y"}}, {"Zoe\u0308|Zoë", []string{"Zoë"}},
	} {
		got, err := appendTags(nil, c.in, "", &Repairs{})
		if err != nil || len(got)+len(c.want) > 0 && !reflect.DeepEqual(got, c.want) {
			t.Errorf("appendTags(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
	for _, in := range []string{"[", "[1]", `["a"`, `[{"a":1}]`} {
		if got, err := appendTags(nil, in, "", &Repairs{}); err == nil {
			t.Errorf("appendTags(%q) = %q", in, got)
		}
	}
	if got := TagSet([]string{" b", "a", "b", ""}); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("TagSet = %q", got)
	}
}

func TestPlainURLsAreURLs(t *testing.T) {
	for _, s := range []string{
		"https://a.example", "http://a.example/x/y_z~1?q=1&r=a+b,c", "https://a/@x:y!$;", "https://-", "https://...",
	} {
		if !plainURL(s) {
			t.Errorf("%q is not plain", s)
		}
	}
	for _, s := range []string{"https://", "https:///x", "http:/a", "https://a:80/", "https://a@b/", "https://a/%zz", "https://a/\"",
		"https://a?x", "https://ä/"} {
		if plainURL(s) {
			t.Errorf("%q is plain", s)
		}
	}
}

func TestSchemesThatStandTwice(t *testing.T) {
	for s, want := range map[string]bool{
		"https://https//x.example/a.png": false, "http://https://x.example": false, "https://http/x": false, "http://HTTPS//x": false,
		"https://https": false, "https://http:80/x": false,
		"https://https.example/x": true, "https://httpbin.org/https//x": true, "http://htt/x": true,
	} {
		if got := checkURL(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func FuzzPlainURL(f *testing.F) {
	f.Add("https://a.example/x?y=z")
	f.Fuzz(func(t *testing.T, s string) {
		if !plainURL(s) {
			return
		}
		// What is told at a glance must hold at a second look.
		if !parsesAsURL(s) {
			t.Errorf("%q is plain and no address", s)
		}
	})
}

// TestANameOfTwoCellsIsTooLongAsAWhole: neither cell has as many characters as are told.
func TestANameOfTwoCellsIsTooLongAsAWhole(t *testing.T) {
	names := []Column{{Header: "First", Slot: Slot{Field: Name, Part: First}}, {Header: "Last", Slot: Slot{Field: Name, Part: Last}}}
	for last, want := range map[string]string{"": "101 characters", "Müller": "first and last name together are 108 characters"} {
		_, defects := Rules{}.Row(names, []string{strings.Repeat("n", 101), last}, &Repairs{})
		if len(defects) != 1 || !strings.HasPrefix(defects[0].Message, want) {
			t.Errorf("%q: %+v", last, defects)
		}
	}
}
