package workbook

import (
	"regexp"
	"strings"
)

// FormatKind says what a number format makes of a number.
type FormatKind uint8

const (
	General  FormatKind = iota
	Digits              // its digits and nothing else: no zero in front, no sign of a unit
	Shaped              // zeros in front, or other characters in front, between or behind
	Percent             // a hundred times the number, and the sign
	Exponent            // a power of ten after it
	Moment              // a date, a time of day, or both
	Elapsed             // hours, minutes or seconds, more than a day has
	AsText              // whatever it is, as text
	Other               // a fraction, or what depends on the number
)

// Format is a number format, as far as it matters what a cell's number is.
type Format struct {
	Kind       FormatKind
	Date, Time bool // what of a moment is shown

	items    []item // of a number, in order
	whole    int    // the least digits in front of the point
	decimals int    // the most after it
	fixed    int    // the least after it
	group    bool   // a comma for each thousand
	scaled   bool   // shown in thousands or millions
}

// item is a digit's place, the point, or a piece of other text.
type item struct {
	kind byte // '0' for a place of any kind, '.', or 't' for text
	text string
}

// parseFormat reads a format's code; of several sections, the one for
// positive numbers.
func parseFormat(code string) Format {
	var p formatParser
	p.section(code)
	f := p.format
	switch {
	case p.elapsed:
		f.Kind, f.Time = Elapsed, true
	case p.day || p.clock || p.month:
		f.Kind, f.Date, f.Time = Moment, p.day || p.month && !p.clock, p.clock
	case p.other || p.places > 0 && (p.general || p.at):
		f.Kind = Other
	case p.general && p.texts == 0 && !p.percent:
		f.Kind = General
	case p.general:
		f.Kind = Other
	case p.at && p.texts == 0:
		f.Kind = AsText
	case p.exponent:
		f.Kind = Exponent
	case p.places == 0 && p.texts == 0 && !p.percent:
		f.Kind = General // an empty code
	case p.places == 0:
		f.Kind = Other // hides the number
	case p.percent:
		f.Kind = Percent
	case p.texts > 0 || f.whole > 1 || f.scaled:
		f.Kind = Shaped
	default:
		f.Kind = Digits
	}
	return f
}

type formatParser struct {
	format Format

	day, month, clock, elapsed            bool
	general, at, exponent, percent, point bool
	other                                 bool
	places, texts                         int
}

// tokens are those of a code: text in quotes, what is in brackets, a character
// that is escaped, left as room or repeated, words, and any other character.
var tokens = regexp.MustCompile(`(?is)"[^"]*"?|\[[^\]]*\]?|[\\_*].|general|am/pm|a/p|e[+-]|.`)

func (p *formatParser) section(code string) {
	for _, t := range tokens.FindAllString(code, -1) {
		switch low := strings.ToLower(t); {
		case t == ";":
			return
		case t[0] == '"':
			p.text(strings.Trim(t, `"`))
		case t[0] == '[':
			p.brackets(strings.TrimSuffix(t[1:], "]"))
		case t[0] == '\\' && len(t) > 1:
			p.text(t[1:])
		case (t[0] == '_' || t[0] == '*') && len(t) > 1:
		case low == "general":
			p.general = true
		case low == "am/pm", low == "a/p":
			p.clock = true
		case low == "e+", low == "e-":
			p.exponent = true
		default:
			p.character(t)
		}
	}
}

// brackets takes a colour, a condition, a currency, or elapsed time.
func (p *formatParser) brackets(inside string) {
	low := strings.ToLower(inside)
	switch {
	case low != "" && (strings.Trim(low, "h") == "" || strings.Trim(low, "m") == "" || strings.Trim(low, "s") == ""):
		p.elapsed = true
	case strings.HasPrefix(inside, "$"):
		symbol, _, _ := strings.Cut(inside[1:], "-")
		p.text(symbol)
	case strings.ContainsAny(inside, "<>="):
		p.other = true
	}
}

func (p *formatParser) text(s string) {
	if s == "" {
		return
	}
	p.texts++
	p.format.items = append(p.format.items, item{'t', s})
}

func (p *formatParser) character(t string) {
	f := &p.format
	switch c := t[0]; c {
	case 'y', 'Y', 'd', 'D':
		p.day = true
	case 'm', 'M':
		p.month = true
	case 'h', 'H', 's', 'S':
		p.clock = true
	case '@':
		p.at = true
	case '0', '#', '?':
		if p.exponent {
			return
		}
		p.places++
		f.items = append(f.items, item{kind: '0'})
		f.scaled = false
		switch {
		case p.point:
			f.decimals++
			if c == '0' {
				f.fixed = f.decimals
			}
		case c == '0' || f.whole > 0:
			f.whole++
		}
	case '.':
		p.point = true
		f.items = append(f.items, item{kind: '.'})
	case ',':
		// Between places it groups digits; after the last it leaves out
		// three of them.
		if p.places > 0 {
			f.scaled = true
			f.group = true
		}
	case '/':
		p.other = p.other || p.places > 0
		p.text("/")
	case '%':
		p.percent = true
		f.items = append(f.items, item{'t', "%"})
	case ' ', '(', ')':
		f.items = append(f.items, item{'t', t})
	default:
		p.text(t)
	}
}
