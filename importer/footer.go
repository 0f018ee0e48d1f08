package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// What a report writes below its last row is known by its words: how many rows
// it has, that it ends, who made it and when, which page it is. Surnames are
// among these words (Page, Stand), so that one alone says nothing: a number or
// a date has to stand where such a line has it, and no other cell may have a
// text.

// sums are words of totals, and no names of accounts. units are what is counted:
// they say so only behind a number, or before a colon, since shared accounts are
// called so as well.
const (
	sums = "total totals subtotal sum summe gesamt gesamtsumme gesamtzahl anzahl insgesamt totaal aantal totale totaux nombre suma cantidad " +
		"razem celkem итого всего count "
	units = "rows records users employees people persons members students entries accounts pupils teachers contacts learners " +
		"datensatz datensätze zeilen personen mitarbeiter mitarbeitende benutzer nutzer einträge konten " +
		"schüler schülerinnen lehrer lehrkräfte lernende kinder teilnehmer mitglieder " +
		"lignes enregistrements utilisateurs personnes élèves étudiants enseignants employés salariés membres " +
		"filas registros usuarios alumnos estudiantes profesores empleados miembros righe utenti studenti alunni dipendenti " +
		"rijen leerlingen studenten gebruikers medewerkers personeelsleden wierszy rekordów osób uczniów użytkowników pracowników " +
		"řádků záznamů osob žáků uživatelů строк записей человек учеников пользователей сотрудников "
	ends = "end eof ende fin "
)

// countWords begin a line that sums a table up, and countUnits are all that
// it says beside numbers; endWords and endUnits are those of one that says that
// the table ends.
var (
	sumWords   = phrase.Set(sums)
	unitWords  = phrase.Set(units)
	countWords = phrase.Set(sums, "counts rows records users employees people members students entries")
	countUnits = phrase.Set(sums, units, "grand number in all row record user employee person member student entry account "+
		"exported listed found affected selected returned of and the overall und et y e en i a и général general de der")
	endWords = phrase.Set(ends, "fine einde koniec konec")
	endUnits = phrase.Set(ends, "of the report file list export data document roster table page der des liste datei berichts du fichier rapport del archivo")
)

// made says that somebody made a list, pages on which page it stands, dates as
// of when; leads may stand before them, and notes beside them.
const (
	made = "erstellt exportiert gedruckt ausgedruckt generiert erzeugt ausgegeben druckdatum exportdatum erstellungsdatum " +
		"generated exported created printed produced downloaded extracted prepared run export édité éditée imprimé imprimée " +
		"généré générée exporté exportée créé créée extrait établi établie generado generada exportado exportada impreso " +
		"impresa creado creada emitido emitida generato generata esportato esportata stampato stampata creato creata emesso " +
		"gegenereerd geëxporteerd afgedrukt aangemaakt gemaakt wygenerowano wydrukowano wyeksportowano utworzono sporządzono " +
		"vygenerováno vytištěno vytvořeno exportováno создано создан сформировано сформирован напечатано распечатано выгружено "
	pages = "seite blatt page pagina página strona strana stránka страница "
	dates = "stand datenstand stichtag datum date as fecha data peildatum état situation situación situazione stan stav по дата "
	leads = "report bericht liste list datei file rapport informe elenco lijst raport lista отчет отчёт the this der die diese dieser"
	notes = "von of de di van z ze из sur au al su am at on um uhr vom from for den na dzień dnia k ke dne на состоянию time zeit " +
		"utc gmt cet cest mez mesz pm h t januar februar märz april mai juni juli august september oktober november dezember " +
		"january february march may june july october december jan feb mär mar apr jun jul aug sep sept okt oct nov dez dec " +
		"janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio " +
		"julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre " +
		"dicembre januari februari maart mei augustus stycznia lutego marca kwietnia maja czerwca lipca sierpnia września " +
		"października listopada grudnia ledna února března dubna května června července srpna září října listopadu prosince " +
		"января февраля марта апреля мая июня июля августа сентября октября ноября декабря г"
)

var (
	madeWords, pageWords, dateWords, leadWords = phrase.Set(made), phrase.Set(pages), phrase.Set(dates), phrase.Set(leads)

	noteWords = phrase.Set(made, pages, dates, leads, notes)
)

