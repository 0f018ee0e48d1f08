package importer

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// someone is a person of chance, as cells: what formats have in common.
type someone struct {
	uid, name, avatar, link, role string
	tags                          []string
	message, metadata             string // metadata: JSON, "" for none
	off                           bool
}

var someoneHeader = []string{"uid", "name", "avatar", "link", "role", "tags", "statusMessage", "state", "metadata"}

// cells are the person under someoneHeader.
func (p *someone) cells() []string {
	state := "active"
	if p.off {
		state = "disabled"
	}
	return []string{p.uid, p.name, p.avatar, p.link, p.role, strings.Join(p.tags, "|"), p.message, state, p.metadata}
}

// told is what a roster has to say of the person, and nothing of how it came there.
func (p *someone) told() string {
	text := func(s string) string {
		s, _ = user.Undefuse(s)
		return user.Text(s)
	}
	var o any
	if p.metadata != "" {
		if err := json.Unmarshal([]byte(p.metadata), &o); err != nil {
			panic(err) // of this test's own making
		}
	}
	tags := slices.Clone(p.tags)
	slices.Sort(tags)
	return fmt.Sprintf("%s %q %s %s %s %q %q %v %v", strings.ToLower(p.uid), text(p.name), p.avatar, p.link, strings.ToLower(p.role), tags,
		text(p.message), p.off, o)
}

// heard is the same of a user who was read.
func heard(t *testing.T, u *user.User) string {
	t.Helper()
	var o any
	if u.Metadata != "" {
		if err := json.Unmarshal([]byte(u.Metadata), &o); err != nil {
			t.Fatal(err)
		}
	}
	tags := slices.Clone(u.Tags)
	slices.Sort(tags)
	return fmt.Sprintf("%s %q %s %s %s %q %q %v %v", u.UID, u.Name, u.Avatar, u.Link, u.Role, tags, u.StatusMessage,
		u.State == user.Deactivated, o)
}

// scripts are letters that an encoding can write, beside ASCII.
var scripts = map[string]string{
	"utf-8":        "äßŁžØİığαЖהعनไ山田さ한王陳😀éñ",
	"utf-16le":     "äßŁžØİığαЖהعनไ山田さ한王陳😀éñ",
	"utf-16be":     "äßŁžØİığαЖהعनไ山田さ한王陳😀éñ",
	"windows-1252": "äöüßéèñçøåÆŠžŒ€–’",
	"windows-1250": "ąćęłńśźżČřůěőűŁŠ€–",
	"windows-1254": "çğıİöşüâŞ€–",
	"iso-8859-1":   "äöüßéèñçøåÆþ",
	"iso-8859-2":   "ąćęłńśźżČřůěőű",
	"iso-8859-9":   "çğıİöşüâ",
	"iso-8859-15":  "äöüßéŠžŒ€",
	"windows-1251": "АБВгдежзийёЪыэюяЇє№",
	"iso-8859-5":   "АБВгдежзийёЪыэюя",
	"windows-1253": "ΑΒΓάέήίόύώςΏ",
	"iso-8859-7":   "ΑΒΓάέήίόύώς",
	"windows-1255": "אבגדהוזחטיךכלםמ",
	"windows-1256": "ابتثجحخدذرزسشصپچ",
	"iso-8859-6":   "ابتثجحخدذرزسشص",
	"ibm437":       "äöüßéèñçåÆ",
	"cp850":        "äöüßéèñçøåÆþ",
	"ibm852":       "ąćęłńśźżČřůěőűŁ",
	"ibm855":       "АБВгдежзиёэюяЇє№",
	"ibm858":       "äöüßéñø€",
	"cp866":        "АБВгдежзийёЪыэюяЇє№",
	"koi8-r":       "АБВгдежзийёЪыэюя",
	"koi8-u":       "АБВгдежзийёєіїґ",
	"macintosh":    "äöüßéèñçøåÆŒ€–’",
	"windows-874":  "กขคงจฉชซญดตถทนบป",
	"windows-1257": "āčēģīķļņšūžąęėįųõäöü",
	"windows-1258": "ăâđêôơưéàñ",
	"iso-8859-3":   "ĉĝĥĵŝŭħġżñ",
	"iso-8859-4":   "āēģīķļņšūž",
	"iso-8859-8":   "אבגדהוזחטיךכלםמ",
	"iso-8859-10":  "āēīðþöäåšž",
	"iso-8859-13":  "āčēģīķļņšūžąęėįų",
	"iso-8859-14":  "ẁẃŵŷéáôċḋ",
	"iso-8859-16":  "ăâîșțęłńőű€",
	"shift_jis":    "佐藤健一花子高橋表ソ能さくらアイ",
	"euc-jp":       "佐藤健一花子高橋表ソ能さくらアイ",
	"euc-kr":       "김철수이영희박지훈",
	"gb18030":      "王伟李娜㐂张敏ä😀",
	"big5":         "陳志明許功蓋林淑芬",
}

