// Package review reads what a reviewer made of a plan: the workbook, a CSV or what
// the page saved. It knows what the plan's own report showed, and refuses to know how
// a plan is carried out.
package review

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/comma"
	"cometsync/report/xlsx"
)

// What a reviewer made of a plan comes back in one of three forms, told apart
// by content. Nothing in it is guessed: an operation is decided on by a row
// that can mean nothing else, or its row is a reject, or it is undecided; a
// file that is not whole is an error.

// maxDecisions is the largest file of decisions that is read. The workbook of
// a million operations has a fifth of it.
const maxDecisions = 256 << 20

// maxDecisionRejects is how many rejects a file of decisions may have: more of
// them are not slips, but another file.
const maxDecisionRejects = 10_000

// maxDecisionLine is the longest line of a CSV of decisions: both values of
// every field of a user are on one. A line of nothing but delimiters takes fifty
// times its size as cells.
const maxDecisionLine = 1 << 20

// Read reads what a reviewer made of a plan: the workbook that was
// reviewed, a CSV of uid and decision, or what the page saved. Undecided says
// what becomes of operations without a decision: plan.Apply, or else they are held.
func Read(path string, p *plan.Plan, undecided plan.Decision) (*plan.Decisions, error) {
	content, err := readWhole(path, maxDecisions)
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	return decisions(path, content, p, undecided)
}

func readWhole(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, fmt.Errorf("%s: is larger than %d MiB, which no file of decisions is", path, most>>20)
	}
	return content, nil
}

