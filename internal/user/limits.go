package user

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/internal/phrase"

	"golang.org/x/text/unicode/norm"
)

// Limits of the service, from its page of properties and constraints. What it
// does past a limit (refuse or cut) is not documented, so that nothing past a
// limit is ever sent.
const (
	MaxUID            = 100   // characters
	MaxName           = 100   // characters; how an emoji counts is not documented, so that code points are taken
	MaxURL            = 3000  // characters of avatar and link
	MaxRole           = 100   // characters
	MaxTags           = 25    // a user
	MaxTag            = 100   // UTF-16 code units
	MaxMetadata       = 5120  // bytes as JSON
	SuggestedMetadata = 1600  // characters; an older page of the service gives this as the limit
	MaxBody           = 10240 // bytes of a request that creates a user
)

// FoldUID brings a uid to the service's spelling: without white space around
// it, ASCII letters in lower case. Letters outside ASCII are left as they
// are, for CheckUID to refuse: some of them (the Kelvin sign) would fold into
// ASCII and make two people one.
func FoldUID(s string) string {
	s = strings.TrimSpace(s)
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// DefaultRole is the role that the service gives to a user without one.
const DefaultRole = "default"

// FoldRole is the form in which roles are compared.
func FoldRole(s string) string { return strings.ToLower(Text(s)) }

// ValidAgentRole reports whether a folded role is one of the service's own, which
// it gives to its AI agents and lists as theirs, such as @agentic. Nobody else
// can give it.
func ValidAgentRole(s string) bool { return len(s) > 1 && s[0] == '@' && alphaDash(s[1:]) }

// FoldedRole is the user's role as it is compared: none is the default.
func (u *User) FoldedRole() string {
	if u.Role == "" {
		return DefaultRole
	}
	return FoldRole(u.Role)
}

// ValidUID reports whether a folded uid is one that the service takes.
func ValidUID(s string) bool {
	if s == "" || len(s) > MaxUID {
		return false
	}
	return alphaDash(s)
}

func alphaDash(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// SlugUID makes a uid of any text: letters and digits of ASCII kept in lower
// case, those that are ASCII but for marks or form (é, full-width digits, the
// Kelvin sign) spelled with it, everything else one hyphen, none at the ends.
// No letter or digit is ever left out, since what remained might be somebody
// else's: a text with others (Ł, ß, 王) has no slug, and neither has a number
// that was rounded. Two texts may become one; whoever calls it has to look
// out for that.
func SlugUID(s string) string {
	s = FoldUID(norm.NFKD.String(s))
	if exponential(s) {
		return ""
	}
	var b strings.Builder
	gap := false
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(c)
		case unicode.IsMark(c), unicode.Is(unicode.Cf, c): // nobody sees a zero-width space
		case unicode.IsLetter(c) || unicode.IsNumber(c):
			return ""
		default:
			gap = true
		}
	}
	return b.String()
}

// overlong is a text's length if that is over most, else 0. Most texts are
// too short to be counted.
func overlong(s string, most int) int {
	if len(s) > most {
		if n := units(s); n > most {
			return n
		}
	}
	return 0
}

func checkURL(s string) bool { return plainURL(s) || parsesAsURL(s) }

// schemeAgain reports whether a host is a scheme that is there twice, as in
// https://https//cdn.example/a.png: no such address leads anywhere.
func schemeAgain(host string) bool {
	return (len(host) == 4 || len(host) == 5) && (strings.EqualFold(host, "http") || strings.EqualFold(host, "https"))
}

func parsesAsURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && !schemeAgain(u.Hostname()) &&
		!strings.Contains(s, " ")
}

// Unescaped is the first character of a web address that should stand in it as
// %XX; 0 is none. An app may have such an address all the same, from elsewhere,
// so that a row with one can be used for a user who has it already.
func Unescaped(s string) byte {
	if i := strings.IndexAny(s, "\"<>\\^`{|}"); i >= 0 {
		return s[i]
	}
	return 0
}

// ParseBase reads the address that relative ones begin at.
func ParseBase(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	u, err := url.Parse(s)
	if err != nil || !parsesAsURL(s) {
		return nil, fmt.Errorf("%q is not a web address; write one such as https://intranet.example.org/", s)
	}
	return u, nil
}

// resolve completes a relative address. What begins like a host, a path of a disk
// or another scheme is none, and what says that there is no address is left as it is.
func (c *Column) resolve(text string, rep *Repairs) string {
	at := Relative(text)
	if at == nil {
		return text
	}
	rep[Based]++
	return c.Base.ResolveReference(at).String()
}

// Relative is a text as an address without its beginning; nil if it is none.
func Relative(text string) *url.URL {
	if text == "" || plainURL(text) || Nobody(text) || strings.Contains(text, "\\") {
		return nil
	}
	at, err := url.Parse(text)
	if err != nil || at.IsAbs() {
		return nil
	}
	if first, _, more := strings.Cut(text, "/"); first != "" && (more || strings.HasPrefix(first, "www.")) &&
		strings.Contains(strings.Trim(first, "."), ".") {
		return nil
	}
	return at
}

