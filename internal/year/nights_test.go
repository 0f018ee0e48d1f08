package year

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/plan"
)

// The holidays, in which nobody joins or leaves, and the exams, in which nobody leaves.
const (
	firstHoliday = 58
	lastHoliday  = 66
	firstExam    = 91
	lastExam     = 106
)

// happening is what makes a night a special one; of all others the exports are
// right, and nothing goes wrong.
type happening struct {
	name   string
	happen func(y *year)
}

// schedule is what happens on which night.
func (y *year) schedule() map[int]happening {
	plans := map[int]happening{
		8:  {"the app fails now and then", func(y *year) { y.trouble("500=20%,times=5", "list:503=100%,times=1") }},
		12: {"a department gets another name", func(y *year) { y.rename(); y.good() }},
		16: {"killed before its first write", func(y *year) { y.killed(1, false) }},
		19: {"the app creates and does not say so",
			func(y *year) { y.trouble("create:cut-after=100%,times=1", "update:504=100%,times=1") }},
		22:  {"a department is outsourced", func(y *year) { y.outsource(); y.announced(false) }},
		26:  {"a second scheduler at the same time", (*year).second},
		29:  {"somebody edits in the app", (*year).edited},
		31:  {"the app refuses the key", func(y *year) { y.outage("401=100%") }},
		34:  {"portraits move to another host", func(y *year) { y.portraits(); y.announced(true) }},
		38:  {"the state is lost", (*year).lost},
		43:  {"the app leaves removals out", func(y *year) { y.trouble("deactivate:partial=1,times=2") }},
		46:  {"an intake", func(y *year) { y.intake(40); y.announced(false) }},
		51:  {"killed after its second write", func(y *year) { y.killed(2, true) }},
		54:  {"the mail domain changes", func(y *year) { y.domain(); y.announced(false) }},
		61:  {"some people have uids of another form", (*year).formed},
		65:  {"the files of some nights ago", func(y *year) { y.bad(harm{"the files of some nights ago", []string{plan.OldFile}, quiet}) }},
		68:  {"a job that was there twice", func(y *year) { y.good(); y.runs++; y.good() }},
		72:  {"classes move up", func(y *year) { y.moveUp(); y.announced(true) }},
		75:  {"last month's files", func(y *year) { y.bad(harm{"last month's files", []string{plan.OldFile, plan.Reversal}, month}) }},
		77:  {"the app has too much to do", func(y *year) { y.trouble("update:429=50%,times=2") }},
		84:  {"another site joins", func(y *year) { y.intake(260); y.announced(false) }},
		88:  {"somebody edits in the app again", (*year).edited},
		90:  {"cut by few rows", func(y *year) { y.bad(harm{"cut by few rows", []string{plan.LostTail}, cutByFew}) }},
		95:  {"the app is down", func(y *year) { y.outage("list:503=100%") }},
		103: {"a second scheduler again", (*year).second},
		106: {"a replica lags behind", func(y *year) { y.bad(harm{"a replica lags behind", []string{plan.Reversal}, lagging}) }},
		108: {"a year's pupils graduate", func(y *year) { y.graduate(); y.announced(false) }},
		110: {"killed before its third write", func(y *year) { y.killed(3, false) }},
	}
	var free []int
	for n := 5; n < nights; n++ {
		if _, taken := plans[n]; !taken && (n < firstHoliday || n > lastHoliday) {
			free = append(free, n)
		}
	}
	for i, h := range harms {
		plans[free[i*len(free)/len(harms)]] = happening{h.name, func(y *year) { y.bad(h) }}
	}
	return plans
}

// announced is a night whose many changes are meant: it is refused, and let through
// by what the refusal says, at a second sync or at the apply of the refused plan.
func (y *year) announced(apply bool) {
	y.t.Helper()
	e := y.school.export(y.night)
	y.put(e)
	before := y.saved()
	if code, text := y.sync(); code != 4 {
		y.t.Fatalf("night %d: exits with %d:\n%s", y.night, code, text)
	}
	if after := y.saved(); !bytes.Equal(before, after) {
		y.t.Fatalf("night %d: is refused, and written to the app: %s", y.night, differing(parse(y.t, after), parse(y.t, before)))
	}
	y.tripped()
	var allow []string
	for _, r := range y.refusal() {
		if !slices.Contains(allow, r.Allow) {
			allow = append(allow, r.Allow)
		}
	}
	through := strings.Fields(strings.Join(allow, " "))
	code, text := 0, ""
	if apply {
		code, text = y.run(append([]string{"apply", filepath.Join(y.reportDir(), "plan.json")}, through...)...)
	} else {
		code, text = y.sync(through...)
	}
	if code != 0 {
		y.t.Fatalf("night %d, with %q, exits with %d:\n%s", y.night, allow, code, text)
	}
	y.held(parse(y.t, before))
	y.count(e, parse(y.t, before))
	y.right()
	y.exports = append(y.exports, e)
}

