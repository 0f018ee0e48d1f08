package importer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// resolveHeader says what a header was understood as, or the error.
func resolveHeader(t testing.TB, m map[string]string, cells ...string) string {
	t.Helper()
	mapping, err := (&columns.Settings{Map: m}).Mapping(false)
	if err != nil {
		return err.Error()
	}
	return headerText(mapping, cells)
}

func headerText(m *columns.Mapping, cells []string) string {
	h, err := m.Resolve(cells, 0, user.NewLayout(), func(int) bool { return false })
	if err != nil {
		return err.Error()
	}
	var out []string
	for i, c := range h.Columns {
		if c.Field != user.NoField {
			out = append(out, fmt.Sprintf("%s=%s", h.Names[i], c.Slot.Name()))
		}
	}
	for _, c := range h.Ignored {
		out = append(out, "-"+c.Name)
	}
	return strings.Join(out, " ")
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		cells []string
		want  string
	}{
		{[]string{"uid", "name", "statusMessage"}, "uid=uid name=name statusMessage=statusMessage"},
		{[]string{"U_I-D", "N A M E", "STATUS_MESSAGE"}, "U_I-D=uid N A M E=name STATUS_MESSAGE=statusMessage"},
		{[]string{"User ID", "Full Name", "Photo", "Website", "Groups", "Bio", "Account Status", "User-Role"},
			"User ID=uid Full Name=name Photo=avatar Website=link Groups=tags Bio=statusMessage Account Status=state User-Role=role"},
		{[]string{"Employee ID", "First Name", "Surname"}, "Employee ID=uid First Name=firstName Surname=lastName"},
		{[]string{"uid", "given_name", "name"}, "uid=uid name=name -given_name"},
		{[]string{"id", "Email"}, "id=uid -Email"},
		// The surer name for the uid; the other is not a field of its own.
		{[]string{"id", "uid"}, "uid=uid -id"},
		{[]string{"id", "user_id", "login"}, "user_id=uid -id -login"},
		{[]string{"id", "login"}, `the columns "id" and "login" would both be uid; leave one alone with --map 'login=-'`},
		{[]string{"uid", "UID"}, `the columns "uid" and "UID" would both be uid; leave one alone with --map 'UID=-'`},
		{[]string{"uid", "name", "name"}, `two columns have the header "name" (B and C), and both would be name; rename one, or say ` +
			`which is meant, as in --map 'column B=name'`},
		{[]string{"uid", "name", "full name"}, `the columns "name" and "full name" would both be name; leave one alone with --map ` +
			`'full name=-'`},
		{[]string{"uid", "status", "active"}, `the columns "status" and "active" would both be state; leave one alone with --map ` +
			`'active=-'`},
		{[]string{"uid", "office", "office"}, "uid=uid -office -office"},
		{[]string{"uid", "metadata", "Meta-Data.Cost.Centre", "METADATA.@private.eMail"},
			"uid=uid metadata=metadata Meta-Data.Cost.Centre=metadata.Cost.Centre METADATA.@private.eMail=metadata.@private.eMail"},
		{[]string{"uid", "metadata.a", "metadata.A"}, "uid=uid metadata.a=metadata.a metadata.A=metadata.A"},
		{[]string{"uid", "metadata.a", "Metadata. a"},
			`the columns "metadata.a" and "Metadata. a" would both be metadata.a; leave one alone with --map 'Metadata. a=-'`},
		{[]string{"uid", "metadata.a.b", "metadata.a"},
			`the columns "metadata.a.b" and "metadata.a" contradict each other: one has a value where the other has an object; leave ` +
				`one alone with --map 'metadata.a=-'`},
		{[]string{"uid", "metadata.", "metadata..a", "user.name"}, "uid=uid -metadata. -metadata..a -user.name"},
		{[]string{"uid", "", "x", "", ""}, "uid=uid -column B (without a header) -x"},
		{[]string{"uid", "_file", "_row", "_column", "_code", "_message"}, "uid=uid"},
		{[]string{"uid", "createdAt", "Last Active At", "hasBlockedMe", "updated_at", "authToken", "conversationId"},
			"uid=uid -createdAt -Last Active At -hasBlockedMe -updated_at -authToken -conversationId"},
		{[]string{"\xff", "'=uid", "uid"}, "uid=uid -\uFFFD -=uid"},
		{[]string{"Kennung", "Name"}, `no column holds the uid; the headers are "Kennung", "Name"; say which one does, as in --map ` +
			`'Kennung=uid'`},
		{[]string{"Name", "Usr-ID"}, `no column holds the uid; the headers are "Name", "Usr-ID"; say which one does, as in --map ` +
			`'Usr-ID=uid'`},
		{[]string{"Name", "Kundennummer-ID"},
			`no column holds the uid; the headers are "Name", "Kundennummer-ID"; say which one does, as in --map 'Kundennummer-ID=uid'`},
		{[]string{"email", "name"}, `no column holds the uid; the headers are "email", "name"; say which one does, as in --map ` +
			`'email=uid'`},
	} {
		if got := resolveHeader(t, nil, c.cells...); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.cells, got, c.want)
		}
	}
}

