package user

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"cometsync/internal/enum"
)

// Rewrite says what becomes of uids that the service does not take.
type Rewrite uint8

// The ways of --uid-rewrite. Two texts that become
// one uid are rejects in either way; see the importer.
const (
	NoRewrite        Rewrite = iota // they are rejects
	RewriteSlug                     // SlugUID
	RewriteCometChat                // CometChatUID
)

var rewriteNames = enum.Names[Rewrite]{Of: []string{NoRewrite: "none", RewriteSlug: "slug", RewriteCometChat: "cometchat"}}

// String is the option with its word.
func (r Rewrite) String() string { return "--uid-rewrite " + rewriteNames.Name(r) }

// UnmarshalText reads the option's word.
func (r *Rewrite) UnmarshalText(text []byte) error { return rewriteNames.Parse(r, text) }

// uid is what becomes of a cell's text with the folded form uid; "" if nothing does.
func (r Rewrite) uid(text, uid string, valid bool) string {
	switch {
	case r == RewriteSlug && !valid:
		if slug := SlugUID(uid); ValidUID(slug) {
			return slug
		}
	case r == RewriteCometChat && !(valid && text == uid):
		if made := CometChatUID(text); made != uid {
			return made
		}
	}
	return ""
}

// hashedUID is how many characters of a text CometChatUID keeps before the hash.
const hashedUID = 90

// CometChatUID is the uid that the vendor's own migration tool makes of a foreign
// id: in lower case, with a low line for every other character, and where that
// changed anything, or is too long, with a hash of the id after it. Whoever was
// migrated by it has such a uid, so that the hash is to the letter the tool's,
// which counts in UTF-16, as JavaScript does.
func CometChatUID(id string) string {
	clean := cometChatClean(id)
	if clean == id && len(clean) <= MaxUID {
		return id
	}
	return clean[:min(len(clean), hashedUID)] + "_" + cometChatHash(id)
}

// cometChatClean is the id without its hash, as long as it may be.
func cometChatClean(id string) string {
	if alphaDash(id) {
		return id
	}
	b := make([]byte, 0, len(id))
	for _, c := range id {
		switch {
		case c >= 'A' && c <= 'Z':
			b = append(b, byte(c)+'a'-'A')
		case c < 0x80 && alphaDash(string(c)):
			b = append(b, byte(c))
		case c == '\u212A': // the Kelvin sign, which is a k in lower case
			b = append(b, 'k')
		case c == '\u0130': // a capital I with a dot is an i and the dot
			b = append(b, 'i', '_')
		case utf16.RuneLen(c) == 2:
			b = append(b, '_', '_')
		default:
			b = append(b, '_')
		}
	}
	return string(b)
}

func cometChatHash(id string) string {
	h := uint32(0)
	for _, c := range id {
		if hi, lo := utf16.EncodeRune(c); utf16.RuneLen(c) == 2 {
			h = (h*31+uint32(hi))*31 + uint32(lo)
		} else {
			h = h*31 + uint32(c)
		}
	}
	return strconv.FormatUint(uint64(h), 36)
}

// Hashed takes a uid apart that CometChatUID may have made: of which clean text,
// cut as there. "" of one that it has not made.
func Hashed(uid string) (clean string) {
	at := strings.LastIndexByte(uid, '_')
	if at < 1 || at > hashedUID {
		return ""
	}
	hash := uid[at+1:]
	if _, err := strconv.ParseUint(hash, 36, 32); err != nil || hash[0] == '0' && hash != "0" {
		return ""
	}
	return uid[:at]
}

// MadeOf reports whether a uid is what CometChatUID makes of an id: as it is, or as
// it may have been spelled before it was put in lower case, in capitals or with
// a capital first.
func MadeOf(uid, id string) bool {
	if id == "" || Hashed(uid) != HashedClean(id) {
		return false
	}
	for _, spelling := range []string{id, strings.ToUpper(id), strings.ToUpper(id[:1]) + id[1:]} {
		if CometChatUID(spelling) == uid {
			return true
		}
	}
	return false
}

// HashedClean is the clean text that a uid of an id would have before its hash;
// see Hashed.
func HashedClean(id string) string {
	clean := cometChatClean(id)
	return clean[:min(len(clean), hashedUID)]
}
