package user

import (
	"cometsync/internal/phrase"
	"strings"
	"unicode"
)

// Nobody reports whether a uid's cell is what databases, programs and people write
// where there is none: NULL, None, N/A, a dash, a UUID of zeros, with whatever
// signs around it. Somebody may be called so all the same; whether there is such
// a user, only the app can say.
func Nobody(cell string) bool {
	n := len(cell)
	if n == 0 || n > longestNobody {
		return false
	}
	if first, last := cell[0], cell[n-1]; plainEnd(first) && plainEnd(last) && n > 1 &&
		nobodySizes[first&31][cell[1]&31]&(1<<min(n, 31)) == 0 &&
		!(first == '0' && cell[1] == '0') {
		return false // nearly every uid
	}
	cell, _ = Undefuse(cell)
	text := strings.ToLower(Text(strings.ToValidUTF8(cell, "")))
	if marked := strings.ReplaceAll(text, " ", ""); marked == "" || nobodyMarks[marked] {
		return marked != ""
	}
	bare := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsNumber(c) {
			return c
		}
		return -1
	}, text)
	return bare == "" || nobodyWords[bare] || len(bare) == 32 && strings.Trim(bare, "0") == ""
}

// plainEnd reports whether a text that is none of nobody's signs may begin or end so.
func plainEnd(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// longestNobody is the length of a UUID with braces, and some white space.
const longestNobody = 48

// nobodyWords say so whatever signs stand in them and around them: N/A is n-a,
// once it is a slug.
var nobodyWords = phrase.Set(`null none nil na nan nul nullptr dbnull undefined undef unset unknown empty blank missing
	notset notavailable notapplicable notassigned notspecified notprovided notfound unassigned unspecified nouid noid novalue nodata
	tbd tba keine keiner kein leer unbekannt fehlt nichtvorhanden nichtzugewiesen keineangabe ohne
	aucun aucune vide inconnu inconnue manquant nonrenseigné nondéfini
	ninguno ninguna vacío vacio desconocido desconocida sindatos sinasignar
	nessuno nessuna vuoto sconosciuto sconosciuta nenhum nenhuma vazio desconhecido
	geen leeg onbekend ingen inget okänd ukendt ukjent brak nieznany yok bilinmiyor нет неизвестно пусто 無し なし 不明 无 空`)

// nobodyMarks say so only as they stand: their letters alone are anybody's initials.
var nobodyMarks = phrase.Set(`\n n.n. n.n k.a. k.a k/a s/d s.d. s.d n/d n.d. n.d n/b n.b. n.v.t. n/c n.c. i/t n/s`)

// nobodySizes is how long those of them are that begin with two bytes. Every
// row is asked.
var nobodySizes = func() (sizes [32][32]uint32) {
	add := func(text string, size int) { sizes[text[0]&31][text[1]&31] |= 1 << min(size, 31) }
	for w := range nobodyWords {
		for signs := range 3 {
			add(w, len(w)+signs)
		}
		for _, sign := range strings.Split("/ -_.", "") { // n/a, n a and n-a
			add(w[:1]+sign, len(w)+1)
		}
	}
	for m := range nobodyMarks {
		add(m, len(m))
	}
	return sizes
}()

// Failed reports whether a cell's whole text is what spreadsheets write where a
// formula has come to nothing. What was meant, nobody can tell from it. It is
// one look at nearly all cells: a failure begins with a number sign, and white
// space sorts before it.
func Failed(cell string) bool {
	return cell != "" && cell[0] <= '#' && failures[strings.TrimSpace(cell)]
}

// failures are what spreadsheets write, in English and where they write it in
// a language of their own.
var failures = phrase.Set(Hidden,
	"#N/A #NAME? #REF! #VALUE! #DIV/0! #NULL! #NUM! #SPILL! #CALC! #GETTING_DATA #CONNECT! #BLOCKED! #UNKNOWN! #FIELD! #BUSY! #ERROR!",
	"#NV #WERT! #BEZUG! #ZAHL! #ÜBERLAUF! #KALK!",                                               // German
	"#NOM? #VALEUR! #NOMBRE! #NUL! #PROPAGATION! #CALCUL!",                                      // French
	"#¡REF! #¿NOMBRE? #¡VALOR! #¡NULO! #¡NUM! #¡DIV/0! #¡DESBORDAMIENTO! #¡CALC! #NOMBRE? #N/D", // Spanish
	"#NOME? #VALORE! #RIF! #NULLO! #ESPANSIONE!",                                                // Italian
	"#VALOR! #NÚM! #NULO! #DESPEJAR!",                                                           // Portuguese
	"#NAAM? #WAARDE! #VERW! #GETAL! #LEEG! #N/B #DEEL/0! #OVERLOOP!",                            // Dutch
	"#NAMN? #VÄRDEFEL! #REFERENS! #OGILTIGT! #SKÄRNING! #SAKNAS! #DIVISION/0!",                  // Swedish
	"#NAVN? #VÆRDI! #VERDI! #REFERENCE! #NUMMER! #I/T",                                          // Danish, Norwegian
	"#NIMI? #ARVO! #VIITTAUS! #LUKU! #TYHJÄ! #JAKO/0! #PUUTTUU!",                                // Finnish
	"#NAZWA? #ARG! #ADR! #LICZBA! #ZERO! #DZIEL/0! #N/D!",                                       // Polish
	"#NÁZEV? #HODNOTA! #ODKAZ! #ČÍSLO! #DĚLENÍ_NULOU! #NENÍ_K_DISPOZICI",                        // Czech
	"#NÉV? #ÉRTÉK! #HIV! #SZÁM! #ZÉRÓOSZTÓ! #HIÁNYZIK",                                          // Hungarian
	"#AD? #DEĞER! #BAŞV! #SAYI! #BOŞ! #SAYI/0! #YOK",                                            // Turkish
	"#ИМЯ? #ЗНАЧ! #ССЫЛКА! #ЧИСЛО! #ПУСТО! #ДЕЛ/0! #Н/Д #ПЕРЕНОС!",                              // Russian
)

// Hidden is in a report's workbook for a cell whose text it does not show.
// Where such a row comes back, it is the text that the row has; left as it is,
// it is nobody's value.
const Hidden = "#HIDDEN!"

// failure says what is wrong with a cell that failed.
func failure(cell string) string {
	if strings.TrimSpace(cell) == Hidden {
		return "stands for a text that the report's workbook does not show, and the row that has it is not among the sources as it was; " +
			"put the text in"
	}
	return failedMessage
}

const failedMessage = "holds a spreadsheet's error in place of a value; fix the formula and export it again, or clear the cell"