func TestMapping(t *testing.T) {
	for _, c := range []struct {
		m     map[string]string
		cells []string
		want  string
	}{
		{map[string]string{"Kennung": "uid"}, []string{"Kennung", "Name"}, "Kennung=uid Name=name"},
		{map[string]string{"kennung": "UID"}, []string{"Ken_Nung"}, "Ken_Nung=uid"}, // told apart as headers are
		{map[string]string{"Login": "uid"}, []string{"uid", "Login"}, "Login=uid -uid"},
		{map[string]string{"Vorname": "firstName", "Name": "lastName"}, []string{"uid", "Vorname", "Name"},
			"uid=uid Vorname=firstName Name=lastName"},
		{map[string]string{"Vorname": "firstName"}, []string{"uid", "Vorname", "Name"}, "uid=uid Vorname=firstName -Name"},
		{map[string]string{"Office": "metadata.Office.Room"}, []string{"uid", "Office"}, "uid=uid Office=metadata.Office.Room"},
		{map[string]string{"Office": "metadata.a"}, []string{"uid", "metadata.a", "Office"}, "uid=uid Office=metadata.a -metadata.a"},
		{map[string]string{"name": "-", "tags": ""}, []string{"uid", "name", "tags"}, "uid=uid -name -tags"},
		{map[string]string{"ID": "name", "id": "uid"}, []string{"ID", "id"}, "ID=name id=uid"},
		{map[string]string{"A": "uid", "B": "uid"}, []string{"A", "B"},
			`the columns "A" and "B" would both be uid; leave one alone with --map 'B=-'`},
		{map[string]string{"A": "nmae"}, nil, `map: "A": "nmae" is not a field (did you mean "name"?)`},
		{map[string]string{"A": "full name"}, nil, `map: "A": "full name" is not a field; the fields are uid, name, firstName`},
		{map[string]string{"A": "metadata."}, nil, `"metadata." is not a field`},
		{map[string]string{"A": "authToken"}, nil, `"authToken" is not a field`},
		{map[string]string{"A": "createdAt"}, []string{"uid", "A"}, "uid=uid -A"}, // Dates would have it read
		{map[string]string{"A": "createdat"}, nil, `the headers are all empty`},
		{map[string]string{"A": "creatdAt"}, nil, `"creatdAt" is not a field (did you mean "createdAt"?)`},
		{map[string]string{"A": "signup date"}, nil, `"signup date" is not a field`},
		{map[string]string{"Kenung": "uid"}, []string{"Kennung"},
			`no column holds the uid: the mapping names the column "Kenung", which is not in the header; did you mean "Kennung"? ` +
				`correct the mapping, or the header`},
	} {
		if got := resolveHeader(t, c.m, c.cells...); got != c.want && (c.cells != nil || !strings.Contains(got, c.want)) {
			t.Errorf("%v %q\n got %s\nwant %s", c.m, c.cells, got, c.want)
		}
	}
}