// letters are the words of a text.
func letters(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

const (
	mostFooterText  = 200 // bytes
	mostFooterCells = 4   // with text
	anyDigit        = "0123456789"
)

// footerText says whether a row sums its table up, or says that it ends.
func footerText(cells []string) bool {
	text := strings.ToLower(strings.Join(cells, " "))
	if len(text) > mostFooterText {
		return false
	}
	words := letters(text)
	if len(words) == 0 || strings.ContainsRune(text, '@') {
		return false
	}
	if strings.TrimSpace(text) == "(1 row)" { // as psql says it of one
		return true
	}
	digits := strings.ContainsAny(text, anyDigit)
	counts, ends := digits, !digits && (len(words) > 1 || !unicode.IsLetter([]rune(strings.TrimSpace(text))[0]))
	summed, ended := digits && countsUnits(text), false
	for _, w := range words {
		counts = counts && countUnits[w]
		summed = summed || countWords[w]
		ends = ends && (endWords[w] || endUnits[w])
		ended = ended || endWords[w]
	}
	return counts && summed || ends && ended
}

// countsUnits says whether a text in lower case is 300 students, or students: 300.
func countsUnits(text string) bool {
	text = strings.TrimLeft(text, " \t([#-=*")
	if rest := strings.TrimLeft(text, anyDigit+".,' \u00a0\u202f"); rest != text {
		return unitWords[firstWord(rest)]
	}
	first := firstWord(text)
	return unitWords[first] && strings.HasPrefix(strings.TrimLeft(text[len(first):], " "), ":")
}

// firstWord is the letters that a text begins with.
func firstWord(text string) string {
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }); i >= 0 {
		return text[:i]
	}
	return text
}

// noteText says whether a row is a note of the report's own: who made it and
// when, which page it is, or as of when.
func noteText(cells []string) bool {
	text, beside := "", 0
	for _, c := range cells {
		switch c = strings.TrimSpace(c); {
		case c == "":
		case onlyNumbers(c):
			beside++
		case text != "":
			return false // two texts
		default:
			text = c
		}
	}
	if text == "" || len(text) > mostFooterText || beside >= mostFooterCells || !utf8.ValidString(text) {
		return false
	}
	text = strings.TrimLeft(strings.ToLower(user.Text(text)), "-–—=*#([ ")
	for range 2 { // as in: the report was
		if w := firstWord(text); leadWords[w] && strings.HasPrefix(text[len(w):], " ") {
			text = text[len(w)+1:]
		}
	}
	first := firstWord(text)
	rest := text[len(first):]
	if rest != "" && rest[0] != ' ' && rest[0] != ':' {
		return false
	}
	value := strings.TrimLeft(rest, " :")
	words := letters(text)
	known := 0 // words up to the first that nobody knows
	for known < len(words) && noteWords[words[known]] {
		known++
	}
	made := false
	for _, w := range words[:known] {
		made = made || madeWords[w]
	}
	named := made || known == len(words) // who made it has any name
	behind := value == "" && strings.HasSuffix(rest, ":") && beside > 0
	switch {
	case madeWords[first]:
		return beside > 0 || strings.ContainsAny(text, anyDigit) || known == len(words) && known > 1
	case pageWords[first]:
		return named && (behind || value != "" && strings.IndexByte(anyDigit, value[0]) >= 0)
	case dateWords[first]:
		return named && (behind || holdsDate(value))
	}
	return false
}

// onlyNumbers says whether a cell has numbers or times, and nothing that could
// be a name.
func onlyNumbers(cell string) bool {
	rest := strings.TrimLeft(cell, anyDigit+" .,:/-+'%()#\u00a0\u202f")
	if rest == "" {
		return true
	}
	// A time as a sheet's cell becomes one.
	date, clock, ok := strings.Cut(strings.TrimSuffix(cell, "Z"), "T")
	return ok && len(date) == len("2006-01-02") && strings.Trim(date, anyDigit+"-") == "" && strings.Trim(clock, anyDigit+":.+-") == ""
}

// holdsDate says whether a text has a year, or a date with a short one.
func holdsDate(text string) bool {
	run, runs, value := 0, 0, 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			value = value*10 + int(text[i]-'0')
			continue
		}
		switch {
		case run == 4 && value >= 1900 && value < 2200:
			return true
		case run == 1 || run == 2:
			if runs++; runs == 3 {
				return true
			}
		}
		if run == 0 || i < len(text) && !strings.ContainsRune("./-", rune(text[i])) {
			runs = 0
		}
		run, value = 0, 0
	}
	return false
}

// loneNumber is the number of a row that has no other; -1 if it has none, or
// several, or one that is no count of anything.
func loneNumber(cells []string) int {
	text := strings.Join(cells, " ")
	from := strings.IndexAny(text, anyDigit)
	if from < 0 || len(text) > mostFooterText {
		return -1
	}
	if from > 0 && strings.IndexByte("-.,/", text[from-1]) >= 0 {
		return -1
	}
	text = text[from:]
	to := len(text)
	for i, c := range text {
		if !strings.ContainsRune(anyDigit+".,'\u00a0\u202f", c) && !(c == ' ' && i+1 < len(text) && strings.IndexByte(anyDigit, text[i+1]) >= 0) {
			to = i
			break
		}
	}
	if strings.ContainsAny(text[to:], anyDigit) {
		return -1
	}
	groups := strings.FieldsFunc(text[:to], func(c rune) bool { return !unicode.IsDigit(c) })
	n := 0
	for i, g := range groups {
		if i > 0 && (len(g) != 3 || len(groups[0]) > 3) || len(g) > 9 || n > mostFooting {
			return -1
		}
		for _, d := range []byte(g) {
			n = n*10 + int(d-'0')
		}
	}
	return n
}
