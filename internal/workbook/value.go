package workbook

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// rich appends the text of the element that has just begun, an item of shared
// strings or an inline string: its own, or its runs' one after the other.
// How the text is to be pronounced is not a part of it.
func (x *scanner) rich(out []byte) ([]byte, error) {
	from, base := len(out), x.depth()
	run := false
	for {
		t, err := x.next()
		if err != nil {
			return out, err
		}
		switch {
		case t == endTag && x.depth() < base:
			return unescape(out, from), nil
		case t != startTag:
		case string(x.name) == "t" && (x.depth() == base+1 || run && x.depth() == base+2):
			if out, err = x.plain(out, from); err != nil {
				return out, err
			}
		case x.depth() == base+1:
			run = string(x.name) == "r"
		}
	}
}

// plain appends the text of the element that has just begun. from is where
// the cell's text begins.
func (x *scanner) plain(out []byte, from int) ([]byte, error) {
	for base := x.depth(); x.depth() >= base; {
		t, err := x.next()
		if err != nil {
			return out, err
		}
		if t != textPiece {
			continue
		}
		if out, err = x.add(out, from, x.text); err != nil {
			return out, err
		}
	}
	return out, nil
}

// add appends a piece of a cell's text, which begins at from.
func (x *scanner) add(out []byte, from int, piece []byte) ([]byte, error) {
	if len(out)-from+len(piece) > x.limits.Cell {
		return out, limit("a text takes more than %d bytes", x.limits.Cell)
	}
	return append(out, piece...), nil
}

// item appends the next text of a list of shared strings, if its element
// begins right here and is of the usual shape. The list itself has to be the
// only element that is open.
func (x *scanner) item(out []byte) ([]byte, bool) {
	if x.depth() != 1 || x.empty || x.cdata || usualDepth > x.limits.Depth {
		return out, false
	}
	inside, behind, ok := x.enclosed(x.buf[x.at:], "<si><t", "</t></si>")
	if !ok {
		return out, false
	}
	x.at = len(x.buf) - len(behind)
	return unescape(append(out, inside...), len(out)), true
}

// unescape replaces _x000D_, which is how a workbook writes characters that
// XML can't have, in what follows from.
func unescape(out []byte, from int) []byte {
	at := bytes.IndexByte(out[from:], '_')
	if at < 0 {
		return out
	}
	at += from
	to := at
	for at < len(out) {
		r, ok := escaped(out[at:])
		if !ok {
			out[to] = out[at]
			to++
			at++
			continue
		}
		at += escapeLen
		if utf16.IsSurrogate(r) {
			second, ok := escaped(out[at:])
			if r = utf16.DecodeRune(r, second); ok && r != utf8.RuneError {
				at += escapeLen
			}
		}
		// What a character takes is never more than its escape did.
		to += utf8.EncodeRune(out[to:to+utf8.UTFMax], r)
	}
	return out[:to]
}

const escapeLen = len("_x000D_")

// escaped is the character of an escape that b begins with.
func escaped(b []byte) (rune, bool) {
	if len(b) < escapeLen || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(r), err == nil
}