func TestMappingHasToFindItsColumn(t *testing.T) {
	a, b := write(t, "a.csv", "uid,Abteilung\n"), write(t, "b.csv", "uid,Rolle\n")
	m := map[string]string{"Abteilung": "metadata.d", "Role ": "-"}
	_, err := Read(context.Background(), []string{a, b}, Options{Settings: columns.Settings{Map: m}})
	if err == nil || !strings.Contains(err.Error(), `"Role ", which no source has; did you mean "Rolle"?`) {
		t.Errorf("%v", err)
	}
	m = map[string]string{"Abteilung": "metadata.d", "rolle": "role"}
	mustRead(t, Options{Settings: columns.Settings{Map: m}}, a, b)
	_, err = Read(context.Background(), []string{a},
		Options{Settings: columns.Settings{Map: map[string]string{"Q": "-", "Abteilung": "role"}}})
	if err == nil || !strings.Contains(err.Error(), `the headers are "uid", "Abteilung"`) {
		t.Errorf("%v", err)
	}
}

func TestLinesAboveTheHeader(t *testing.T) {
	kennung := map[string]string{"Kennung": "uid"}
	for _, c := range []struct {
		opt  Options
		text string
		want []string
	}{
		{Options{}, "Kestrelway Staff list\n\nPersonnel no,Name\n1,A\n",
			[]string{`4 1 name="A"`, `notice lines-above-header 1 1 "Kestrelway Staff list"`, "notice blank-rows 1"}},
		{Options{}, "\n\"Staff\nlist\",,,\r\n,,,\r\nPersonnel no,Name,,\r\n7,B\r\n",
			[]string{`5 7 name="B"`, `notice lines-above-header 1 2 "Staff list"`, "notice blank-rows 2"}},
		{Options{}, "Kestrelway Staff list\nPersonnel no;Name\n1;A\n", []string{`3 1 name="A"`, "notice delimiter 0",
			`notice lines-above-header 1 1 "Kestrelway Staff list"`}},
		{Options{}, "Staff, all\nMarch, 2026\nid,Name,Role\na,A,r\n", []string{`4 a name="A" role="r"`,
			`notice lines-above-header 2 1 "Staff,all" and 2 "March,2026"`}},
		// one cell, although it means something
		{Options{}, "Groups\nid,Name\na,A\n", []string{`3 a name="A"`, `notice lines-above-header 1 1 "Groups"`}},
		{Options{}, "login\nid,Name\na,A\n", []string{`3 a name="A"`, `notice lines-above-header 1 1 "login"`}},
		{Options{Settings: columns.Settings{Map: kennung}}, "Staff list\nKennung,Name\na,A\n",
			[]string{`3 a name="A"`, `notice lines-above-header 1 1 "Staff list"`}},
		{Options{Settings: columns.Settings{HeaderRow: 3}}, "uid,name\nb,B\nuid;name\na;A\n", []string{`4 a name="A"`, "notice delimiter 0",
			`notice lines-above-header 2 1 "uid,name" and 2 "b,B"`}},
		// with the mapping that finds it, a single cell is a header
		{Options{Settings: columns.Settings{Map: kennung}}, "Kennung\n1\n", []string{"2 1"}},
		{Options{}, "uid\nid\n", []string{"2 id"}},
	} {
		if got, want := showNamed(t, csvText(t, c.opt, c.text)), strings.Join(c.want, "\n")+"\n"; got != want {
			t.Errorf("%q: got\n%swant\n%s", c.text, got, want)
		}
	}
	for _, c := range []struct {
		opt  Options
		text string
		want string
	}{
		// Rows that are as wide as the header may be people.
		{Options{}, "Kestrelway,Staff list\nMarch,\nid,Name\n",
			`no column holds the uid; row 3 looks like the header ("id", "Name"); if it is, say --header-row 3`},
		// several cells are enough
		{Options{}, "Staff list\nPhone,Kennung\n", `row 2 looks like the header ("Phone", "Kennung"); if it is, say which of them ` +
			`holds the uid, as in --map 'Phone=uid', or have cometsync init look at the file`},
		{Options{Settings: columns.Settings{Map: map[string]string{"Foo": "uid"}}}, "Staff list\nKennung,Phone\n",
			`row 2 looks like the header ("Kennung", "Phone"); the mapping names the column "Foo", which is not in the header; the ` +
				`headers are "Kennung", "Phone"; correct the mapping, or the header`},
		{Options{}, "Staff list,\n" + strings.Repeat("x,\n", columns.TitleRows) + "id,Name\n", "--map 'Staff list=uid'"},
		// No title: what the columns are is for the user to say.
		{Options{}, "Kennung\n1\n2\n", "--map 'Kennung=uid'"},
		{Options{}, "Kennung,Telefon\n1,2\n", "--map 'Kennung=uid'"},
		{Options{}, "Kennung,Name\n1,id\n", "--map 'Kennung=uid'"},
		{Options{Settings: columns.Settings{HeaderRow: 2}}, "uid,name\n\nb,B\n", "row 2, the header by --header-row, has no text; name " +
			"another"},
		{Options{Settings: columns.Settings{HeaderRow: 9}}, "uid,name\nb,B\n", "row 9, the header by --header-row, has no text; name " +
			"another"},
	} {
		_, err := Read(context.Background(), []string{write(t, "a.csv", c.text)}, c.opt)
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.text, err, c.want)
		}
	}
}