// trouble is a good export on a night on which the app makes trouble: what it leaves
// undone, the same night's next run does.
func (y *year) trouble(faults ...string) {
	y.t.Helper()
	y.fault(faults...)
	y.put(y.school.export(y.night))
	before := y.users()
	if code, text := y.sync(); code != 0 && code != 3 {
		y.t.Fatalf("night %d: exits with %d:\n%s", y.night, code, text)
	}
	y.held(before)
	y.fault()
	y.good()
}

// outage is a night on which the app answers nothing for longer than the job is
// patient; the next one makes up for it.
func (y *year) outage(faults ...string) {
	y.t.Helper()
	y.bad(harm{"the app is not there", nil, func(y *year, _ *export) []string {
		y.fault(faults...)
		return []string{"--patience", "1s"}
	}})
}

// formed is a night with people whose uids are of a form that nobody has: they are
// not created, and all else is done.
func (y *year) formed() {
	y.t.Helper()
	e := y.school.export(y.night)
	for _, name := range []string{"anna.berg", "jan.vos", "eva.lind", "tom.reed"} {
		e.tables[staff].rows = append(e.tables[staff].rows,
			[]string{strings.ReplaceAll(name, ".", "-"), name, "teacher", "", "active", "Arts", "", "", name + "@example.net", ""})
	}
	y.put(e)
	before := y.users()
	code, text := y.sync()
	if code != 3 {
		y.t.Fatalf("night %d, uids of another form: exits with %d:\n%s", y.night, code, text)
	}
	if names := y.tripped(); !slices.Equal(names, []string{plan.NewForm}) {
		y.t.Fatalf("night %d, uids of another form: %q:\n%s", y.night, names, text)
	}
	y.held(before)
	y.right()
	y.exports = append(y.exports, e)
}

// killed is a night whose run dies at a write, before the app does it or after. The
// next run finishes it.
func (y *year) killed(at int, after bool) {
	y.t.Helper()
	for range at { // so that there is that much to write
		y.school.enrol(y.random(2).IntN(12))
	}
	y.put(y.school.export(y.night))
	before := y.users()
	command := []string{"sync"}
	for _, name := range files {
		command = append(command, filepath.Join(y.dir, name))
	}
	c := y.self(command...)
	started := make(chan struct{})
	kill := func(n int) {
		if <-started; n == at {
			_ = c.Process.Kill()
		}
	}
	if after {
		y.watch(nil, kill)
	} else {
		y.watch(kill, nil)
	}
	err := c.Start()
	close(started)
	if err == nil {
		err = c.Wait()
	}
	y.watch(nil, nil)
	if c.ProcessState == nil || c.ProcessState.ExitCode() != -1 {
		y.t.Fatalf("night %d: is not killed: %v", y.night, err)
	}
	y.held(before)
	y.good()
}

// second is a night on which two schedulers start the job at once: the later one
// leaves it to the earlier.
func (y *year) second() {
	y.t.Helper()
	y.school.enrol(0)
	var once sync.Once
	y.watch(func(int) {
		once.Do(func() {
			other := &year{t: y.t, dir: y.dir, url: y.url, night: y.night, runs: 7}
			if code, text := other.sync(); code != 6 {
				y.t.Errorf("night %d: a second run exits with %d:\n%s", y.night, code, text)
			}
		})
	}, nil)
	y.good()
	y.watch(nil, nil)
}

// edited is a night after somebody has given one pupil another name in the app, and
// has deactivated two.
func (y *year) edited() {
	y.t.Helper()
	p := y.school.of(func(p *person) bool { return p.source == pupils })
	y.call(http.MethodPut, "/users/"+p[7].uid, `{"name":"By hand"}`)
	y.call(http.MethodDelete, "/users", fmt.Sprintf(`{"uidsToDeactivate":[%q,%q]}`, p[70].uid, p[170].uid))
	y.good()
}

