package jsontext

import "iter"

// Token is a part of a text that was taken apart: a value, or the key of one. What
// an object or a list holds lies behind its token, keys before their values.
type Token struct {
	Text string // of a string and a key what it says, of a number and a boolean what is written
	Span int32  // how many tokens it takes, itself among them: as many further on is what follows
	Kind Kind
}

// Kind is what a token is.
type Kind uint8

// The kinds. The zero value is none.
const (
	_ Kind = iota
	String
	Scalar // a number or a boolean
	Null
	List
	Object
)

// Tokens eats any value as Raw does, and appends its tokens.
func (d *Scanner) Tokens(tape []Token, depth int) (raw string, _ []Token) {
	d.Peek()
	start := d.p
	tape = d.tokens(tape, depth)
	if d.Err != nil {
		return "", tape
	}
	return d.s[start:d.p], tape
}

func (d *Scanner) tokens(tape []Token, depth int) []Token {
	if d.tooDeep(depth) {
		return tape
	}
	at := len(tape)
	tape = append(tape, Token{})
	t := Token{Kind: Scalar}
	switch d.Peek() {
	case '"':
		t.Kind, t.Text = String, d.Str()
	case 'n':
		t.Kind = Null
		d.Literal("null")
	case '[':
		t.Kind = List
		for range d.Elements() {
			tape = d.tokens(tape, depth+1)
		}
	case '{':
		t.Kind = Object
		for key := range d.Members() {
			tape = d.tokens(append(tape, Token{Text: key, Span: 1, Kind: String}), depth+1)
		}
	default:
		t.Text = d.Raw(depth)
	}
	t.Span = int32(len(tape) - at)
	tape[at] = t
	return tape
}

// Members yields the keys and values of an object.
func Members(object []Token) iter.Seq2[string, []Token] {
	return func(yield func(string, []Token) bool) {
		for in := object[1:object[0].Span]; len(in) > 0; {
			after := 1 + in[1].Span
			if !yield(in[0].Text, in[1:after]) {
				return
			}
			in = in[after:]
		}
	}
}

// Values yields what is in a list.
func Values(list []Token) iter.Seq[[]Token] {
	return func(yield func([]Token) bool) {
		for in := list[1:list[0].Span]; len(in) > 0; {
			after := in[0].Span
			if !yield(in[:after]) {
				return
			}
			in = in[after:]
		}
	}
}