// showNamed is show, with what the notices about rows that are none say.
func showNamed(t testing.TB, r *Roster) string {
	t.Helper()
	text := show(t, r)
	for _, n := range r.Intake().Notices {
		if _, what, ok := strings.Cut(n.Message, " skipped: "); ok {
			head := fmt.Sprintf("notice %s %d", n.Code, n.Count)
			text = strings.Replace(text, head, head+" "+what, 1)
		}
	}
	return text
}

// A column without a header, or with another's, is left alone unless something
// maps it: then it is told by its place, or it is an error that says how.
func TestHeadersThatNameNoColumn(t *testing.T) {
	same := []string{"uid"}
	for range 300 {
		same = append(same, "email")
	}
	for _, c := range []struct {
		m     map[string]string
		cells []string
		want  string
	}{
		{nil, []string{"", "uid", "", "name"}, "uid=uid name=name -column A (without a header) -column C (without a header)"},
		{map[string]string{"Column A": "uid"}, []string{"", "name"}, "=uid name=name"},
		{map[string]string{"column b": "metadata.office"}, []string{"uid", "Office", "Office"}, "uid=uid Office=metadata.office -Office"},
		{map[string]string{"column C": "name"}, []string{"uid", "name", "name"}, "uid=uid name=name -name"},
		{map[string]string{"column C": "-"}, []string{"uid", "name", "name"}, "uid=uid name=name -name"},
		{map[string]string{"Office": "-"}, []string{"uid", "Office", "Office"}, "uid=uid -Office -Office"},
		{map[string]string{"Office": "metadata.o"}, []string{"uid", "Office", "Office"},
			`two columns have the header "Office" (B and C), and both would be metadata.o; rename one, or say which is meant, as in ` +
				`--map 'column B=metadata.o'`},
		{map[string]string{"email": "metadata.e"}, same,
			`300 columns have the header "email" (B, C, D and 297 more), and all would be metadata.e; rename one, or say which is ` +
				`meant, as in --map 'column B=metadata.e'`},
		// A header of its own is what names a column.
		{map[string]string{"column B": "name"}, []string{"uid", "Office"}, "uid=uid -Office"},
		{nil, []string{"", "Kennung", "Name"},
			`no column holds the uid; the headers are "column A", "Kennung", "Name"; say which one does, as in --map 'Kennung=uid'`},
		{nil, []string{"", "x", "x"}, `no column holds the uid; the headers are "column A", "x" (2 columns); say which one does, as in ` +
			`--map 'x=uid'`},
		{map[string]string{"column A": "uid", "column B": "uid"}, []string{"", ""},
			`no column holds the uid: the mapping names the column "column A", which is not in the header; the headers are all empty; ` +
				`correct the mapping, or the header`},
		// All that is wrong is told at once.
		{nil, []string{"Username", "User-ID", "id", "Name", "Display Name", "full name"},
			`the columns "Name", "Display Name" and "full name" would all be name; leave all but one alone, as with --map 'Display ` +
				`Name=-' --map 'full name=-'`},
		{nil, []string{"id", "login", "name", "full name", "metadata.a", "metadata.a.b"},
			`the columns "id" and "login" would both be uid; leave one alone with --map 'login=-'; and the columns "name" and "full ` +
				`name" would both be name; leave one alone with --map 'full name=-'; and ` +
				`the columns "metadata.a" and "metadata.a.b" contradict each other: one has a value where the other has an object; ` +
				`leave one alone with --map 'metadata.a.b=-'`},
	} {
		if got := resolveHeader(t, c.m, c.cells...); got != c.want {
			t.Errorf("%v %.100q\n got %s\nwant %s", c.m, c.cells, got, c.want)
		}
	}
	for _, text := range []string{"uid,Office,name,Office\na,x,A,y\n", ",uid,,name\n0,a,,A\n", "uid;name;;\na;A;;\n"} {
		expectRow := csvText(t, Options{}, text)
		if got := show(t, expectRow); !strings.Contains(got, `2 a name="A"`) {
			t.Errorf("%q: %s", text, got)
		}
	}
	path := write(t, "a.csv", "uid,,email,email\na,,,\n")
	var notice string
	for _, n := range mustRead(t, Options{}, path).Intake().Notices {
		notice += n.Message
	}
	if want := `not mapped to a field, so left alone: "column B (without a header)", "email" (2 columns); to use one, --map ` +
		`'HEADER=field' or 'HEADER=metadata.KEY', or where no header tells them apart, their place, as in --map 'column ` +
		`B=field'`; !strings.Contains(notice, want) {
		t.Errorf("got %s, want %s", notice, want)
	}
}

