package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/internal/user"
)

// dated reads with the columns that only an import can carry.
var dated = Options{Dates: true}

// resolveDated is resolveHeader with those columns.
func resolveDated(t *testing.T, m map[string]string, cells ...string) string {
	t.Helper()
	mapping, err := (&columns.Settings{Map: m}).Mapping(false)
	if err != nil {
		t.Fatal(err)
	}
	mapping.Dates = true
	return headerText(mapping, cells)
}

func TestDateColumns(t *testing.T) {
	for _, c := range []struct {
		m     map[string]string
		cells []string
		want  string
	}{
		{nil, []string{"uid", "createdAt", "Last Active At", "hasBlockedMe", "updated_at", "authToken"},
			"uid=uid createdAt=createdAt Last Active At=lastActiveAt -hasBlockedMe -updated_at -authToken"},
		{nil, []string{"uid", "Created", "last_seen"}, "uid=uid Created=createdAt last_seen=lastActiveAt"},
		{nil, []string{"uid", "Signup date", "Last login"}, "uid=uid Signup date=createdAt Last login=lastActiveAt"},
		{nil, []string{"uid", "user_registered", "last-activity"}, "uid=uid user_registered=createdAt last-activity=lastActiveAt"},
		// These hold yes and no as well, or another time.
		{nil, []string{"uid", "registered", "signed up", "joined", "hire date", "login"},
			"uid=uid -registered -signed up -joined -hire date -login"},
		// The field's own name beats a usual one, as it does for the uid.
		{nil, []string{"uid", "created", "created_at"}, "uid=uid created_at=createdAt -created"},
		{nil, []string{"uid", "last seen", "last login"},
			`the columns "last seen" and "last login" would both be lastActiveAt; leave one alone with --map 'last login=-'`},
		{map[string]string{"Joined": "createdAt"}, []string{"uid", "Joined", "createdAt"}, "uid=uid Joined=createdAt -createdAt"},
		{map[string]string{"createdAt": "-"}, []string{"uid", "createdAt"}, "uid=uid -createdAt"},
		{map[string]string{"created": "metadata.since"}, []string{"uid", "created"}, "uid=uid created=metadata.since"},
	} {
		if got := resolveDated(t, c.m, c.cells...); got != c.want {
			t.Errorf("%v %q\n got %s\nwant %s", c.m, c.cells, got, c.want)
		}
	}
}