// plainURL reports whether s is, at a glance, a web address that checkURL takes:
// a plain host and nothing after it that would need a second look. Rosters
// have two to a row.
func plainURL(s string) bool {
	n := siteOf(s)
	return n > 0 && plainPath(s[n:])
}

// siteOf is how much of a web address names its site, a plain host; 0 is none.
func siteOf(s string) int {
	n := len("https://")
	if !strings.HasPrefix(s, "https://") {
		if !strings.HasPrefix(s, "http://") {
			return 0
		}
		n = len("http://")
	}
	host := n
	for host < len(s) && urlBytes[s[host]] == hostByte {
		host++
	}
	if host == n || host < len(s) && s[host] != '/' || schemeAgain(s[n:host]) {
		return 0
	}
	return host
}

// plainPath reports whether what follows a site needs no second look.
func plainPath(s string) bool {
	bad := uint8(0)
	for ; len(s) >= 4; s = s[4:] {
		bad |= urlBytes[s[0]] | urlBytes[s[1]] | urlBytes[s[2]] | urlBytes[s[3]]
	}
	for i := range len(s) {
		bad |= urlBytes[s[i]]
	}
	return bad&badByteOfURL == 0
}

const (
	hostByte     = 0 // may stand anywhere
	pathByte     = 1
	badByteOfURL = 2
)

// urlBytes are the bytes that need no second look, and those that do.
var urlBytes = func() (t [256]uint8) {
	for c := range len(t) {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.':
			t[c] = hostByte
		case strings.IndexByte("/_~?=&+,;@!$:", byte(c)) >= 0:
			t[c] = pathByte
		default:
			t[c] = badByteOfURL
		}
	}
	return t
}()

// truths and states are the words for yes and no and those of a state column, in
// lower case: also what spreadsheets and databases write for true and false.
var truths, states = map[string]bool{}, map[string]Activity{}

func init() {
	for truth, words := range map[bool]string{
		true:  "true yes y 1 on t ja wahr oui vrai sí si verdadero sì vero sim verdadeiro waar tak",
		false: "false no n 0 off f nein falsch non faux falso não nee onwaar nie",
	} {
		for word := range strings.FieldsSeq(words) {
			if truths[word], states[word] = truth, Deactivated; truth {
				states[word] = Active
			}
		}
	}
	for state, words := range map[Activity]string{
		Active: "active enabled enable current employed enrolled live activated aktiv actif activo attivo ativo actief aktywny aktywna",
		Deactivated: `inactive disabled disable deactivated suspended terminated left former locked blocked archived deleted resigned
			retired withdrawn graduated exmatriculated inaktiv inactif inactivo inattivo inativo inactief nieaktywny nieaktywna`,
	} {
		for word := range strings.FieldsSeq(words) {
			states[word] = state
		}
	}
}

// ParseTruth reads a word for yes or no.
func ParseTruth(s string) (truth, ok bool) {
	truth, ok = truths[strings.ToLower(Text(s))]
	return truth, ok
}

// ParseState reads a word of a state column.
func ParseState(s string) (Activity, bool) {
	a, ok := states[s]
	if !ok {
		a, ok = states[strings.ToLower(Text(s))]
	}
	return a, ok
}

// Presence reports whether a word is CometChat's own online status, which no
// roster decides.
func Presence(s string) bool {
	switch strings.ToLower(Text(s)) {
	case "online", "offline", "available", "busy", "away":
		return true
	}
	return false
}

func tooLong(n, most int) string {
	return phrase.Sprintf("%d characters, and at most %d are allowed", n, most)
}

func metadataTooLarge(n int) string {
	return phrase.Sprintf("%d bytes, and at most %d are allowed; take keys out", n, MaxMetadata)
}

// checkField gives the defect of a normalised text field, if it has one.
func checkField(f Field, s string) (Code, string) {
	switch f {
	case Name:
		if n := utf8.RuneCountInString(s); n > MaxName {
			return NameTooLong, tooLong(n, MaxName) + "; shorten it"
		}
	case Avatar, Link:
		long, bad := AvatarTooLong, AvatarInvalid
		if f == Link {
			long, bad = LinkTooLong, LinkInvalid
		}
		if n := overlong(s, MaxURL); n > 0 {
			return long, tooLong(n, MaxURL) + "; shorten it"
		}
		if !checkURL(s) {
			return bad, "not a web address; it has to begin with https:// or http:// and name a host, without spaces"
		}
	case Role:
		if len(s) > MaxRole {
			return RoleTooLong, tooLong(len(s), MaxRole) + "; use the role's id, not its title"
		}
		if !alphaDash(s) && !ValidAgentRole(s) {
			return RoleInvalid, "only a-z 0-9 - _ are allowed in a role; use the role's id, not its title"
		}
	}
	return noCode, ""
}