// A header means with a remark what it means without, unless the remark tells it
// from another one.
func TestRemarks(t *testing.T) {
	for _, c := range []struct {
		m     map[string]string
		cells []string
		want  string
	}{
		{nil, []string{"First Name [Required]", "Last Name [Required]", "Email Address [Required]", "Status [READ ONLY]", "Employee ID"},
			"First Name [Required]=firstName Last Name [Required]=lastName Status [READ ONLY]=state Employee ID=uid -Email Address " +
				"[Required]"},
		{nil, []string{"Name [displayName] Required", "User name [userPrincipalName] Required", "First name [givenName]",
			"Last name [surname]"},
			`Name [displayName] Required=name User name [userPrincipalName] Required=uid -First name [givenName] -Last name [surname]`},
		{nil, []string{"*uid", "Name*", "Groups (separated by commas) *", "Active (Y/N) (required)"},
			"*uid=uid Name*=name Groups (separated by commas) *=tags Active (Y/N) (required)=state"},
		{nil, []string{"uid（必須）", "name【x】"}, "uid（必須）=uid name【x】=name"},
		// It is another column.
		{nil, []string{"uid", "Name", "Name (phonetic)", "ID (old)", "Status [contract]"},
			"uid=uid Name=name Status [contract]=state -Name (phonetic) -ID (old)"},
		{nil, []string{"uid", "Status", "Status [contract]"}, "uid=uid Status=state -Status [contract]"},
		{nil, []string{"uid", "First name", "Last name", "Name (official)"}, "uid=uid First name=firstName Last name=lastName -Name " +
			"(official)"},
		{nil, []string{"uid", "First name (official)", "Last name"}, "uid=uid First name (official)=firstName Last name=lastName"},
		{nil, []string{"uid", "Name (1)", "Name (2)"}, "uid=uid -Name (1) -Name (2)"},
		{nil, []string{"ID (1)", "ID (2)", "Name"},
			`no column holds the uid; the headers are "ID (1)", "ID (2)", "Name"; say which one does, as in --map 'ID (1)=uid'`},
		{nil, []string{"uid", "[name]", "(tags)", "name)", "Name Required", "Required"},
			"uid=uid -[name] -(tags) -name) -Name Required -Required"},
		// A key is what is there.
		{nil, []string{"uid", "metadata.Office (main)", "metadata.Office"},
			"uid=uid metadata.Office (main)=metadata.Office (main) metadata.Office=metadata.Office"},
		// A mapping names the whole header, or the bare one.
		{map[string]string{"E-Mail": "metadata.mail"}, []string{"uid", "e-mail [Required]"}, "uid=uid e-mail [Required]=metadata.mail"},
		{map[string]string{"e-mail [required]": "metadata.mail"}, []string{"uid", "E-Mail [Required]"},
			"uid=uid E-Mail [Required]=metadata.mail"},
		{map[string]string{"Email": "metadata.mail"}, []string{"uid", "Email (home)", "Email"}, "uid=uid Email=metadata.mail -Email " +
			"(home)"},
		{map[string]string{"Email": "metadata.mail"}, []string{"uid", "Email (home)", "Email (1)"},
			`the columns "Email (home)" and "Email (1)" would both be metadata.mail; leave one alone with --map 'Email (1)=-'`},
		{map[string]string{"Status": "-"}, []string{"uid", "Status [READ ONLY]"}, "uid=uid -Status [READ ONLY]"},
		{map[string]string{"Login": "uid"}, []string{"uid", "Login [x]"}, "Login [x]=uid -uid"},
		{map[string]string{"A": "name [x]"}, nil, `map: "A": "name [x]" is not a field`},
	} {
		if got := resolveHeader(t, c.m, c.cells...); got != c.want && (c.cells != nil || !strings.Contains(got, c.want)) {
			t.Errorf("%v %q\n got %s\nwant %s", c.m, c.cells, got, c.want)
		}
	}
}

