package survey

import (
	"cometsync/importer"
	"cometsync/importer/columns"
)

// surveys are files and what is said of them, on few lines.
var surveys = []struct {
	name, file, text string
	opt              importer.Options
	want             string
}{
	{"all is clear", "staff.csv", "uid,name,role\na,Anna,x\nb,Ben,x\n", importer.Options{}, `
csv utf-8 () ',' header 1, 2 rows
A uid = uid sure ["a" "b"]
B name = name sure ["Anna" "Ben"]
C role = role sure ["x"]
`},
	{"of another system", "personal.csv", "Personal;;;\r\n\r\nKennung;Name;E-Mail;Abteilung;Status\r\nk1;M\xfcller  " +
		"A;a@example.com;IT;aktiv\r\nk2;J\xe4ger;b@example.com;IT;beurlaubt\r\n", importer.Options{}, `
csv windows-1252 (its words show it) ';' header 3, 2 rows
above: Personal
A Kennung = uid (a guess: no column has a name of the uid, and its values are all different, and could be uids) ["k1" "k2"]
B Name = name sure ["Müller A" "Jäger"]
C E-Mail (not a known field; map it to metadata.@private.email to keep it) ["a@example.com" "b@example.com"]
D Abteilung (not a known field; map it to metadata.abteilung to keep it) ["IT"]
E Status = state (a usual name of this field, and of others) ["aktiv" "beurlaubt"] unknown ["beurlaubt"]
! the encoding is windows-1252, which its bytes show; if names look wrong, say which one it is
! the header is row 3; what is above it is left alone
! no column has a name of the uid; "Kennung" is the best guess: its values are all different, and could be uids
! "Status" has words that are neither active nor inactive: "beurlaubt"; say under values.state what they stand for
`},
	{"settings that are known count", "staff.csv", "Nr,Rolle,Team\n1,Lehrer,a\n2,Chef!,b\n", importer.Options{Settings: columns.Settings{
		Map: map[string]string{"Nr": "uid", "Rolle": "role",
			"Tema": "tags"}, Values: map[string]map[string]string{"role": {"lehrer": "teacher"}}, Constants: map[string]string{"tags": "x"},
	}}, `
error: constants.tags: the tags is read from the column "Tema", which map says; leave one of them out
`},
	{"settings that are known count, as far as they fit", "staff.csv", "Nr,Rolle,Team\n1,Lehrer,a\n2,Chef!,b\n",
		importer.Options{Settings: columns.Settings{
			Map: map[string]string{"Nr": "uid", "Rolle": "role",
				"Tema": "tags"}, Values: map[string]map[string]string{"role": {"lehrer": "teacher"}},
			Join: map[string]string{"name": "{Team} {Nr}"}, Constants: map[string]string{"metadata.site": "x"},
		}}, `
csv utf-8 () ',' header 1, 2 rows
A Nr = uid sure ["1" "2"]
B Rolle = role sure ["Lehrer" "Chef!"] unknown ["Chef!"]
C Team sure (it is joined with others) ["a" "b"]
 {Team} {Nr} = name sure ["a 1" "b 2"]
 constant = metadata.site sure ["x"]
! the mapping names the column "Tema", which is not in the header; did you mean "Team"? correct the mapping, or the header
! 1 cell of "Rolle" is not valid for the field role, such as "Chef!"; say under values.role what they stand for
`},
	{"a join that does not fit", "staff.csv", "uid,name\na,A\n",
		importer.Options{Settings: columns.Settings{Join: map[string]string{"name": "{Nmae}"}}}, `
csv utf-8 () ',' header 1, 1 rows
A uid = uid sure ["a"]
B name = name sure ["A"]
! join.name: no column has the header "Nmae"; did you mean "name"? correct the template, or the header
`},
	{"left alone, each for its reason", "staff.csv", "id,full name,first name,status,createdAt,updatedAt,_row,Fax,Leer,skip\n" +
		"1,A,B,online,01/02/2024,x,7,9,,z\n2,C,D,away,03/04/2024,x,8,9,,z\n",
		importer.Options{Settings: columns.Settings{Map: map[string]string{"skip": "-"}}}, `
csv utf-8 () ',' header 1, 2 rows
A id = uid (a usual name of the uid; what people are known by in the app has to be in it) ["1" "2"]
B full name = name sure ["A" "C"]
C first name (the name is read from "full name") ["B" "D"]
D status (it holds who is online, which the service decides, not a state) ["online" "away"]
E createdAt (read-only: the users API can't set it, and only a bulk import can) ["01/02/2024" "03/04/2024"]
F updatedAt (read-only: the users API can't set it) ["x"]
G _row sure (a report has put it there) ["7" "8"]
H Fax (not a known field; map it to metadata.@private.fax to keep it) ["9"]
I Leer (not a known field, and it is empty) []
J skip (the mapping leaves it alone) ["z"]
! "id" is taken for the uid, which is a usual name of it and may mean something else
! "createdAt" has dates whose day and month are ambiguous; say it under dates: dd/mm/yyyy or mm/dd/yyyy
`},
	{"columns that would be errors", "staff.csv", "uid,login,name,name,,groups,tags\na,b,A,B,x,g,t\n", importer.Options{}, `
csv utf-8 () ',' header 1, 1 rows
A uid = uid sure ["a"]
B login (the uid is read from "uid") ["b"]
C name = name sure ["A"]
D name (the name is read from "name") ["B"]
E column E (it has no header) ["x"]
F groups = tags (a usual name of this field, and of others) ["g"]
G tags (the tags is read from "groups") ["t"]
! two columns have the header "name" (C and D), and both would be name; rename one, or say which is meant, as in --map 'column C=name'
! the columns "groups" and "tags" would both be tags; leave one alone with --map 'tags=-'
`},
	{"uids that can't be, and that stand twice", "staff.csv", "uid,name\na.b,A\nc,C\nc,D\n\n\"x\ny\",E\n", importer.Options{}, `
csv utf-8 () ',' header 1, 4 rows
A uid = uid sure ["a.b" "c" "x y"] unknown ["a.b" "x y"]
B name = name sure ["A" "C" "D"]
! 1 value of "uid" is in more than one row
! 2 cells of "uid" are not valid for the field uid, such as "a.b", "x y"; correct the source, or have uid-rewrite make slugs
`},
	{"uids that no slug is made of, and a cell that is never closed", "staff.csv",
		"uid,name\na.b,A\n#REF!,B\n1.2E+15,C\nd,D\n\ne,\"E\nf,F\n", importer.Options{}, `
csv utf-8 () ',' header 1, 5 rows
A uid = uid sure ["a.b" "#REF!" "1.2E+15"] unknown ["a.b" "#REF!" "1.2E+15"]
B name = name sure ["A" "B" "C"]
! the source ends early: row 7 is the last, and the quoted cell that begins there is never closed; export or copy it again
! 3 cells of "uid" are not valid for the field uid, such as "a.b", "#REF!", "1.2E+15"; correct the ` +
			`source, since uid-rewrite makes no slugs of 2 cells
`},
	{"marked", "staff.txt", "\xff\xfeu\x00i\x00d\x00\t\x00x\x00\n\x00a\x00\t\x00b\x00\n\x00", importer.Options{}, `
txt utf-16le (its mark says so) '\t' header 1, 1 rows
A uid = uid sure ["a"]
B x (not a known field; map it to metadata.x to keep it) ["b"]
! no column holds the name, which everybody who is created has to have
`},
	{"declared", "staff.csv", "uid,name\na,M\xfcller\n", importer.Options{Settings: columns.Settings{Encoding: "latin1"}}, `
csv iso-8859-1 () ',' header 1, 1 rows
A uid = uid sure ["a"]
B name = name sure ["Müller"]
`},
	{"decoded twice", "staff.csv", "uid,name\na,M\u00c3\u00bcller\n", importer.Options{}, `
csv utf-8 () ',' header 1, 1 rows
A uid = uid sure ["a"]
B name = name sure ["M` + "\u00c3\u00bc" + `ller"]
! the text of 1 cell was decoded twice, such as M` + "\u00c3\u00bc" + `ller for Müller; fix-mojibake repairs it, and keep-mojibake says that it is right as it is; until then its rows are rejects
`},
	{"lines", "users.jsonl", `{"uid":"a","name":"Anna","tags":["x"]}` + "\n", importer.Options{}, `
jsonl utf-8 () header 0, 1 rows
A uid = uid sure ["a"]
B name = name sure ["Anna"]
C avatar = avatar sure []
D link = link sure []
E role = role sure []
F tags = tags sure ["[\"x\"]"]
G statusMessage = statusMessage sure []
H state = state sure ["active"]
I metadata = metadata sure []
J createdAt (read-only: the users API can't set it, and only a bulk import can) []
K lastActiveAt (read-only: the users API can't set it, and only a bulk import can) []
`},
	{"other columns", "staff.csv", "Nr,name\n1,A\n", importer.Options{Settings: columns.Settings{Map: map[string]string{"Nr": "uid"},
		Others: columns.IgnoreOthers}}, `
csv utf-8 () ',' header 1, 1 rows
A Nr = uid sure ["1"]
B name (the mapping does not list it) ["A"]
! no column holds the name, which everybody who is created has to have
`},
	{"nothing that could be a uid", "staff.csv", "name,role\nA,b\n", importer.Options{}, `
csv utf-8 () ',' header 1, 1 rows
A name = name sure ["A"]
B role = role sure ["b"]
! no column holds the uid; say which one does
`},
	{"rows that have shifted, and what is delicate by its texts", "staff.csv", "uid,name,Kontakt\na\nb,B,b@example.com\n",
		importer.Options{Settings: columns.Settings{Defaults: map[string]string{"role": "x"}}}, `
csv utf-8 () ',' header 1, 2 rows
A uid = uid sure ["b"]
B name = name sure ["B"]
C Kontakt (not a known field; map it to metadata.@private.kontakt to keep it) ["b@example.com"]
! defaults.role: no column holds the role, so every row would have it; map a column to it, or if that is meant, say constants.role
`},
	{"lines below the rows", "pupils.csv", "Nr;Name;Rolle;Gruppe\n1;A;Lehrer;x\n2;B;;\n\nSchule am See\nAnzahl: 2 Schüler\nErstellt am " +
		"22.11.2026 06:15;;;\n", importer.Options{Settings: columns.Settings{Map: map[string]string{"Nr": "uid"}}}, `
csv utf-8 () ';' header 1, 2 rows
A Nr = uid sure ["1" "2"]
B Name = name sure ["A" "B"]
C Rolle = role (a usual name of this field, and of others) ["Lehrer"]
D Gruppe = tags (a usual name of this field, and of others) ["x"]
`},
	{"lines by patterns, and a last row that is somebody", "pupils.csv", "Kennung,Name\nk1,A\nSchule am See,\nk 2,B\n",
		importer.Options{Settings: columns.Settings{Footers: []string{"schule*"}}}, `
csv utf-8 () ',' header 1, 2 rows
A Kennung = uid (a guess: no column has a name of the uid, and its values are all different) ["k1" "k 2"] unknown ["k 2"]
B Name = name sure ["A" "B"]
! no column has a name of the uid; "Kennung" is the best guess: its values are all different
! 1 cell of "Kennung" is not valid for the field uid, such as "k 2"; correct the source, or have uid-rewrite make slugs
`},
	{"empty", "staff.csv", " \n", importer.Options{}, "\nerror: FILE: is empty; export it again\n"},
	{"no spreadsheet", "staff.pdf", "x", importer.Options{}, "*"},
}
