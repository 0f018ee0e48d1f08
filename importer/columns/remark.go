package columns

import (
	"slices"
	"strings"
	"unicode"

	"cometsync/internal/phrase"
	"cometsync/internal/workbook"
)

// Templates and exports put remarks to their headers: "Email [Required]", "Status
// (A/I)", "Name [displayName] Required", "Surname *". A header that means nothing
// with its remark means what it means without.

// Bare is a header without the remarks after it; the header itself where there
// are none, or where they make another column of it.
func Bare(header string) string {
	text := strings.Trim(header, " *＊")
	for {
		open, remark := lastRemark(text)
		if open <= 0 {
			break
		}
		if anotherColumn(remark) {
			return header
		}
		text = strings.TrimRight(text[:open], " *＊")
	}
	if text == "" {
		return header
	}
	return text
}

// lastRemark finds the brackets that a text ends with, or that nothing stands
// behind but a word such as Required, and what is in them; -1 is none.
func lastRemark(text string) (open int, remark string) {
	end := strings.LastIndexAny(text, "])}）】")
	if end < 0 {
		return -1, ""
	}
	closing := []rune(text[end:])[0]
	if behind := Fold(text[end+len(string(closing)):]); behind != "" && !requiredWords[behind] {
		return -1, ""
	}
	opening := map[rune]string{']': "[", ')': "(", '}': "{", '）': "（", '】': "【"}[closing]
	open = strings.LastIndex(text[:end], opening)
	if open < 0 {
		return -1, ""
	}
	return open, text[open+len(opening) : end]
}

var requiredWords = phrase.Set("required optional mandatory erforderlich pflicht pflichtfeld obligatorisch obligatoire facultatif " +
	"obligatorio opcional obbligatorio obrigatório verplicht")

// anotherColumn reports whether a remark tells of somebody or something else than
// what precedes it: an old id, a manager's name.
func anotherColumn(remark string) bool {
	return slices.ContainsFunc(words(remark), func(w string) bool { return otherWords[w] })
}

var otherWords = phrase.Set(`old new former previous prior legacy alt alternate alternative other secondary second third backup
		original parent first last middle maiden birth phonetic kana
	manager supervisor boss lead approver owner creator guardian mother father emergency partner spouse child vendor company department team
	alte alter altes neu neue neuer frühere früherer früheres ehemals ehemalige geburt geburtsname vorgesetzter vorgesetzte leiter
		eltern mutter vater notfall firma abteilung
	ancien ancienne nouveau nouvelle responsable père mère antiguo antigua anterior nuevo nueva jefe padre madre vecchio nuovo
		precedente antigo novo oud vorige`)

// words are a text's, in lower case: also those of camelCase.
func words(text string) []string {
	var b strings.Builder
	before := ' '
	for _, c := range text {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsNumber(c) && !unicode.IsMark(c):
			b.WriteByte(' ')
		case unicode.IsUpper(c) && unicode.IsLower(before):
			b.WriteByte(' ')
			fallthrough
		default:
			b.WriteRune(unicode.ToLower(c))
		}
		before = c
	}
	return strings.Fields(b.String())
}

// placeOf is what a column is called that has no header of its own, or shares it
// with another: by its place, which a mapping can name as well.
func placeOf(column int) string { return "column " + workbook.Letters(column) }

// placeNamed is the column that a key of a mapping names by its place.
func placeNamed(key string) (column int, ok bool) {
	prefix, letters, ok := strings.Cut(key, " ")
	if !ok || !strings.EqualFold(prefix, "column") || letters == "" || len(letters) > 3 {
		return 0, false
	}
	for _, c := range []byte(strings.ToUpper(letters)) {
		if c < 'A' || c > 'Z' {
			return 0, false
		}
		column = column*26 + int(c-'A') + 1
	}
	return column - 1, true
}

// callable are headers as messages and mappings name them: those that are empty
// by their places.
func callable(names []string) []string {
	out := slices.Clone(names)
	for i, name := range out {
		if name == "" {
			out[i] = placeOf(i)
		}
	}
	return out
}

// Repeated are the headers that several columns have.
func Repeated(names []string) map[string]bool {
	var twice map[string]bool
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if name != "" && seen[name] {
			if twice == nil {
				twice = map[string]bool{}
			}
			twice[name] = true
		}
		seen[name] = true
	}
	return twice
}