// awkwardBits stand in texts that somebody typed.
var awkwardBits = []string{"\"", "\"\"", ",", ";", "\t", "|", "\n", "'", "=", "+1", "-", "@", " ", "  ", "\\", "#", "<b>", "&amp;",
	"_x0041_", "sep=;", "0017", "1E5", "NULL", "\"x\"", ", ", "\\N", "%s"}

// crowd are people of chance whom an encoding can write.
func crowd(r *rand.Rand, letters string, n int) []someone {
	runes := []rune(letters)
	word := func() string {
		var b strings.Builder
		for range 1 + r.IntN(6) {
			switch r.IntN(3) {
			case 0:
				b.WriteByte(byte('a' + r.IntN(26)))
			default:
				b.WriteRune(runes[r.IntN(len(runes))])
			}
		}
		return b.String()
	}
	text := func() string {
		var b strings.Builder
		for range r.IntN(5) {
			if r.IntN(3) == 0 {
				b.WriteString(awkwardBits[r.IntN(len(awkwardBits))])
			} else {
				b.WriteString(word())
			}
		}
		return b.String()
	}
	people := make([]someone, n)
	for i := range people {
		p := &people[i]
		p.uid = []string{"%d", "%05d", "U-%d", "u_%d", "e%dE5"}[r.IntN(5)]
		p.uid = fmt.Sprintf(p.uid, 100+i)
		p.name, p.message = text(), text()
		if r.IntN(2) == 0 {
			p.avatar = fmt.Sprintf("https://cdn.example.com/%d.png?a=1,2;b=3", i)
		}
		if r.IntN(3) == 0 {
			p.link = "http://example.org/~" + p.uid
		}
		p.role = []string{"", "staff", "Admin", "default"}[r.IntN(4)]
		for range r.IntN(3) {
			if tag := word(); !slices.Contains(p.tags, user.Text(tag)) {
				p.tags = append(p.tags, user.Text(tag))
			}
		}
		if r.IntN(2) == 0 {
			o, err := json.Marshal(map[string]any{"dept": word(), "n": r.IntN(100), "@private": map[string]any{"note": text()},
				"list": []any{true, nil, "a,b"}})
			if err != nil {
				panic(err)
			}
			p.metadata = string(o)
		}
		p.off = r.IntN(4) == 0
	}
	return people
}

// csvStyle is how a program writes CSV.
type csvStyle struct {
	comma, end string
	quotes     int  // 0: where they have to be, 1: all cells, 2: all but empty ones
	said       bool // with a line sep=
	unended    bool // the last line has no end
}

// text is people as such a program writes them.
func (s csvStyle) text(people []someone) string {
	var b strings.Builder
	if s.said {
		b.WriteString("sep=" + s.comma + s.end)
	}
	line := func(cells []string) {
		for i, c := range cells {
			if i > 0 {
				b.WriteString(s.comma)
			}
			if s.quotes == 1 || s.quotes == 2 && c != "" || strings.ContainsAny(c, s.comma+"\"\r\n") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			b.WriteString(c)
		}
	}
	line(someoneHeader)
	for i := range people {
		b.WriteString(s.end)
		line(people[i].cells())
	}
	if !s.unended {
		b.WriteString(s.end)
	}
	return b.String()
}

// sameRoster wants a file to give these people, each once and none besides.
func sameRoster(t *testing.T, what string, opt Options, path string, people []someone) {
	t.Helper()
	r := mustRead(t, opt, path)
	in := r.Intake()
	if in.Rejected > 0 || len(in.EndsEarly) > 0 || in.Users != len(people) {
		t.Errorf("%s: %d of %d users, %d rejects: %q; %q", what, in.Users, len(people), in.Rejected, in.Rejects.Slice(), in.EndsEarly)
		return
	}
	for i := range people {
		p := &people[i]
		ref, _, ok := r.Find(strings.ToLower(p.uid))
		if !ok {
			t.Errorf("%s: nobody is %s", what, p.uid)
			continue
		}
		row, err := r.Load(ref)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := heard(t, &row.User), p.told(); got != want {
			t.Errorf("%s: read as\n%s, want\n%s", what, got, want)
		}
	}
}