func TestReadsDates(t *testing.T) {
	r := csvText(t, dated, "uid,name,created at,last active,authToken\n"+
		"anna,Anna,1673421419,2023-01-11T08:16:59+01:00,x\n"+
		"ben,Ben,1673421419000,,\n"+
		"carl,Carl,2023-01-11,2023-01-11 07:16,\n"+
		"dora,Dora,11.01.2023,44937.3,\n"+
		"emil,Emil,,1970-01-01T00:00:00Z,\n")
	expect(t, r,
		`2 anna name="Anna" createdAt=1673421419 lastActiveAt=1673421419`,
		`3 ben name="Ben" createdAt=1673421419`,
		`4 carl name="Carl" createdAt=1673395200 lastActiveAt=1673421360`,
		`reject 5 uid="dora" created at time-ambiguous "11.01.2023"`,
		`reject 5 uid="dora" last active time-invalid "44937.3"`,
		`reject 6 uid="emil" last active time-invalid "1970-01-01T00:00:00Z"`,
		"notice read-only-column 1",
		"notice time-without-zone 1",
		"notice repaired 1",
	)
	in := r.Intake()
	if got := strings.Join(in.Managed, " "); got != "uid name createdAt lastActiveAt" {
		t.Errorf("managed %s", got)
	}
	if got := r.Managed(); got != user.FieldsOf(user.UID, user.Name, user.CreatedAt, user.LastActiveAt) {
		t.Errorf("managed %b", got)
	}
	if got := strings.Join(in.IgnoredColumns, " "); got != "authToken" {
		t.Errorf("ignored %s", got)
	}
	path := in.Files[0].Path
	if got := in.Rejects.At(0).String(); got != path+`:5:created at: "11.01.2023": day and month are ambiguous; `+
		`say how the source writes dates, as in dates: dd.mm.yyyy, or write the year first; correct the cell, clear it, or leave `+
		`the column alone with --map 'created at=-'` {
		t.Errorf("the reject is %s", got)
	}
	var got []string
	for _, n := range in.Notices {
		got = append(got, strings.TrimPrefix(n.Message, path+": "))
	}
	if want := []string{
		"authToken is left alone: the users API can't set it",
		"1 time without a zone was read as UTC; if another is meant, write it after each, such as +02:00",
		"cells were repaired: a time in milliseconds made seconds in 1",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTheZoneIsToldOncePerSource holds that each source with a doubt has one
// notice, however many cells and batches it is in.
func TestTheZoneIsToldOncePerSource(t *testing.T) {
	b := []byte("uid,created\n")
	rows := 0
	for ; len(b) < 4*delimited.ChunkSize; rows++ {
		b = fmt.Appendf(b, "u%d,2023-01-11 07:16:59\n", rows)
	}
	sure := write(t, "a.csv", "uid,created\nanna,2023-01-11T07:16:59Z\nben,1673421419\n")
	r := mustRead(t, dated, write(t, "b.csv", string(b)), sure, write(t, "c.csv", "uid,last seen\ncarl,2023-01-11 07:16\n"),
		write(t, "d.csv", "uid,created\ndora,2023-01-11\n"))
	var got []string
	for _, n := range r.Intake().Notices {
		got = append(got, fmt.Sprintf("%s %d", n.Code, n.Count))
	}
	if want := []string{fmt.Sprintf("time-without-zone %d", rows), "time-without-zone 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDatesAreLeftAloneUnlessAskedFor(t *testing.T) {
	const text = "uid,createdAt,Joined\nanna,nonsense,1673421419\n"
	r := csvText(t, Options{Settings: columns.Settings{Map: map[string]string{"Joined": "lastActiveAt"}}}, text)
	expect(t, r, "2 anna", "notice read-only-column 2")
	if r.Managed() != user.FieldsOf(user.UID) {
		t.Errorf("managed %b", r.Managed())
	}
}

func TestDatesOfDuplicates(t *testing.T) {
	const alike = "uid,created\na,1673421419\na,2023-01-11T07:16:59Z\n"
	const differ = "uid,created\na,1673421419\na,1673421420\n"
	for _, c := range []struct {
		duplicates Duplicates
		text       string
		want       []string
	}{
		{ErrorOnDuplicates, alike, []string{"2 a createdAt=1673421419", "notice duplicate-rows 1"}},
		{ErrorOnDuplicates, differ, []string{`reject 2 uid="a" uid duplicate-uid "a"`, `reject 3 uid="a" uid duplicate-uid "a"`}},
		{ErrorOnDuplicates, "uid,last seen\na,1673421419\na,1673421420\n", []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
		{ErrorOnDuplicates, "uid,created\na,1673421419\na,\n", []string{`reject 2 uid="a" uid duplicate-uid "a"`,
			`reject 3 uid="a" uid duplicate-uid "a"`}},
		{FirstWins, alike, []string{"2 a createdAt=1673421419", "notice duplicate-rows 1"}},
		{FirstWins, differ, []string{"2 a createdAt=1673421419", "notice superseded-rows 1"}},
		{LastWins, differ, []string{"3 a createdAt=1673421420", "notice superseded-rows 1"}},
	} {
		opt := Options{Dates: true, Duplicates: c.duplicates}
		expect(t, csvText(t, opt, c.text), c.want...)
	}
}

func TestReadsDatesFromXLSX(t *testing.T) {
	path := book(t, [][]any{
		{"uid", "createdAt", "lastActiveAt"},
		{"anna", 1673421419, 1673421419000},
		{"ben", "2023-01-11T07:16:59Z", "2023-01-11 07:16"},
		{"carl", "1673421419", nil},
		{"dora", time.Date(2023, 1, 11, 7, 16, 59, 0, time.UTC), nil}, // a serial number that is shown as a date
		{"emil", 44937, nil},
	}, nil)
	r := mustRead(t, dated, path)
	expect(t, r,
		"2 anna createdAt=1673421419 lastActiveAt=1673421419",
		"3 ben createdAt=1673421419 lastActiveAt=1673421360",
		"4 carl createdAt=1673421419",
		"5 dora createdAt=1673421419",
		`reject 6 uid="emil" createdAt time-invalid "44937"`,
		"notice time-without-zone 2",
		"notice repaired 1",
	)
	if serial := r.Intake().Rejects.At(0).Defects[0]; !strings.Contains(serial.Message,
		"how a spreadsheet keeps a date, make the cell a text such as 2023-01-11") {
		t.Errorf("%+v", serial)
	}
}

func TestReadsDatesFromLines(t *testing.T) {
	r := mustRead(t, dated, write(t, "users.jsonl", `{"uid":"anna","createdAt":1673421419,"lastActiveAt":1673421425}
{"uid":"ben"}
{"uid":"carl","createdAt":5}
`))
	expect(t, r, "1 anna active createdAt=1673421419 lastActiveAt=1673421425", "2 ben active",
		`reject 3 uid="carl" createdAt time-invalid "5"`)
}
