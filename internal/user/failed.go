package user

import "strings"

// Failed says whether a cell's whole text is what spreadsheets write where a
// formula has come to nothing. What was meant, nobody can tell from it. It is
// one look at nearly all cells: a failure begins with a number sign, and white
// space sorts before it.
func Failed(cell string) bool {
	return cell != "" && cell[0] <= '#' && failures[strings.TrimSpace(cell)]
}

// failures are what spreadsheets write, in English and where they write it in
// a language of their own.
var failures = func() map[string]bool {
	set := map[string]bool{}
	for _, language := range []string{
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
	} {
		for _, text := range strings.Fields(language) {
			set[text] = true
		}
	}
	set[Hidden] = true
	return set
}()

// Hidden stands in a report's workbook for a cell whose text it does not show.
// Where such a row comes back, it is the text that the row has; left as it is,
// it is nobody's value.
const Hidden = "#HIDDEN!"

// failure says what is wrong with a cell that failed.
func failure(cell string) string {
	if strings.TrimSpace(cell) == Hidden {
		return "stands for a text that the report's workbook does not show, and the row that has it is not among the sources as it was; put the text in"
	}
	return failedMessage
}

const failedMessage = "holds a spreadsheet's error in place of a value; mend the formula and export it again, or clear the cell"
