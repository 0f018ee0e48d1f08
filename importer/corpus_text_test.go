package importer

import (
	"bytes"
	"compress/gzip"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode/utf32"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// in is a text in an encoding.
func in(e encoding.Encoding, text string) string {
	out, err := e.NewEncoder().String(text)
	if err != nil {
		panic(err) // of the table below
	}
	return out
}

// crlf is a text with the line ends of Windows.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// little is a text in UTF-16 as Excel saves it: with a mark, little end first.
func little(text string) string {
	b := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// packed is a text in an archive whose bytes no version of a compressor changes.
func packed(text string) string {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err == nil {
		_, err = z.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.String()
}

func mapTo(pairs ...string) Options {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return Options{Settings: columns.Settings{Map: m}}
}

// shaped are options under which texts of a field stand for others.
func shaped(field string, pairs ...string) Options {
	words := map[string]string{}
	for _, p := range pairs {
		text, means, _ := strings.Cut(p, "=")
		words[text] = means
	}
	return Options{Settings: columns.Settings{Values: map[string]map[string]string{field: words}}}
}

// nothing is how a database spells it.
var nothing = map[string]string{"NULL": "", `\N`: ""}

const shop = "customer_id,full name,e-mail,tags,bio\n" +
	"10001,RenÃ© LefÃ¨vre,rene@example.fr,vip,\n" +
	"10002,BjÃ¶rn SkÃ¥ne,bjorn@example.se,,Ã„r pÃ¥ semester\n" +
	"10003,Zoë Müller,zoe@example.de,,\n" +
	"10004,StraÃŸe & SÃ¶hne GmbH,info@example.de,b2b,\n" +
	"10005,Ã“scar NuÃ±ez,oscar@example.es,vip|b2b,maÃ±ana\n" +
	"10006,O’Brien â€“ Dublin,ob@example.ie,,\n"

const duplicateRows = `Employee ID,Full Name,Groups,Account Status
E-1001,Anna Kim,staff|berlin,active
e-1001,Anna  Kim,berlin|staff,Active
E-1002,Ben Oz,staff,active
E-1002,Ben Özdemir,staff,active
E-1003,Carl,staff,active
E-1003,Carl,staff,on leave?
E-1004,Dora,staff,active
E-1004,Dora,staff,left
E-1005,Emil,staff,active
`

var hrText = "Personalstammdaten;;;;;\n" +
	"Stand: 30.09.2026 06:15;;;;;\n" +
	"\n" +
	"Personalnummer;Nachname;Vorname;E-Mail;Abteilung;Status\n" +
	"00417;Müller;Käthe;k.mueller@firma.example;Vertrieb;active\n" +
	"00418;Weiß;Jörg;j.weiss@firma.example;Einkauf;active\n" +
	"00501;Öztürk;Gül;;\"Logistik; Lager 2\";active\n" +
	"01200;von der Straße;Götz;g.strasse@firma.example;Vertrieb;left\n" +
	"01201;\"Groß \"\"Bär\"\"\";Uwe;;Führung;active\n" +
	"\n" +
	"Summe: 5;;;;;\n"
var hrMap = []way{{"", "--map Personalnummer=uid --map Nachname=lastName --map Vorname=firstName --map Abteilung=metadata.dept --map " +
	"E-Mail=metadata.@private.email",
	mapTo("Personalnummer", "uid", "Nachname", "lastName", "Vorname", "firstName", "Abteilung", "metadata.dept", "E-Mail",
		"metadata.@private.email")}}

var excelText = crlf("User ID\tFull Name\tTags\tAbout\n" +
	"00017\tŁukasz \"Luki\" Żuk\tstaff\t\n" +
	"00018\t\"Sales, EMEA; North\"\tstaff,emea\t\"two\nlines\"\n" +
	"00019\t王伟\tstaff\t\"He said \"\"hi\"\"\"\n" +
	"00020\tZoë 😀 Brontë\t\t\n")

var concatenatedText = "\uFEFFuid,name,role\nanna,Anna,staff\nben,Ben,staff\nTotal: 2,,\n" +
	"\uFEFFuid,name,role\ncarl,Carl,staff\n(1 row)\n" +
	"\uFEFFuid,name,role\ndora,Dora,staff\nanna,Anna,staff\n"

// corpusTexts are the files that are text, as far as they are any.
var corpusTexts = []awkward{
	{"hr-german.csv", "An HR suite's export: Windows-1252, semicolons, a title with the date, a sum below, leading zeros.",
		in(charmap.Windows1252, crlf(hrText)), append(hrMap, way{name: "unmapped", said: "without --map"},
			way{"shaped", "join: name: {Vorname} {Nachname}, metadata.@private.email: {E-Mail}; constants: role: staff; defaults: " +
				"metadata.@private.email: nobody@firma.example; other columns are left alone", Options{Settings: columns.Settings{
				Map: map[string]string{"Personalnummer": "uid", "Abteilung": "metadata.dept"}, Others: columns.IgnoreOthers,
				Join:      map[string]string{"name": "{Vorname} {Nachname}", "metadata.@private.email": "{E-Mail}"},
				Constants: map[string]string{"role": "staff"},
				Defaults:  map[string]string{"metadata.@private.email": "nobody@firma.example"},
			}}})},
	{"excel-unicode.txt", "Excel's \"Unicode text\": UTF-16, tabs, a mark, quotes only where they have to be.", little(excelText), nil},
	{"excel-sep.csv", "A first line that tells Excel the delimiter, and Windows-1252 behind it.",
		in(charmap.Windows1252, crlf("sep=;\nuid;name;tags\nu-1;Jürgen Groß;a,b\nu-2;Käthe, geb. Weiß;a|b\nu-3;Björn Öhm;\n")), nil},
	{"mac-classic.csv", "Lines that end in carriage returns alone, one of them within quotes.",
		"Staff ID,Full Name,Bio\rm-1,Anna Kim,\"one\rtwo\"\rm-2,Ben Oz,\r\rm-3,Carl,x\r", nil},
	{"mac-roman.csv", "The same by an old Mac, in an encoding that can't be read here: nobody is to get a wrong name.",
		in(charmap.Macintosh, "uid,name\rm-1,René Lefèvre\rm-2,Björn Åkerström\rm-3,Zoë Müller\rm-4,François Côté\r"), nil},
	{"web-export.csv", "A web application's export: UTF-8 with a mark, CRLF, line breaks and quotes within quotes.",
		"\uFEFF" + crlf("\"uid\",\"name\",\"avatar\",\"statusMessage\",\"metadata\"\n"+
			"\"w1\",\"Anna \"\"Ace\"\" Kim\",\"https://cdn.example.com/a.png?x=1,2\",\"line one\nline "+
			"two\",\"{\"\"team\"\":\"\"A\"\",\"\"floor\"\":3}\"\n"+
			"\"w2\",\"Ben\",\"\",\"\",\"{}\"\n"+
			"\"w3\",\"Çelik, Ayşe\",\"\",\"\"\"quoted\"\"\",\"\"\n"), nil},
	{"school-report.csv", "A school's list with a sum, when it was printed, a name of the school's and a page below it, the sum another " +
		"than there are rows, and one row that is separated otherwise.",
		in(charmap.Windows1252, crlf("Stand: 01.11.2026;;;\nSchülernummer;Name;Rolle;Gruppe\n00091;Käthe Weiß;Schüler;5a|Chor\n00092;Ben "+
			"Oz;Schüler;5b\n00093,Carl Groß,Schüler,5a\n\nAnzahl: 4 Schüler;;;\nGymnasium am See;;;\nErstellt mit SchulPlus am "+
			"22.11.2026 06:15 "+
			"von Müller;;;\nSeite 1 von 1;;;\n")),
		[]way{{}, {"footers", "footers: ['Gymnasium am *']; values: role: Schüler: student",
			Options{Settings: columns.Settings{Footers: []string{"gymnasium am *"},
				Values: map[string]map[string]string{"role": {"Schüler": "student"}}}}}}},
	{"concatenated.csv", "Three exports put together with cat: headers and marks again, a sum below each.", concatenatedText, nil},
	{"ragged.csv", "Rows by hand: too short, too long, delimiters left over at the end.",
		"uid,name,role,tags,,\nr1,Anna,staff,a,,\nr2,Ben\nr3,Carl,staff,a,,,,\nr4,Dora,staff,a,b,c\nEmil,r5\nr6,Fay,staff,\n,,,,,\n" +
			"r7,Gus,staff,a,,x,,9\n", nil},
	{"stray-quotes.csv", "Quotes that nobody escaped: inches, nicknames, one that is open in its row.",
		"uid,name,bio\nq1,Anna \"Ace\" Kim,5\" nails\nq2,\"Ben\" Oz,x\nq3,Carl,\"said \"no\" " +
			"twice\"\nq4,\"Dora,x\nq5,Emil,y\nq6,Fay\",z\nq7,Gus,fine\n", nil},
	{"zero-bytes.csv", "A mainframe's records, filled up with zero bytes and blanks.",
		"uid,name,role\n000017\x00\x00,ANNA KIM            ,STAFF   \n000018  ,BEN OZ\x00\x00\x00\x00,STAFF\n000019  ,CARL               " +
			" ,\x00\x00\x00\x00\n", nil},
	{"mojibake.csv", "A shop whose names were decoded twice on the way, but for one.", shop,
		[]way{{}, {"mended", "--fix-mojibake", Options{Settings: columns.Settings{FixMojibake: true}}}}},
	{"school-japan.csv", "A school of Japan: Shift_JIS, headers in Japanese, half-width kana.",
		in(japanese.ShiftJIS, crlf("学籍番号,氏名,ｶﾅ,クラス\n2026001,佐藤 健一,ｻﾄｳ ｹﾝｲﾁ,1年A組\n2026002,鈴木 花子,ｽｽﾞｷ ﾊﾅｺ,1年B組\n2026003,髙橋 美咲,ﾀｶﾊｼ ﾐｻｷ,\n")),
		[]way{{"", "--map 学籍番号=uid --map 氏名=name --map クラス=metadata.class", mapTo("学籍番号", "uid", "氏名", "name", "クラス", "metadata.class")},
			{name: "unmapped", said: "without --map"}}},
	{"hr-japan.txt", "EUC-JP with tabs, by a Unix system.",
		in(japanese.EUCJP, "uid\tname\trole\nj1\t山田太郎\tstaff\nj2\t中村恵子\tstaff\nj3\t小林誠\tstaff\n"), nil},
	{"hr-korea.csv", "EUC-KR, headers in Korean, ids with full-width digits in one row.",
		in(korean.EUCKR, crlf("사번,이름,부서\n1001,김철수,영업부\n1002,이영희,인사과\n１００３,박지훈,개발팀\n")),
		[]way{{"", "--map 사번=uid --map 이름=name --map 부서=metadata.dept", mapTo("사번", "uid", "이름", "name", "부서", "metadata.dept")}}},
	{"hr-china.csv", "GB18030 with a character of four bytes.", in(simplifiedchinese.GB18030,
		"工号,姓名,部门\nA001,王伟,销售部\nA002,李娜,技术部\nA003,张㐂,人事部\nA004,刘洋,财务部\n"),
		[]way{{"", "--map 工号=uid --map 姓名=name --map 部门=metadata.dept", mapTo("工号", "uid", "姓名", "name", "部门", "metadata.dept")}}},
	{"hr-taiwan.csv", "Big5, with characters whose second byte is a backslash or a bar.", in(traditionalchinese.Big5,
		"uid,name,metadata.dept\nt1,陳志明,業務部\nt2,許功蓋,人事部\nt3,林淑芬,財務部\nt4,張雅婷,技術部\n"), nil},
	{"hr-russia.csv", "Windows-1251 with semicolons, headers in Russian.",
		in(charmap.Windows1251, crlf("Табельный номер;ФИО;Отдел\n00012;Иванов Иван Иванович;Продажи\n00013;Петрова "+
			"Мария;Бухгалтерия\n00014;Сидоров Алексей;\nИтого: 3;;\n")),
		[]way{{"", "--map 'Табельный номер=uid' --map ФИО=name --map Отдел=metadata.dept", mapTo("Табельный номер", "uid", "ФИО", "name",
			"Отдел", "metadata.dept")}}},
	{"hr-greece.csv", "Windows-1253.", in(charmap.Windows1253,
		crlf("uid;name;metadata.dept\ng1;Παπαδόπουλος Γιώργος;Πωλήσεις\ng2;Μαρία Νικολάου;Λογιστήριο\ng3;Ελένη Αντωνίου;Πωλήσεις\n")), nil},
	{"hr-turkey.csv", "Windows-1254, with ids that have letters beyond ASCII.",
		in(charmap.Windows1254, crlf("Username;Full Name\nAYSE;Ayşe Güneş\nIŞIK;Çağla Işık\nibrahim;İbrahim Doğan\nİpek;İpek "+
			"Şahin\nTUGBA;Tuğba Koç\n")), nil},
	{"hr-israel.csv", "Windows-1255, with points under letters and marks of direction.",
		in(charmap.Windows1255, crlf("uid,name\ni1,כהן יוסף\ni2,לוי שרה\ni3,מזרחי דוד\ni4,\u200fפרץ רחל\u200e\n")), []way{{},
			{"declared", "--encoding windows-1255", Options{Settings: columns.Settings{Encoding: "windows-1255"}}}}},
	{"hr-arabia.csv", "Windows-1256, with ids in Arabic digits.",
		in(charmap.Windows1256, crlf("uid,name\n41,محمد أحمد\n42,فاطمة علي\n43,عبد الله حسن\n44,خالد إبراهيم\n")), nil},
	{"arabic-digits.csv", "Ids in digits that are not ASCII.", "uid,name\n٤١,محمد أحمد\n४२,अनिल\n４３,김철수\n44,Anna\n", nil},
	{"hr-poland.csv", "Windows-1250.", in(charmap.Windows1250,
		crlf("Login;Imię i nazwisko;Dział\nlwisniewski;Łukasz Wiśniewski;Sprzedaż\nmdabrowska;Małgorzata Dąbrowska;Księgowość\n"+
			"pwojcik;Paweł "+
			"Wójcik;Sprzedaż\nRazem: 3;;\n")),
		[]way{{"", "--map Login=uid --map 'Imię i nazwisko=name' --map Dział=metadata.dept", mapTo("Login", "uid", "Imię i nazwisko",
			"name",
			"Dział", "metadata.dept")}}},
	{"hr-france.csv", "ISO-8859-15, of which the œ and the € tell.",
		in(charmap.ISO8859_15, "uid;name;statusMessage\nf1;Hélène Lefœvre;50 € de prime\nf2;François Élie;\nf3;Zoë Bœuf;à Nîmes\n"+
			"f4;Eugène "+
			"Çelin;\n"), nil},
	{"dos.csv", "Excel's \"CSV (MS-DOS)\": code page 850.", in(charmap.CodePage850, crlf("uid;name\nd1;Jürgen Groß\nd2;Käthe "+
		"Weiß\nd3;Björn Öhm\nd4;Anna Müller\nd5;Uwe Schröder\n")), nil},
	{"koi8.csv", "Russian by an old Unix system: KOI8-R.", in(charmap.KOI8R, "uid,name\nk1,Иванов Иван\nk2,Петрова Мария\nk3,Сидоров "+
		"Алексей\nk4,Кузнецова Ольга\n"), nil},
	{"dos-russia.csv", "Russian by DOS: code page 866.", in(charmap.CodePage866, "uid,name\nk1,Иванов Иван\nk2,Петрова Мария\nk3,Сидоров "+
		"Алексей\nk4,Кузнецова Ольга\n"), nil},
	{"hr-baltic.csv", "Windows-1257.", in(charmap.Windows1257,
		"uid,name\nb1,Jānis Bērziņš\nb2,Līga Kalniņa\nb3,Žydrūnas Šimkus\nb4,Eglė Petrauskaitė\n"), nil},
	{"hr-vietnam.csv", "Windows-1258, which composes its letters.",
		in(charmap.Windows1258, "uid,name\nv1,Nguyê\u0303n Văn Đư\u0301c\nv2,Trâ\u0300n Thi\u0323 Hoa\nv3,Lê Hoàng\n"), nil},
	{"hr-thailand.csv", "Windows-874.", in(charmap.Windows874, "uid,name\nt1,สมชาย ใจดี\nt2,สมหญิง รักไทย\nt3,ประเสริฐ สุขสันต์\n"), nil},
	{"mail-japan.csv", "ISO-2022-JP, whose bytes are all ASCII.", in(japanese.ISO2022JP, "uid,name\nj1,山田太郎\nj2,中村恵子\nj3,小林誠\n"), nil},
	{"utf-32.csv", "UTF-32 with a mark, which begins like that of UTF-16.", in(utf32.UTF32(utf32.LittleEndian, utf32.UseBOM),
		"uid,name\nu1,Zoë\nu2,Anna\n"), nil},
	{"mixed-encodings.csv", "UTF-8, and rows of a Windows-1252 file pasted below.", "uid,name\nm1,Zoë Müller\nm2,Łukasz Żuk\n" +
		in(charmap.Windows1252, "m3,Jörg Weiß\nm4,José Núñez\n") + "m5,Plain\n", nil},
	{"duplicates.csv", "One uid in several rows: alike, alike but for spelling, different, broken, contradicting.", duplicateRows,
		[]way{{}, {"first", "--duplicates first", Options{Duplicates: FirstWins}}, {"last", "--duplicates last",
			Options{Duplicates: LastWins}}}},
	{"unclosed-quote.csv", "A quote that nothing closes, up to the end of the file.", "uid,name\nc1,Anna\nc2,\"Ben\nc3,Carl\nc4,Dora\n",
		nil},
	{"cut-off.csv", "A copy that stopped in the middle of a row.", "uid,name,role\nc1,Anna,staff\nc2,Ben,staff\nc3,Ca", nil},
	{"cut-off-cell.csv", "A copy that stopped in the last cell: it has all its cells and no line end.",
		"uid,name,role\nc1,Anna,staff\nc2,Ben,staff\nc3,Carl,st", nil},
	{"cut-off-utf16.txt", "A copy that stopped between the two bytes of a character.",
		strings.TrimSuffix(little("uid\tname\r\nc1\tAnna\r\nc2\tBen\r\n"), "\x00"), nil},
	{"packed.csv.gz", "A whole archive.", packed("uid,name\np1,Zoë\np2,Ben\n"), nil},
	{"cut-off.csv.gz", "An archive without its last bytes.", packed("uid,name\np1,Zoë\np2,Ben\np3,Carl\n")[:46], nil},
	{"no-archive.csv.gz", "Text that somebody named .gz.", "uid,name\np1,Zoë\n", nil},
	{"empty.csv", "No byte at all.", "", nil},
	{"blank.csv", "Line ends and delimiters, and no text.", "\n,,,\n\r\n  ,\n", nil},
	{"header-only.csv", "A header and nobody below it.", "uid,name,role\r\n", nil},
	{"one-row.csv", "One person, without a line end.", "uid,name,role\nanna,Anna,staff", nil},
	{"presence.csv", "CometChat's own users, as its dashboard shows them: presence is not a state, and times are not for setting.",
		"uid,name,avatar,link,role,status,statusMessage,tags,metadata,createdAt,updatedAt,lastActiveAt,hasBlockedMe,blockedByMe,conversationId\n" +
			"superhero1,Iron " +
			"Man,https://data-us.example/im.png,,default,online,,\"[\"\"hero\"\",\"\"avenger\"\"]\",\"{\"\"@private\"\":{\"\"email\"\":\"\"im@example.org\"\"}}\",1643025183,1643025183,1700000000,false,false,\n" +
			"superhero2,Captain America,,,default,offline,back soon,[],,1643025183,,,false,false,superhero1_user_superhero2\n" +
			"superhero3,Spiderman,,,default,available,,,,1643025183,,,true,false,\n", []way{{}, {"dates", "--create-with import",
			Options{Dates: true}}}},
	{"states.csv", "Words for who is still there, of six systems.",
		"uid,name,Employment Status\ns1,A,Active\ns2,B,TERMINATED\ns3,C,On " +
			"Leave\ns4,D,1\ns5,E,\ns6,F,Yes\ns7,G,Aktiv\ns8,H,ausgeschieden\ns9,I, disabled " +
			"\ns10,J,true\ns11,K,N/A\ns12,L,Retired\ns13,M,A\ns14,N,Probation\n", []way{{},
			{"values", "values: state: {On Leave: active, aktiv: active, ausgeschieden: left, N/A: '', A: active}",
				shaped("state", "On Leave=active", "aktiv=active", "ausgeschieden=left", "N/A=", "A=active")}}},
	{"tags.csv", "Tags as lists, JSON and what looks like it.",
		"uid,tags\nt1,\"[\"\"a\"\",\"\"b\"\"]\"\nt2,a|b|a\nt3,\"a, b " +
			",c\"\nt4,['a']\nt5,\"[\"\"a\"\",1]\"\nt6,{a}\nt7,[]\nt8,\"[\"\"a,b\"\",\"\"c|d\"\"]\"\nt9,a||b\nt10,\"[\"\"a\"\"\"\n", nil},
	{"metadata.csv", "Metadata as JSON, as Python prints it, as a list, twice the same key, broken.",
		"uid,metadata,metadata.dept\nd1,\"{\"\"team\"\":\"\"A\"\",\"\"n\"\":1.0}\",Sales\nd2,{'team': " +
			"'A'},Sales\nd3,\"[1,2]\",\nd4,\"{\"\"a\"\":1,\"\"a\"\":2}\",\nd5,\"{\"\"a\"\":NaN}\",\nd6,null,Ops\n" +
			"d7,\"{\"\"dept\"\":\"\"HR\"\"}\",Ops\nd8,\"{\"\"a\"\":{\"\"b\"\":[true,null]}}\",\n", nil},
	{"formula-text.csv", "Ids wrapped in formulas, and with apostrophes, to save their zeros from Excel.",
		"uid,name\n=\"00417\",Anna\n'00418,Ben\n\"=\"\"00419\"\"\",Carl\n00420,+49 Dora\n'=cmd,Emil\n-421,Fay\n", nil},
	{"excel-damage.csv", "A CSV that went through Excel: rounded ids, ids that became dates, errors, a lost zero, decimals.",
		"uid,name,metadata.hired\n1.23457E+15,Anna,2021-02-28\n123456789012345000,Ben,\nMar-05,Carl,44255\n417,Dora,#N/A\n" +
			"00418,#NAME?,\n4711.0,Emil,\n#REF!,Fay,\n1E5,Gus,\n\"1,234\",Hal,\n1.5E-3,Ida,\n", nil},
	{"e-mail-ids.csv", "People known by their e-mail addresses alone, and Windows logons.",
		"Username,Full Name\nanna.kim@example.org,Anna Kim\nACME\\ben,Ben Oz\nc.d,Carl D\nemp 0017,Dora\n-,Emil\nfay_1,Fay\n", []way{{},
			{"slug", "--uid-rewrite slug", Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}}}},
	{"psql.txt", "What psql prints, copied from a terminal.",
		" uid  |   name    | role  \n------+-----------+-------\n anna | Anna Kim  | staff\n ben  | Ben Oz    | staff\n carl | Carl      " +
			"| \n(3 rows)\n\n", nil},
	{"mysql.tsv", "What mysql --batch prints: NULL for nothing, and escapes.",
		"uid\tname\trole\tstatusMessage\nm1\tAnna\tstaff\ttwo\\nlines\nm2\tNULL\tNULL\tNULL\nm3\tCarl\t\\N\ta\\tb\n", []way{{},
			{"values", "values: NULL and \\N stand for nothing, in name, role and statusMessage",
				Options{Settings: columns.Settings{Values: map[string]map[string]string{"name": nothing, "role": nothing,
					"statusMessage": nothing}}}}}},
	{"markdown.txt", "A table of a wiki, with bars around it.", "| uid | name |\n| --- | --- |\n| anna | Anna |\n| ben | Ben |\n", nil},
	{"fixed-width.txt", "Columns by position, without a delimiter.",
		"UID     NAME            ROLE\n000017  ANNA KIM        STAFF\n000018  BEN OZ          STAFF\n", nil},
	{"comments.csv", "Lines of comment above the header, and one between rows.",
		"# exported by sis2csv 4.1\n# 2026-09-30T06:15:00Z\nuid,name\nanna,Anna\n# until here last year\nben,Ben\n", nil},
	{"two-tables.csv", "A second table below the first, of other columns.",
		"uid,name,role\nanna,Anna,staff\nben,Ben,staff\n\nRole,Count\nstaff,2\nadmin,0\n", nil},
	{"two-headers.csv", "Headers for programs, and below them those for people.",
		"uid,name,role\nUser ID,Full name,Role\nanna,Anna,staff\nben,Ben,staff\n", nil},
	{"invisible.csv", "Headers and ids with blanks that nobody sees.",
		"\u200buid\u00a0,\"Full\nName\",Role \nanna\u00a0,Anna\u00a0Kim,staff\n\u200bben,Ben\u2009Oz,\u00a0staff\n" +
			"ca\u00adrl,Ca\u00adrl,staff\nd\u200bora,Dora,staff\n", nil},
	{"dates.csv", "Times of creation, as six systems write them.",
		"uid,createdAt\nd1,2021-02-28\nd2,28.02.2021\nd3,02/28/2021\nd4,44255\nd5,1614470400\nd6,1614470400000\nd7,2021-02-28 " +
			"09:30\nd8,20210228\nd9,2021-02-30\nd10,0000-00-00 00:00:00\nd11,\"Feb 28, 2021\"\nd12,\nd13,2021-02-28T09:30:00+01:00\n",
		[]way{{"", "--create-with import", Options{Dates: true}}}},
	{"twice-a-header.csv", "Two columns with one header.", "uid,name,name\nanna,Anna,Kim\n", nil},
	{"two-ids.csv", "Two columns that may be the uid.", "Employee ID,Username,Name\n17,anna,Anna\n18,ben,Ben\n",
		[]way{{}, {"mapped", "--map 'Username=uid'", mapTo("Username", "uid")}}},
	{"no-uid.csv", "No column that is known to be the uid.", "Kürzel,Nachname,Vorname\nANK,Kim,Anna\n", nil},
	{"people.jsonl", "JSON lines with a broken one, a list, a number for a uid, a uid twice.",
		"{\"uid\":\"anna\",\"name\":\"Anna\",\"tags\":[\"a\"]}\n\n{\"uid\":\"ben\",\"name\":\"Ben\"\n[\"carl\"]\n" +
			"{\"uid\":17,\"name\":\"Dora\"}\n{\"uid\":\"anna\",\"name\":\"Anna\",\"tags\":[\"a\"]}\n{\"name\":\"Emil\"}\n", nil},
	{"web-page.xls", "A web application's \"Excel export\": a page under another name.",
		"<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">\n<head><meta " +
			"charset=utf-8></head><body><table>\n<tr><td>uid</td><td>name</td></tr>\n<tr><td>anna</td><td>Anna</td></tr>\n" +
			"</table></body></html>\n", nil},
	{"xml-2003.xls", "Excel's XML of 2003.", "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook " +
		"xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"S\"><Table><Row><Cell><Data " +
		"ss:Type=\"String\">uid</Data></Cell></Row></Table></Worksheet></Workbook>\n", nil},
	{"text.xls", "Text with tabs under the name of a workbook.", crlf("uid\tname\tActive\nx1\tAnna\tTRUE\nx2\tBen\tFALSE\n"), nil},
}