// Whatever encoding, delimiter, quotes and line ends a program writes, and
// whether what it wrote was packed: the same people are read.
func TestTheSamePeopleInEveryText(t *testing.T) {
	marks := map[string]string{"utf-8": "\xEF\xBB\xBF", "utf-16le": "\xFF\xFE", "utf-16be": "\xFE\xFF"}
	var names []string
	for name := range scripts {
		names = append(names, name)
	}
	slices.Sort(names)
	r := rand.New(rand.NewPCG(51, 52))
	for _, name := range names {
		for _, comma := range []string{",", ";", "\t", "|"} {
			for _, end := range []string{"\n", "\r\n", "\r"} {
				style := csvStyle{comma: comma, end: end, quotes: r.IntN(3), said: r.IntN(4) == 0, unended: r.IntN(3) == 0}
				people := crowd(r, scripts[name], 8)
				text := encoded(t, style.text(people), name)
				opt, file := Options{Settings: columns.Settings{Encoding: name}}, "a.csv"
				if mark := marks[name]; mark != "" && r.IntN(2) == 0 {
					opt.Encoding, text = "", mark+text
				}
				if r.IntN(4) == 0 {
					text, file = zipped(t, text), "a.csv.gz"
				}
				sameRoster(t, fmt.Sprintf("%s %+v", name, style), opt, write(t, file, text), people)
			}
		}
	}
}

// Once more as workbooks, of inline, shared and computed texts, and as lines
// of JSON.
func TestTheSamePeopleInEveryContainer(t *testing.T) {
	r := rand.New(rand.NewPCG(53, 54))
	for range 30 {
		people := crowd(r, scripts["utf-8"], 12)
		kind := r.IntN(4)
		var shared []string
		cell := func(text string) string {
			var b strings.Builder
			// What looks like an escape of a sheet is escaped by those who write it.
			if err := xml.EscapeText(&b, []byte(strings.ReplaceAll(text, "_x0041_", "_x005F_x0041_"))); err != nil {
				t.Fatal(err)
			}
			text = b.String()
			k := kind
			if k == 3 {
				k = r.IntN(3)
			}
			switch k {
			case 0:
				return `<c t="inlineStr"><is><t xml:space="preserve">` + text + `</t></is></c>`
			case 1:
				if at := slices.Index(shared, text); at >= 0 {
					return sharedText(at)
				}
				shared = append(shared, text)
				return sharedText(len(shared) - 1)
			}
			return `<c t="str"><f>X1</f><v>` + text + `</v></c>`
		}
		var rows strings.Builder
		write1 := func(row int, cells []string) {
			fmt.Fprintf(&rows, `<row r="%d">`, row)
			for i, c := range cells {
				if c != "" {
					rows.WriteString(strings.Replace(cell(c), "<c", fmt.Sprintf(`<c r="%s%d"`, workbook.Letters(i), row), 1))
				}
			}
			rows.WriteString("</row>")
		}
		write1(1, someoneHeader)
		for i := range people {
			write1(i+2, people[i].cells())
		}
		var strs []string
		for _, s := range shared {
			strs = append(strs, `<t xml:space="preserve">`+s+`</t>`)
		}
		wb := excelBook("", strs, page{name: "S", rows: rows.String()})
		sameRoster(t, fmt.Sprintf("a workbook of kind %d", kind), Options{}, write(t, "a.xlsx", wb), people)
		sameRoster(t, "a packed workbook", Options{}, write(t, "a.xlsx.gz", zipped(t, wb)), people)

		var lines strings.Builder
		for i := range people {
			p := &people[i]
			deactivated := 0
			if p.off {
				deactivated = 1700000000
			}
			metadata := json.RawMessage(p.metadata)
			if p.metadata == "" {
				metadata = json.RawMessage("null")
			}
			// Here a text is itself, and none that a spreadsheet's apostrophe is before.
			name, _ := user.Undefuse(p.name)
			message, _ := user.Undefuse(p.message)
			line, err := json.Marshal(map[string]any{"uid": p.uid, "name": name, "avatar": p.avatar, "link": p.link, "role": p.role,
				"tags":          p.tags,
				"statusMessage": message, "metadata": metadata, "deactivatedAt": deactivated, "status": "offline",
				"lastActiveAt": 1700000000})
			if err != nil {
				t.Fatal(err)
			}
			lines.Write(line)
			lines.WriteByte('\n')
		}
		sameRoster(t, "lines", Options{}, write(t, "a.jsonl", lines.String()), people)
	}
}
