package importer

import (
	"fmt"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

func (r *Roster) notice(code notice.Code, count int, format string, args ...any) {
	r.intake.Notices = append(r.intake.Notices, user.Notice{Code: code, Message: fmt.Sprintf(format, args...), Count: count})
}

func (r *Roster) noticeSource(s *source) {
	where := s.Name()
	for _, c := range s.Header.Columns {
		if c.Field != user.NoField {
			r.intake.Columns = append(r.intake.Columns, user.Mapping{File: s.File.Path, Header: c.Header, Field: canonicalName(c)})
		}
	}
	var plain, unlisted, fixed, importable []string
	var joined []columns.Ignored
	listed := map[string]bool{}
	for _, name := range r.intake.IgnoredColumns {
		listed[name] = true
	}
	for _, c := range s.Header.Ignored {
		if !listed[c.Name] && c.Code != notice.JoinedColumn {
			listed[c.Name] = true
			r.intake.IgnoredColumns = append(r.intake.IgnoredColumns, c.Name)
		}
		switch {
		case c.Code == "":
		case c.Code == notice.ReadOnlyColumn:
			fixed = append(fixed, c.Name)
			if c.Importable {
				importable = append(importable, c.Name)
			}
		case c.Code == notice.JoinedColumn:
			joined = append(joined, c)
		case c.Why != "":
			r.notice(c.Code, 1, "%s: the column %q is left alone: %s", where, c.Name, c.Why)
		case c.Unlisted:
			unlisted = append(unlisted, c.Name)
		default:
			plain = append(plain, c.Name)
		}
	}
	for _, c := range joined {
		r.notice(c.Code, 1, "%s: the column %q is not read by itself: %s", where, c.Name, c.Why)
	}
	if n := len(fixed); n > 0 {
		carry := ""
		if len(importable) > 0 {
			carry = fmt.Sprintf("; --create-with import would carry %s for users who are created", phrase.And(importable))
		}
		r.notice(notice.ReadOnlyColumn, n, "%s: %s %s left alone: the users API can't set %s%s", where, phrase.And(fixed),
			phrase.Form(n, "is", "are"), phrase.Form(n, "it", "them"), carry)
	}
	if len(plain) > 0 {
		r.notice(notice.IgnoredColumn, len(plain),
			"%s: not mapped to a field, so left alone: %s; to use one, --map 'HEADER=field' or 'HEADER=metadata.KEY'%s",
			where, columns.Quoted(plain), s.Header.ByPlace())
	}
	if n := len(unlisted); n > 0 {
		r.notice(notice.IgnoredColumn, n, "%s: left alone, since the mapping does not list %s: %s; to use one, add it to the mapping",
			where, phrase.Form(n, "it", "them"), columns.Quoted(unlisted))
	}
	r.noticeNegated(s)
	if half := s.Header.HalfNamed; half != "" {
		r.notice(notice.HalfName, 1, "%s: %s", where, half)
	}
	r.noticeLacks(s)
	r.noticeSkipped(s)
	r.noticeSights(s)
}

func (r *Roster) noticePadding(s *source) {
	r.notice(notice.EndOfFileBytes, 0,
		"%s: bytes after the last line that are not text (0x1A, as DOS ends a file, or zeros that fill it up) were left alone", s.File.Path)
}

// canonicalName is what a column holds, as reports spell it.
func canonicalName(c user.Column) string {
	switch {
	case c.Part == user.First:
		return "name (first)"
	case c.Part == user.Last:
		return "name (last)"
	}
	return (user.Slot{Field: c.Field, Path: c.Path}).Name()
}

func (r *Roster) noticeDuplicates(t *tally) {
	tell := func(code notice.Code, c counted, one, many, what string) {
		if c.n > 0 {
			r.notice(code, c.n, "%s %s; the first is %s", phrase.Counted(c.n, one, many), what, c.first)
		}
	}
	tell(notice.DuplicateRows, t.alike, "row like", "rows like", "an earlier one in uid and values, and not counted again")
	tell(notice.SupersededRows, t.superseded, "row gave way", "rows gave way", "to another with the same uid, by "+
		"--duplicates "+r.opt.Duplicates.String())
	tell(notice.UnitedRows, t.united, "row is", "rows are", "put together with an earlier one of the same uid, by --duplicates merge")
}

// repairWords are what normalising did to cells, in the order in which it is told;
// other repairs are told by themselves.
var repairWords = [...]string{
	user.Trimmed:      "white space around the text taken off",
	user.Collapsed:    "white space inside it made one space",
	user.Composed:     "letters and accents composed (Unicode NFC)",
	user.Control:      "control characters taken out",
	user.Quoted:       "a spreadsheet's leading apostrophe taken off",
	user.LowerCase:    "uid or role put in lower case",
	user.Mended:       "text that was decoded twice repaired",
	user.Based:        "a relative address completed with base",
	user.Milliseconds: "a time in milliseconds made seconds",
}

func (r *Roster) noticeRepairs() {
	total := 0
	var kinds []string
	for kind, what := range repairWords {
		if n := r.repairs[kind]; n > 0 {
			total += n
			kinds = append(kinds, phrase.Sprintf("%s in %d", what, n))
		}
	}
	if total > 0 {
		r.notice(notice.Repaired, total, "cells were repaired: %s", strings.Join(kinds, ", "))
	}
}

// noticeRewrites names uids that are no longer what the sources say.
func (r *Roster) noticeRewrites() {
	n := r.repairs[user.Rewritten]
	if n == 0 {
		return
	}
	more := ""
	if n > len(r.rewrites) {
		more = phrase.Sprintf(", and %d more", n-len(r.rewrites))
	}
	r.notice(notice.UIDRewritten, n, "%s rewritten by %s: %s%s",
		phrase.Counted(n, "uid was", "uids were"), r.opt.Rules.Rewrite, strings.Join(r.rewrites, ", "), more)
}

// noticeLacks tells of texts that no other stands for.
func (r *Roster) noticeLacks(s *source) {
	for i, l := range s.lacks {
		if l.N == 0 {
			continue
		}
		read := &s.Header.Transform.Reads[i]
		such := ""
		if len(l.Texts) > 0 && !s.Header.Hides(read.Column) {
			such = ", such as " + columns.Quoted(l.Texts)
		}
		r.notice(notice.UnmappedValue, l.N, "%s: values.%s lacks the text of %s%s; it counts as it is",
			s.Name(), read.Values.Name, phrase.Counted(l.N, "cell"), such)
	}
}

func (r *Roster) noticeNegated(s *source) {
	for i := range s.Header.Columns {
		if s.Header.Transform.Negates(i) {
			r.notice(notice.NegatedState, 1, "%s: the column %q means the opposite of state: yes, true and 1 read as inactive in it, and "+
				"no, false and 0 as active; if they mean something else, say what under values.state of the configuration",
				s.Name(), s.Header.Label(i))
		}
	}
}
