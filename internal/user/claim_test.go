package user

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func claimsText(claims []Claim) string {
	var out []string
	for _, c := range claims {
		s := c.Because.String() + " " + c.Value
		if c.Key != "" {
			s += " (" + c.Key + ")"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestClaims(t *testing.T) {
	for _, c := range []struct{ cell, want string }{
		{"anna", ""},
		{"emp-0042", ""},
		{"", ""},
		{"?", ""},
		{"b!", ""}, // one character is anybody
		{"00123", "leading-zeros 123"},
		{" 123 ", "leading-zeros 123"},
		{"１２３", "leading-zeros 123, invalid-uid 123"},
		{"000", "leading-zeros 0"},
		{"0", "leading-zeros 0"},
		{"'+123", "invalid-uid 123, leading-zeros 123"},
		{"# 00123", "invalid-uid 00123, leading-zeros 123"},
		{"123.0", "leading-zeros 123, invalid-uid 123-0, invalid-uid 1230, leading-zeros 1230"},
		{"1,234", "leading-zeros 1234, invalid-uid 1-234, invalid-uid 1234"},
		{"12,34,567", "leading-zeros 1234567, invalid-uid 12-34-567, invalid-uid 1234567"},
		{"1.000", "leading-zeros 1000, leading-zeros 1, invalid-uid 1-000, invalid-uid 1000"},
		{"1.234,00", "leading-zeros 1234, invalid-uid 1-234-00, invalid-uid 123400, leading-zeros 123400"},
		{"12.34", "invalid-uid 12-34, invalid-uid 1234, leading-zeros 1234"},
		{"1.23457E+15", "rounded-number 1.23457e+15"},
		{"1,23457e+15", "rounded-number 1.23457e+15"},
		{"1.23457E15", "rounded-number 1.23457e+15"},
		{"123.457E+13", "rounded-number 1.23457e+15"},
		{"0.123457e+16", "rounded-number 1.23457e+15"},
		{"1.20e+05", "rounded-number 1.20e+05"},
		{"1e5", "rounded-number 1e+05"},
		{"1.2345E+4", "leading-zeros 12345"},
		{"1.23450E+4", "leading-zeros 12345"},
		{"1.23456E+4", ""}, // with decimals
		{"1e-5", ""},       // a uid, and no number
		{"1e+999", ""},
		{"0e+5", ""},
		{"123456789012345", "leading-zeros 123456789012345"},
		{"1234567890123456", "leading-zeros 1234567890123456"},
		{"1234567890123450", "leading-zeros 1234567890123450, rounded-number 1.23456789012345e+15"},
		{"0001234567890123450", "leading-zeros 1234567890123450, rounded-number 1.23456789012345e+15"},
		{"1234567890123456700", "leading-zeros 1234567890123456700, rounded-number 1.2345678901234567e+18"},
		{"Müller 7", "invalid-uid muller-7, invalid-uid mller7"},
		{"anna.kim", "invalid-uid anna-kim, invalid-uid annakim"},
		{"Łukasz", "invalid-uid ukasz"},
		{"王", ""},
		{"--+--", ""}, // a line
		{"anna\u200b k", "invalid-uid anna-k, invalid-uid annak"},
		{"Anna.Kim@example.com", "invalid-uid anna-kim-example-com, invalid-uid annakimexamplecom, invalid-uid anna-kim, invalid-uid " +
			"annakim"},
		{"00042@example.com", "invalid-uid 00042-example-com, invalid-uid 00042examplecom, invalid-uid 00042, leading-zeros 42"},
		{"\u200banna", "invalid-uid anna"},
		{"an\u200bna", "invalid-uid anna"},
		{"000017\x00", "leading-zeros 17, invalid-uid 000017"},
		{`ACME\Ben`, "invalid-uid acme-ben, invalid-uid acmeben, invalid-uid ben"},
		{`\\ACME\ `, "invalid-uid acme"},
		{"ann\xff", ""},
		{"ann\uFFFD", ""},
		{strings.Repeat("a", 101), ""},
		{strings.Repeat("1", 101), ""},
	} {
		claims := Claims(c.cell)
		// What the vendor's tool makes of it is claimed of everything that it would
		// change and that is not a number.
		text, _ := Undefuse(c.cell)
		vendor := Claim{Because: SameVendor, Value: CometChatUID(strings.TrimSpace(text))}
		if i := slices.Index(claims, vendor); i >= 0 {
			claims = slices.Delete(claims, i, i+1)
		} else if strings.Contains(c.want, "invalid-uid") {
			t.Errorf("%q: not %s", c.cell, vendor.Value)
		}
		if got := claimsText(claims); got != c.want {
			t.Errorf("%q: %s; want %s", c.cell, got, c.want)
		}
	}
}

func TestRoundsTo(t *testing.T) {
	for _, c := range []struct {
		value, uid string
		want       bool
	}{
		{"1.23457e+15", "1234567890123456", true},
		{"1.23457e+15", "1234565000000000", true}, // half away from zero
		{"1.23457e+15", "1234564999999999", true}, // kept as 1.23456500000000
		{"1.23457e+15", "1234564999999000", false},
		{"1.23457e+15", "1234574999999000", true},
		{"1.23457e+15", "1234575000000000", false},
		{"1.23457e+15", "0001234567890123456", true},
		{"1.23457e+15", "12345678901234567", false}, // one digit more
		{"1.23457e+15", "123456789012345", false},
		{"1e+16", "9999999999999999", true}, // the carry makes it longer
		{"1.00000e+15", "999999500000000", true},
		{"1.00000e+15", "999999499999000", false},
		{"1.20e+05", "120400", true},
		{"1.20e+05", "120600", false},
		{"1.2e+05", "120600", true},
		{"1.23456789012345e+15", "1234567890123456", true}, // cut off
		{"1.23456789012346e+15", "1234567890123456", true}, // or rounded
		{"1.23456789012344e+15", "1234567890123456", false},
		{"1.23456789012345e+15", "1234567890123450", true},
		{"1.2345678901234567e+18", "1234567890123456789", true},
		{"1.2345678901234567e+18", "1234567890123499999", false},
		{"1.23457e+15", "anna", false},
		{"1.23457e+15", "", false},
		{"1.23457e+15", "0000", false},
		{"1.23457e+15", "1234567890123456a", false},
		{"123", "123", false}, // no rounded number
		{"", "1", false},
		{"1e+15", strings.Repeat("1", 101), false},
	} {
		if got := RoundsTo(c.value, c.uid); got != c.want {
			t.Errorf("RoundsTo(%q, %q) = %v", c.value, c.uid, got)
		}
	}
}

// TestARoundedNumberFindsItsOwn: whatever a spreadsheet makes of a number, the
// claim on it finds the number again.
func TestARoundedNumberFindsItsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	for range 20000 {
		digits := []byte{byte('1' + r.IntN(9))}
		for range 15 + r.IntN(8) {
			digits = append(digits, "0123456789959595"[r.IntN(16)])
		}
		uid := strings.Repeat("0", r.IntN(3)) + string(digits)
		cut := string(digits[:15]) + strings.Repeat("0", len(digits)-15)
		cells := []string{cut}
		for _, places := range []int{0, 1, 2, 5, 9} {
			// As a sheet shows the number that it has kept; the digit behind
			// the last decides.
			shown, at := roundDigits(cut, len(cut), places+1)
			cells = append(cells, strings.ToUpper(spell(shown, at)))
		}
		for _, cell := range cells {
			found := false
			for _, c := range Claims(cell) {
				found = found || c.Because == RoundedAlike && RoundsTo(c.Value, uid)
			}
			if !found {
				t.Fatalf("%s is kept as %s, which claims %s", uid, cell, claimsText(Claims(cell)))
			}
		}
	}
}

func TestFoldKey(t *testing.T) {
	for text, want := range map[string]string{
		"  Anna@Example.COM ": "anna@example.com", "a \t b": "a b", "e\u0301": "é", "": "", "É": "é", "\u200bx": "x", "a\xff": "a\uFFFD",
	} {
		if got := FoldKey(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if got := FoldKey(FoldKey(text)); got != want {
			t.Errorf("%q: folded again it is %q", text, got)
		}
	}
}

func TestKeyValue(t *testing.T) {
	email := []string{"@private", "email"}
	object := `{"a":"x","@private":{"email":" A@B.c ","n":{"email":"no"},"no":7,"yes":true,"nil":null,"list":["a"]},"email":"top"}`
	for _, c := range []struct {
		name string
		user User
		path []string
		want string
	}{
		{"a remote user", User{Metadata: object}, email, "a@b.c"},
		{"a number", User{Metadata: object}, []string{"@private", "no"}, "7"},
		{"a boolean", User{Metadata: object}, []string{"@private", "yes"}, "true"},
		{"null", User{Metadata: object}, []string{"@private", "nil"}, ""},
		{"a list", User{Metadata: object}, []string{"@private", "list"}, ""},
		{"an object", User{Metadata: object}, []string{"@private"}, ""},
		{"at the top", User{Metadata: object}, []string{"email"}, "top"},
		{"deeper", User{Metadata: object}, []string{"@private", "n", "email"}, "no"},
		{"through a text", User{Metadata: object}, []string{"a", "b"}, ""},
		{"no path", User{Metadata: object}, nil, ""},
		{"none", User{Metadata: `{}`}, email, ""},
		{"no JSON", User{Metadata: `{"@private":{"email":"a"`}, email, ""},
		{"a cell", User{Keys: []KeyCell{{Path: []string{"email"}, Text: "no"}, {Path: email, Text: "X@Y.z"}}}, email, "x@y.z"},
		{"a cell lies over the object", User{Metadata: object, Keys: []KeyCell{{Path: email, Text: "X@Y.z"}}}, email, "x@y.z"},
		{"a cell that clears", User{Metadata: object, Keys: []KeyCell{{Path: email, Clear: true}}}, email, ""},
	} {
		if got := c.user.KeyValue(c.path); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSameDigits(t *testing.T) {
	for uid, want := range map[string]string{"007": "7", "0": "0", "00": "0", "12": "12", "a1": "", "": "", "1-2": ""} {
		if got := SameDigits(uid); got != want {
			t.Errorf("%q: %q, want %q", uid, got, want)
		}
	}
}

func ExampleClaims() {
	for _, c := range Claims("1,23457E+15") {
		fmt.Println(c.Because, c.Value, RoundsTo(c.Value, "1234567890123456"))
	}
	// Output: rounded-number 1.23457e+15 true
}
