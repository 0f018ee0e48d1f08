package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"cometsync/importer/columns"
	"cometsync/importer/corrections"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/record"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// text reads a CSV, or a sheet that is rendered as one.
func (r *Roster) text(ctx context.Context, s *source, in io.Reader) error {
	c := delimited.NewChunker(in, !s.Rendered)
	defer func() {
		if c.Padded > 0 {
			r.noticePadding(s)
		}
	}()
	c.Fill(delimited.ChunkSize)
	if err := input.Fault(c.Err, s.File.Path); err != nil {
		return err
	}
	s.Begin(c)
	if f, err := corrections.Read(&s.Table, c); f != nil || err != nil {
		r.corrections = append(r.corrections, f)
		if err == nil && f.Cut {
			r.endsEarly(s, fmt.Sprintf("it is cut off after row %d", f.Last))
		}
		return err
	}
	if err := r.head(s, c); err != nil {
		return err
	}
	if err := r.body(ctx, s, c); err != nil {
		return err
	}
	if err := input.Fault(c.Err, s.File.Path); err != nil {
		return err
	}
	if c.Cut() {
		r.endsEarly(s, fmt.Sprintf("it is cut off after row %d", r.line-1))
	}
	if err := r.settleTrailer(s); err != nil {
		return err
	}
	r.noticeSource(s)
	return nil
}

// endsEarly puts a message about s on record.
func (r *Roster) endsEarly(s *source, what string) {
	r.intake.EndsEarly = append(r.intake.EndsEarly, fmt.Sprintf("%s: ends early: %s; export or copy it again", s.Name(), what))
}

// head reads what is above the first row.
func (r *Roster) head(s *source, c *delimited.Chunker) error {
	path, m := s.File.Path, s.Mapping
	if len(c.Buf) == 0 {
		return input.Empty(path)
	}
	text := string(c.Buf)
	t, raw, first, err := m.Start(s.Given, text)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	guessed := !s.Rendered && s.Comma == 0 && t.Comma != ','
	s.Comma = t.Comma
	if first == len(text) && c.Err == nil {
		return phrase.Errorf("%s: its first row is longer than %d bytes; is it a roster?", path, len(text))
	}
	s.HeaderRow, s.last, r.line = t.Row, t.Row, t.Row+1
	r.trailer = trailer{}
	if s.Lines {
		r.line, s.HeaderRow, s.last = 1, 0, 0
	}
	s.Raw = columns.Trimmed(raw)
	h, err := m.Resolve(s.Raw, s.Headless(raw, text[first:], c.Err != nil), r.layout, func(column int) bool {
		return columns.HoldsPresence(text[first:], s.Comma, column)
	})
	if errors.Is(err, columns.ErrNoUID) && first > 0 {
		err = m.Explained(err, s.Given, text, t)
	}
	if err == nil && columns.Framed(s.Comma, raw) {
		h.Frame()
	}
	garbled := s.Garbled()
	if err != nil {
		if garbled != "" {
			err = fmt.Errorf("%s: %w", garbled, err)
		}
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	if garbled != "" {
		r.notice(notice.Encoding, 0, "%s: %s", s.Name(), garbled)
	}
	s.Header = h
	if first > 0 && len(m.Keys) > 0 && !s.Lines {
		plain := columns.Mapping{} // knows what names mean by themselves
		if rows := columns.WithText(columns.FirstLines(text[t.At:], s.Comma, 1+columns.Agreeing, 0)); plain.NoHeader(rows) {
			r.notice(notice.HeaderLikeAPerson, 0, "%s: row %d (%s) was read as the header, as the mapping has it, and looks like a "+
				"person; if it is one, name the columns with --columns in place of the mapping", s.Name(), t.Row, columns.Quoted(s.Raw))
		}
	}
	s.sights[blankRows].n += t.Blanks
	s.above(t)
	line, _, ended := strings.Cut(text[t.At:], "\n")
	s.CRLF = ended && strings.HasSuffix(line, "\r")
	s.Width = s.WidthOf(len(raw), text[first:], c.Err != nil)
	s.Persons = h.Persons(r.opt.Match)
	c.Skip(first)
	switch {
	case s.Said:
		r.notice(notice.Delimiter, 0, "%s: read with a %s between cells, as its line sep= says", path, delimited.Name(s.Comma))
	case guessed:
		r.notice(notice.Delimiter, 0, "%s: read with a %s between cells", path, delimited.Name(s.Comma))
	}
	return nil
}

// body reads the rows: this goroutine cuts the text, workers take the pieces
// apart, another collects what they make of them, in order.
func (r *Roster) body(ctx context.Context, s *source, c *delimited.Chunker) error {
	s.base, s.end = r.spool.Size, r.spool.Size
	s.UID = s.Header.Columns[s.Header.UID:][:1]
	if t := s.Header.Transform; t != nil {
		s.lacks = make([]columns.Unmapped, len(t.Reads))
	}
	r.sources = append(r.sources, s)
	if r.opt.Cells {
		s.hashCells()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	workers := runtime.GOMAXPROCS(0)
	work := make(chan *batch, workers)
	order := make(chan *batch, 2*workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			w := worker{roster: r, source: s, Record: record.Record{Table: &s.Table, Rules: r.opt.Rules},
				printer: user.NewFingerprintCache(r.opt.Rules, r.layout, s.Header.Columns)}
			for b := range work {
				w.parse(b)
				close(b.done)
			}
		})
	}
	pool := sync.Pool{New: func() any { return &batch{} }}
	running.Go(func() {
		failed := false
		for b := range order {
			<-b.done
			if !failed {
				if err := r.collect(s, b); err != nil {
					failed = true
					cancel(err)
				}
			}
			b.reset()
			pool.Put(b)
		}
	})

	var err error
	for last := false; !last && err == nil; {
		var piece []byte
		if piece, last = c.Next(s.Comma); len(piece) == 0 {
			break
		}
		b := pool.Get().(*batch)
		b.hold(c.Take(len(piece), b.buf))
		b.final, b.done = last, make(chan struct{})
		b.cut, b.endless = last && c.Cut(), last && c.Err == nil
		b.encoding = s.Encoding()
		if b.place, err = r.spool.Append(b.buf); err != nil {
			break
		}
		work <- b
		order <- b
		err = context.Cause(ctx)
	}
	close(work)
	close(order)
	running.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// plain reads a source that is no workbook: what its bytes, its lines and its cells are is
// for the text to show, as far as the user does not say it.
func (r *Roster) plain(ctx context.Context, s *source, in *input.File) error {
	text, lines, err := s.Text(in)
	if err == nil {
		err = r.text(ctx, s, text)
	}
	if lines != nil && lines.Padded {
		r.noticePadding(s)
	}
	if err != nil {
		return err
	}
	switch s.File.Encoding = s.Encoding(); {
	case lines != nil:
		if unknown := lines.Keys.Unknown; len(unknown) > 0 {
			r.intake.IgnoredColumns = append(r.intake.IgnoredColumns, unknown...)
			r.notice(notice.IgnoredColumn, len(unknown), "%s: %s", s.Name(), lines.Keys.Told(columns.UsualName))
		}
	case s.Decoder.Marked != "":
		r.notice(notice.Encoding, 0, "%s: read as %s, whose mark it begins with, and not as --encoding says", s.Name(), s.Decoder.Marked)
	case s.Decoder.Found:
		r.notice(notice.Encoding, 0, "%s: read as %s, which its bytes show; if it is another, say which with --encoding", s.Name(),
			s.Encoding())
	}
	return nil
}
