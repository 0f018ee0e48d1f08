package footer

import "cometsync/internal/phrase"

// sums are words of totals, and no names of accounts. units are what is counted:
// they say so only after a number, or before a colon, since shared accounts are
// called so as well.
const (
	sums = "total totals subtotal sum summe gesamt gesamtsumme gesamtzahl anzahl insgesamt totaal aantal totale totaux nombre suma " +
		"cantidad razem celkem итого всего count "
	units = "rows records users employees people persons members students entries accounts pupils teachers contacts learners datensatz " +
		"datensätze zeilen personen mitarbeiter mitarbeitende benutzer nutzer einträge konten schüler schülerinnen lehrer lehrkräfte " +
		"lernende kinder teilnehmer mitglieder lignes enregistrements utilisateurs personnes élèves étudiants enseignants employés " +
		"salariés membres filas registros usuarios alumnos estudiantes profesores empleados miembros righe utenti studenti alunni " +
		"dipendenti rijen leerlingen studenten gebruikers medewerkers personeelsleden wierszy rekordów osób uczniów użytkowników " +
		"pracowników řádků záznamů osob žáků uživatelů строк записей человек учеников пользователей сотрудников "
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
	endUnits = phrase.Set(ends, "of the report file list export data document roster table page der des liste datei berichts du fichier "+
		"rapport del archivo")
)

// made says that somebody made a list, pages on which page it is, asOf as
// of when; leads may be before them, and notes beside them.
const (
	made = "erstellt exportiert gedruckt ausgedruckt generiert erzeugt ausgegeben druckdatum exportdatum erstellungsdatum " +
		"generated exported created printed produced downloaded extracted prepared run export édité éditée imprimé imprimée " +
		"généré générée exporté exportée créé créée extrait établi établie generado generada exportado exportada impreso " +
		"impresa creado creada emitido emitida generato generata esportato esportata stampato stampata creato creata emesso " +
		"gegenereerd geëxporteerd afgedrukt aangemaakt gemaakt wygenerowano wydrukowano wyeksportowano utworzono sporządzono " +
		"vygenerováno vytištěno vytvořeno exportováno создано создан сформировано сформирован напечатано распечатано выгружено "
	pages = "seite blatt page pagina página strona strana stránka страница "
	asOf  = "stand datenstand stichtag datum date as fecha data peildatum état situation situación situazione stan stav по дата "
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
	madeWords, pageWords, dateWords, leadWords = phrase.Set(made), phrase.Set(pages), phrase.Set(asOf), phrase.Set(leads)

	noteWords = phrase.Set(made, pages, asOf, leads, notes)
)