func decisions(path string, content []byte, p *plan.Plan, undecided plan.Decision) (*plan.Decisions, error) {
	if undecided != plan.Apply {
		undecided = plan.Hold
	}
	sum := sha256.Sum256(content)
	g := &gathering{
		p:     p,
		first: make([]int, len(p.Operations)),
		d: &plan.Decisions{
			File: path, SHA256: fmt.Sprintf("%x", sum), Undecided: undecided,
			Of: make([]plan.Decision, len(p.Operations)), Rejected: map[int]bool{},
		},
	}
	read := g.readCSV
	switch text := bytes.TrimLeft(bytes.TrimPrefix(content, []byte(comma.ByteOrderMark)), " \t\r\n"); {
	case len(text) == 0:
		return nil, fmt.Errorf("%s: is empty; give the reviewed report.xlsx, a CSV of uid and decision, or what the page saved", path)
	case bytes.HasPrefix(content, []byte("PK")):
		read = g.readXLSX
	case bytes.HasPrefix(content, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return nil, fmt.Errorf("%s: is an old .xls workbook, or one with a password; save it as .xlsx without a password", path)
	case bytes.HasPrefix(content, []byte{0xFF, 0xFE}), bytes.HasPrefix(content, []byte{0xFE, 0xFF}):
		return nil, fmt.Errorf("%s: is UTF-16 text; save it as CSV UTF-8", path)
	case !utf8.Valid(content):
		return nil, fmt.Errorf("%s:%d: holds bytes that are not UTF-8; save it as CSV UTF-8", path, brokenLine(content))
	case bytes.IndexByte(content, 0) >= 0:
		return nil, fmt.Errorf("%s: is not text; give the reviewed report.xlsx, a CSV of uid and decision, or what the page saved", path)
	case text[0] == '{':
		read = g.readJSON
	}
	if err := read(content); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if g.hopeless {
		return nil, fmt.Errorf("%s: more than %s rows can't be used, the first at %s; give decisions on this plan, which is that of run %s",
			path, phrase.Thousands(maxDecisionRejects), g.d.Rejects[0], p.Run)
	}
	return g.settle(), nil
}

// brokenLine is the line of the first bytes that are not UTF-8.
func brokenLine(content []byte) int {
	for line := 1; ; line++ {
		text, rest, more := bytes.Cut(content, []byte{'\n'})
		if !utf8.Valid(text) || !more {
			return line
		}
		content = rest
	}
}

type gathering struct {
	p     *plan.Plan
	d     *plan.Decisions
	sheet string // where rows are
	unit  string // what a reject calls its row where that is not what a spreadsheet shows

	first []int          // of each operation: the row that decided on it; 0 for none
	ids   map[string]int // operations by id; made when it is needed first

	repeated int  // rows that say what an earlier one said
	withheld int  // withheld operations that somebody wants applied
	hopeless bool // there are more rejects than anybody reads
	astray   int  // rejects of which nobody knows what they are about
}

// byID finds an operation by its id; near is the one that it is most likely.
func (g *gathering) byID(id string, near int) (int, bool) {
	if near >= 0 && g.p.ID(&g.p.Operations[near]) == id {
		return near, true
	}
	if g.ids == nil {
		g.ids = make(map[string]int, len(g.p.Operations))
		for i := range g.p.Operations {
			g.ids[g.p.ID(&g.p.Operations[i])] = i
		}
	}
	i, found := g.ids[id]
	return i, found
}

// word reads the decision on an operation.
func (g *gathering) word(i int, column, text string) (of plan.Decision, defects []user.Defect) {
	o := &g.p.Operations[i]
	if o.Withheld && strings.EqualFold(strings.TrimSpace(text), xlsx.WithheldWord) {
		return plan.Undecided, nil
	}
	if of.UnmarshalText([]byte(text)) != nil {
		return plan.Undecided, []user.Defect{{Column: column, Code: user.DecisionInvalid, Value: phrase.Shorten(text, 200),
			Message: "neither apply nor hold nor never; write one of them, or clear it to leave the operation undecided"}}
	}
	return of, nil
}

// decide takes what a row decides on an operation.
func (g *gathering) decide(row, i int, column string, of plan.Decision) {
	if g.p.Operations[i].Withheld && of == plan.Apply {
		g.withheld++
		of = plan.Undecided
	}
	switch first := g.first[i]; {
	case first == 0:
		g.first[i], g.d.Of[i] = row, of
	case g.d.Of[i] == of:
		g.repeated++
	default:
		if !g.d.Rejected[i] {
			g.reject(first, i, "", g.twice(column, "operation", row))
		}
		g.reject(row, i, "", g.twice(column, "operation", first))
	}
}

func (g *gathering) twice(column, of string, other int) user.Defect {
	unit := g.unit
	if unit == "" {
		unit = "row"
	}
	return user.Defect{Column: column, Code: user.DecisionTwice,
		Message: fmt.Sprintf("%s %d decides differently on the same %s; leave one of them", unit, other, of)}
}

// reject takes a row that can't be used. The operation that it is about, if
// there is one (i is not negative), is not carried out.
func (g *gathering) reject(row, i int, uid string, defects ...user.Defect) {
	if i >= 0 {
		g.d.Rejected[i] = true
		uid = g.p.Operations[i].UID
	} else {
		g.astray++
		if uid = user.FoldUID(uid); !user.ValidUID(uid) {
			uid = ""
		}
	}
	g.refuse(row, uid, defects...)
}

// refuse keeps a row that can't be used.
func (g *gathering) refuse(row int, uid string, defects ...user.Defect) {
	if g.unit != "" {
		for j := range defects {
			defects[j].Message = fmt.Sprintf("%s %d: %s", g.unit, row, defects[j].Message)
		}
	}
	if len(g.d.Rejects) >= maxDecisionRejects {
		g.hopeless = true
		return
	}
	g.d.Rejects = append(g.d.Rejects, user.Reject{Source: user.Source{File: g.d.File, Sheet: g.sheet, Row: row}, UID: uid,
		Defects: defects})
}

func (g *gathering) notice(code notice.Code, n int, one, many string) {
	text := fmt.Sprintf(many, phrase.Thousands(n))
	if n == 1 {
		text = one
	}
	if n > 0 {
		g.d.Notices = append(g.d.Notices, user.Notice{Code: code, Message: g.d.File + ": " + text, Count: n})
	}
}

// ignored notes columns that are not part of a decision.
func (g *gathering) ignored(columns []string) {
	text := columns[0] + " is not part of a decision and is left alone"
	if len(columns) > 1 {
		text = listed(columns) + " are not part of a decision and are left alone"
	}
	g.d.Notices = append(g.d.Notices, user.Notice{Code: notice.DecisionColumnsIgnored, Message: g.d.File + ": " + text,
		Count: len(columns)})
}

// listed enumerates words, and counts those that are too many.
func listed(words []string) string {
	const most = 10
	if len(words) > most {
		words = append(slices.Clone(words[:most]), phrase.Thousands(len(words)-most)+" more")
	}
	return phrase.And(words)
}

// settle gives the decisions when all rows are read.
func (g *gathering) settle() *plan.Decisions {
	for i := range g.d.Rejected {
		g.d.Of[i] = plan.Undecided
	}
	// Such a row may have said hold or never of any operation without a decision.
	if g.astray > 0 && g.d.Undecided == plan.Apply {
		g.d.Undecided = plan.Hold
		g.notice(notice.DecisionAstray, g.astray, "it is unclear what a rejected row is about, so operations without a decision are "+
			"held all the same",
			"it is unclear what %s rejected rows are about, so operations without a decision are held all the same")
	}
	slices.SortStableFunc(g.d.Rejects, func(a, b user.Reject) int { return a.Source.Row - b.Source.Row })
	g.notice(notice.DecisionRepeated, g.repeated, "a row repeats an earlier decision, and was counted once",
		"%s rows repeat earlier decisions, and were counted once")
	g.notice(notice.DecisionWithheld, g.withheld, "an operation that is to be applied is withheld, and stays so",
		"%s operations that are to be applied are withheld, and stay so")
	return g.d
}

// entry is a row of a CSV, or an element of what the page saved; or the names under
// which a file has an entry's parts.
type entry struct {
	UID       string `json:"uid"`
	Operation string `json:"operation"`
	ID        string `json:"id"`
	Decision  string `json:"decision"`
}

// take takes an entry. The uid says which operation it is about; operation
// and id are checked where there are any.
func (g *gathering) take(row int, e *entry, names *entry) {
	if strings.TrimSpace(e.UID) == "" {
		i := -1
		if at, ok := g.byID(foldID(e.ID), -1); ok {
			i = at
		}
		g.reject(row, i, "", user.Defect{Column: names.UID, Code: user.UIDMissing, Message: "has no uid; fill it in"})
		return
	}
	i, found := g.p.On(user.FoldUID(e.UID))
	if !found {
		// An id that is of this plan says whom the row was about.
		if at, ok := g.byID(foldID(e.ID), -1); ok {
			i = at
		}
		g.reject(row, i, e.UID, user.Defect{Column: names.UID, Code: user.DecisionUnknown, Value: phrase.Shorten(e.UID, 200),
			Message: "the plan has no operation for this user; correct the uid, which a spreadsheet may have rounded, made a date or " +
				"left without its zeros, or take the row out"})
		return
	}
	o := &g.p.Operations[i]
	of, defects := g.word(i, names.Decision, e.Decision)
	if op := strings.TrimSpace(e.Operation); op != "" && !strings.EqualFold(op, o.Verb.String()) {
		defects = append(defects, user.Defect{Column: names.Operation, Code: user.DecisionUnknown, Value: phrase.Shorten(op, 200),
			Message: "the plan has " + o.Verb.String() + " for this user, so this was decided on another plan; decide again"})
	}
	if id := foldID(e.ID); id != "" && id != g.p.ID(o) {
		defects = append(defects, user.Defect{Column: names.ID, Code: user.DecisionUnknown, Value: phrase.Shorten(id, 200),
			Message: "not the id of this operation in the plan of run " + g.p.Run + ", so this was decided on another plan; decide again"})
		if other, ok := g.byID(id, -1); ok {
			g.d.Rejected[other] = true
		}
	}
	if len(defects) > 0 {
		g.reject(row, i, "", defects...)
		return
	}
	g.decide(row, i, names.Decision, of)
}

func foldID(id string) string { return strings.ToLower(strings.TrimSpace(id)) }