func (y *year) call(method, path, body string) {
	y.t.Helper()
	r, err := http.NewRequestWithContext(y.t.Context(), method, y.url+path, strings.NewReader(body))
	if err != nil {
		y.t.Fatal(err)
	}
	r.Header.Set("apikey", "sandbox")
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		y.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		y.t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
}

// lost is a night after the state directory was lost.
func (y *year) lost() {
	y.t.Helper()
	if err := os.RemoveAll(y.stateDir()); err != nil {
		y.t.Fatal(err)
	}
	y.grace.forget()
	y.good()
}

// What is announced.

func (y *year) rename() {
	for _, p := range y.school.of(func(p *person) bool { return p.department == "Languages" }) {
		p.department = "Modern languages"
	}
}

func (y *year) outsource() {
	for _, p := range y.school.of(func(p *person) bool { return p.department == "Sports" }) {
		y.school.leave(p, y.night, 0)
	}
	for _, p := range y.school.people {
		if p.left == y.night {
			y.school.replace(p)
		}
	}
}

func (y *year) portraits() {
	for _, p := range y.school.people {
		p.avatar = strings.Replace(p.avatar, "img.example.org", "portraits.example.org", 1)
	}
}

func (y *year) domain() {
	for _, p := range y.school.people {
		p.mail = strings.Replace(p.mail, "pupils.example.org", "learn.example.org", 1)
	}
}

func (y *year) intake(n int) {
	for i := range n {
		y.school.enrol(i % 12)
	}
}

func (y *year) moveUp() {
	for _, p := range y.school.of(func(p *person) bool { return p.source == pupils }) {
		y.school.place(p, (classOf(p)+2)%12)
	}
}

func (y *year) graduate() {
	for _, p := range y.school.of(func(p *person) bool { return p.source == pupils && classOf(p) >= 10 }) {
		y.school.leave(p, y.night, 0)
	}
}

// What is old.

// month is the files of four weeks ago.
func month(y *year, e *export) []string {
	*e = *y.exports[len(y.exports)-18].clone()
	return nil
}

// difference is what a sync with an earlier export would take back.
type difference struct{ lost, back, fields, most int } // most: of one column

func (y *year) difference(e *export) (d difference) {
	then, columns := map[string][]string{}, [avatarColumn + 1]int{}
	for _, row := range e.all() {
		if row[stateColumn] == "active" {
			then[row[uidColumn]] = row
		}
	}
	for _, row := range y.exports[len(y.exports)-1].all() {
		was := then[row[uidColumn]]
		switch active := row[stateColumn] == "active"; {
		case was == nil && active:
			d.lost++
		case was != nil && active:
			for i, cell := range row {
				if was[i] != cell {
					d.fields++
					columns[i]++
					d.most = max(d.most, columns[i])
				}
			}
		}
		if row[stateColumn] == "active" {
			delete(then, row[uidColumn])
		}
	}
	d.back = len(then)
	return d
}

// quiet is the very files of some nights ago, since when little has happened.
func quiet(y *year, e *export) []string {
	*e = *y.exports[len(y.exports)-3].clone()
	return nil
}

// lagging is what the school was like some nights ago, in another order: as much has
// to have happened since as shows it, and as little as no other guard needs.
func lagging(y *year, e *export) []string {
	for ago := 12; ago > 3; ago-- { // at least three runs
		old := y.exports[len(y.exports)-ago]
		if d := y.difference(old); d.lost > 0 && d.lost < 8 && d.back <= 3 && d.fields >= 5 && d.most <= 18 {
			*e = *old.clone()
			for i := range e.tables {
				slices.SortFunc(e.tables[i].rows, func(a, b []string) int { return strings.Compare(a[uidColumn], b[uidColumn]) })
			}
			return nil
		}
	}
	y.t.Fatalf("night %d: no earlier export is what a replica would show", y.night)
	return nil
}

// cutByFew leaves out fewer people than make a block in a school of this size.
func cutByFew(y *year, e *export) []string {
	was := map[string]bool{}
	for _, row := range y.exports[len(y.exports)-1].all() {
		was[row[uidColumn]] = row[stateColumn] == "active"
	}
	from := len(e.tables[pupils].rows)
	for lost := 0; lost < 8; {
		if from--; was[e.tables[pupils].rows[from][uidColumn]] {
			lost++
		}
	}
	e.cut(pupils, from, len(e.tables[pupils].rows))
	return nil
}