func TestPresenceIsNoState(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"uid,status\na,offline\nb,available\nc,odd\n", []string{"2 a", "3 b", "4 c", "notice state-is-presence 1"}},
		{"uid,status\na,\nb,Online\n", []string{"2 a", "3 b", "notice state-is-presence 1"}},
		{"uid,status\na,offline\nb,left\n", []string{"3 b deactivated", `reject 2 uid="a" status state-unknown "offline"`}},
		{"uid,status\na,odd\n", []string{`reject 2 uid="a" status state-unknown "odd"`}},
		{"uid,status,state\na,offline,left\n", []string{"2 a deactivated", "notice state-is-presence 1"}},
		{"uid,status\n" + strings.Repeat("a,offline\n", columns.SampleRows) + "b,left\n", nil},
	} {
		r := csvText(t, Options{}, c.text)
		if c.want != nil {
			expect(t, r, c.want...)
		} else if !strings.Contains(show(t, r), "notice state-is-presence") {
			t.Errorf("looked at more than %d cells", columns.SampleRows)
		}
	}
}

func TestNotices(t *testing.T) {
	r := csvText(t, Options{}, "uid,Office,Phone,createdAt,metadata.k\na,1,2,3,"+strings.Repeat("é",
		user.SuggestedMetadata)+"\nb,,,,"+strings.Repeat("é", user.SuggestedMetadata+1)+"\n")
	var got []string
	for _, n := range r.Intake().Notices {
		_, message, _ := strings.Cut(n.Message, ": ")
		got = append(got, fmt.Sprintf("%s %d: %s", n.Code, n.Count, message))
	}
	want := []string{
		"read-only-column 1: createdAt is left alone: the users API can't set it; --create-with import would carry createdAt for users " +
			"who are created",
		`ignored-column 2: not mapped to a field, so left alone: "Office", "Phone"; to use one, --map 'HEADER=field' or ` +
			`'HEADER=metadata.KEY'`,
		`metadata-large 1: metadata of over 1600 characters in 1 row, first in row 3; one page of the service gives that as the limit, ` +
			`another 5120 bytes`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := strings.Join(r.Intake().IgnoredColumns, " "); got != "Office Phone createdAt" {
		t.Errorf("ignored %s", got)
	}
}

func TestReadOnlyColumnsHaveOneNotice(t *testing.T) {
	for _, c := range []struct {
		header, want string
		count        int
	}{
		{"uid,createdAt,lastActiveAt", "createdAt and lastActiveAt are left alone: the users API can't set them; --create-with import " +
			"would carry createdAt and lastActiveAt for users who are created", 2},
		{"uid,authToken,Office,Created On,hasBlockedMe", "authToken, Created On and hasBlockedMe are left alone: the users API can't set " +
			"them; --create-with import would carry Created On for users who are created", 3},
		{"uid,authToken", "authToken is left alone: the users API can't set it", 1},
	} {
		path := write(t, "a.csv", c.header+"\n")
		var got []user.Notice
		for _, n := range mustRead(t, Options{}, path).Intake().Notices {
			if n.Code == "read-only-column" {
				got = append(got, n)
			}
		}
		if want := (user.Notice{Code: "read-only-column", Message: path + ": " + c.want, Count: c.count}); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %+v, want %+v", c.header, got, want)
		}
	}
}

func TestColumnLetters(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := workbook.Letters(i); got != want {
			t.Errorf("%d is %s, want %s", i, got, want)
		}
	}
}
