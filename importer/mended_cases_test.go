package importer

import (
	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// slugged makes slugs of uids.
var slugged = Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}

// mendedCases are sources, rejects of them as somebody has corrected them, and what comes of both.
var mendedCases = []struct {
	name, source, mended string
	opt                  Options
	want                 string
}{
	{"a uid that was none", "uid,name\nanna,Anna\nMüller 7,Müller\n", "uid,name" + placing + "mueller7,Müller,SRC,3,,x,\n", Options{},
		"a.csv:2 anna Anna\nrejects.csv:2 mueller7 Müller\nmended 1\n"},
	{"a uid that the reject claims", "uid\nanna\n17?\n", "uid" + placing + "0017,SRC,3,,x,\n", Options{},
		"a.csv:2 anna \nrejects.csv:2 0017 \nmended 1\n"},
	{"a uid that was missing", "uid,name\n,Anna\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\n", Options{},
		"rejects.csv:2 anna Anna\nmended 1\n"},
	{"another field", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna K,https://x.org,SRC,2,,x,\n", Options{},
		"rejects.csv:2 anna Anna K\nmended 1\n"},
	{"a row that was a reject against the app alone", "uid,name,role\nanna,Anna,boss\nben,Ben,\n", "uid,name,role" + placing +
		"anna,Anna,chief,SRC,2,,x,\n", Options{},
		"a.csv:3 ben Ben\nrejects.csv:2 anna Anna\nmended 1\n"},
	{"one of two with a uid", "uid,name\nanna,Anna\nanna,Anne\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\nanna,Anna,SRC,3,,x,\n",
		Options{},
		"rejects.csv:2 anna Anna\nmended 2\n"},
	{"one of two, and the other is still there", "uid,name\nanna,Anna\nanna,Anne\n", "uid,name" + placing + "anna,Anna,SRC,2,,x,\n",
		Options{},
		"reject a.csv:3 \"anna\" duplicate-uid\nreject rejects.csv:2 \"anna\" duplicate-uid\nmended 1\n"},
	{"a broken one among two with a uid", "uid,name,link\nanna,Anna,\nanna,Anna,nowhere\n", "uid,name,link" + placing +
		"anna,Anna,,SRC,3,,x,\n", Options{},
		"a.csv:2 anna Anna\nmended 1\n"},
	{"still broken", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna,neither,SRC,2,,x,\n", Options{},
		"reject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
	{"not touched", "uid,name\nMüller 7,Müller\n", "uid,name" + placing + "Müller 7,Müller,SRC,2,,x,\n", Options{},
		"reject a.csv:2 \"\" uid-invalid\nmended-broken 1\n"},
	{"not touched, but for what a spreadsheet does", "uid,link,n\n017,nowhere,1/2\n", "uid,link,n" + placing +
		"17, nowhere,2-1,SRC,2,,x,\n", Options{},
		"reject a.csv:2 \"017\" link-invalid\nmended-broken 1\n"},
	{"a hyphen for a blank", "uid,name\nemp 0017,Anna\n", "uid,name" + placing + "emp-0017,Anna,SRC,2,,x,\n", Options{},
		"rejects.csv:2 emp-0017 Anna\nmended 1\n"},
	{"a slash", "uid,name,link\nanna,Anna,https:/x.org/1\n", "uid,name,link" + placing + "anna,Anna,https://x.org/1,SRC,2,,x,\n", Options{},
		"rejects.csv:2 anna Anna\nmended 1\n"},
	{"the order of a date", "uid,name,createdAt\nanna,Anna,28.02.2021\n", "uid,name,createdAt" + placing +
		"anna,Anna,2021-02-28,SRC,2,,x,\n", dated,
		"rejects.csv:2 anna Anna\nmended 1\n"},
	{"a word in small letters", "uid,name,metadata\nanna,Anna,\"{\"\"a\"\":TRUE}\"\n", "uid,name,metadata" + placing +
		"anna,Anna,\"{\"\"a\"\":true}\",SRC,2,,x,\n", Options{},
		"rejects.csv:2 anna Anna\nmended 1\n"},
	{"a comma too many", "uid,name,metadata\nanna,Anna,\"{\"\"a\"\":1,}\"\n", "uid,name,metadata" + placing +
		"anna,Anna,\"{\"\"a\"\":1}\",SRC,2,,x,\n", Options{},
		"rejects.csv:2 anna Anna\nmended 1\n"},
	{"the uid is mended, and another field broken", "uid,name,link\nMüller 7,Müller,\n", "uid,name,link" + placing +
		"muller-7,Müller,nowhere,SRC,2,,x,\n", Options{},
		"reject a.csv:2 \"muller-7\" link-invalid\nmended-broken 1\n"},
	{"a used row is made a broken one", "uid,name,link\nanna,Anna,\nben,Ben,\n", "uid,name,link" + placing +
		"anna,Anna,nowhere,SRC,2,,x,\n", Options{},
		"a.csv:3 ben Ben\nreject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
	{"a collision", "uid,name\nA 1,A\na-1,B\n", "uid,name" + placing + "a-1,B,SRC,3,,x,\nb-1,A,SRC,2,,x,\n", slugged,
		"reject a.csv:2 \"a-1\" uid-collision\nreject rejects.csv:2 \"a-1\" uid-collision\nrejects.csv:3 b-1 A\nmended 1\n" +
			"mended-nothing 1\n"},
	{"cells that had shifted", "uid,name,link\nkim,Kim, Anna,\nben,Ben,\n", "uid,name,link,_extra" + placing +
		"kim,\"Kim, Anna\",,,SRC,2,,x,\n", Options{},
		"a.csv:3 ben Ben\nrejects.csv:2 kim Kim, Anna\nmended 1\n"},
	{"a cell too many is taken out", "uid,name\nkim,Kim,x\nben,Ben,y\n", "uid,name,_extra" + placing + "kim,Kim,,SRC,2,,x,\n" +
		"ben,Ben,y,SRC,3,,x,\n", Options{},
		"rejects.csv:2 kim Kim\nreject a.csv:3 \"\" cells-extra\nmended 1\nmended-broken 1\n"},
	{"an empty cell too many", "uid,name\nkim,Kim,\nben,Ben\n", "uid,name,_extra" + placing + "kim,Kim,,SRC,2,,x,\n", Options{},
		"a.csv:3 ben Ben\nreject a.csv:2 \"\" cells-extra\nmended-broken 1\n"},
	{"an empty cell too many, which is said to be right", "uid,name\nkim,Kim,\nben,Ben\n", "uid,name,_extra" + placing +
		"kim,Kim,,SRC,2,,,\n", Options{},
		"a.csv:3 ben Ben\nrejects.csv:2 kim Kim\nmended 1\n"},
	{"by the second key", "uid,name,metadata.@private.email\n1?,Anna,a@x.org\n", "uid,name,metadata.@private.email" + placing +
		"anna,Anna K,a@x.org,SRC,2,,x,\n", Options{Match: byEmail},
		"rejects.csv:2 anna Anna K\nmended 1\n"},

	// What nobody has touched is not corrected.
	{"bytes that are not text are a character now", "uid,name\nanna,M\xffller\nben,BÃ©Ã©Ã©Ã©Ã©Ã©Ã©\n", "uid,name" + placing +
		"anna,M\uFFFDller,SRC,2,,x,\n", Options{Settings: columns.Settings{Encoding: "utf-8", KeepMojibake: true}},
		"a.csv:3 ben BÃ©Ã©Ã©Ã©Ã©Ã©Ã©\nreject a.csv:2 \"anna\" encoding-broken\nmended-broken 1\n"},
	{"a row that was cut off", "uid,name,link\nanna,Anna,\nben,Be", "uid,name,link" + placing + "ben,Be,,SRC,3,,x,\n", Options{},
		"a.csv:2 anna Anna\nreject a.csv:3 \"\" cells-missing\nmended-broken 1\n"},
	{"a sum", "uid,name\nanna,Anna\ntotal,1\nben,Ben\n", "uid,name" + placing + "total,1,SRC,3,,x,\n", Options{},
		"a.csv:2 anna Anna\na.csv:4 ben Ben\nreject a.csv:3 \"total\" not-a-person\nmended-broken 1\n"},
	{"a spreadsheet took the zeros off", "uid,name,link\nanna,Anna,nowhere\n0042,x,\n0042,Ben,nowhere\n", "uid,name,link" + placing +
		"42,Ben,nowhere,SRC,4,,x,\n", Options{},
		"reject a.csv:2 \"anna\" link-invalid\nreject a.csv:3 \"0042\" duplicate-uid\nreject a.csv:4 \"0042\" link-invalid\n" +
			"mended-broken 1\n"},

	// A place is only a number.
	{"the number is another's", "uid,name\nO'Brien 9,O'Brien\n", "uid,name" + placing + "mueller7,Müller,SRC,2,,x,\n", Options{},
		"rejects.csv:2 mueller7 Müller\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"the number is another's, with a uid", "uid,name,link\nben,Ben,nowhere\n", "uid,name,link" + placing + "anna,Ben,,SRC,2,,x,\n",
		Options{},
		"rejects.csv:2 anna Ben\nreject a.csv:2 \"ben\" link-invalid\nmended-nothing 1\n"},
	{"the number is a user's", "uid,name\nben,Ben\n", "uid,name" + placing + "anna,Ben,SRC,2,,x,\n", Options{},
		"a.csv:2 ben Ben\nrejects.csv:2 anna Ben\nmended-nothing 1\n"},
	{"nothing tells a person", "uid,role\nx?1,staff\n", "uid,role" + placing + "y7,staff,SRC,2,,x,\n", Options{},
		"rejects.csv:2 y7 \nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"many round to it", "uid,name\n1.23457E+15,Ben\n", "uid,name" + placing + "1234567890123456,Anna,SRC,2,,x,\n", Options{},
		"rejects.csv:2 1234567890123456 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"a rounded number, by the name", "uid,name\n1.23457E+15,Anna\n", "uid,name" + placing + "1234567890123456,Anna,SRC,2,,x,\n", Options{},
		"rejects.csv:2 1234567890123456 Anna\nmended 1\n"},
	{"a cell is its manager's", "uid,manager,name\nben,anna,Oz, Ben\n", "uid,manager,name" + placing + "anna,,Anna Kim,SRC,2,,x,\n",
		Options{},
		"rejects.csv:2 anna Anna Kim\nreject a.csv:2 \"\" cells-extra\nmended-nothing 1\n"},
	{"behind the end", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,SRC,9,,x,\n", Options{},
		"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nmended-nothing 1\n"},
	{"no number", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,SRC,two,,x,\n", Options{},
		"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nmended-nothing 1\n"},
	{"two for one", "uid,name,link\nanna,Anna,nowhere\n", "uid,name,link" + placing + "anna,Anna,,SRC,2,,x,\nanna,Anna,,SRC,2,,x,\n",
		Options{},
		"rejects.csv:2 anna Anna\nmended 1\nmended-nothing 1\n"},

	{"another file's row", "uid,name\nanna,Anna\n", "uid,name" + placing + "ben,Ben,other.csv,2,,,\ncarl,Carl,SRC,9,,x,\n", Options{},
		"a.csv:2 anna Anna\nrejects.csv:2 ben Ben\nrejects.csv:3 carl Carl\nmended-alone 1\nmended-nothing 1\n"},
	{"a row that is broken itself", "uid,name\nanna,Anna\n1?,Ben\n", "uid,name" + placing + "ben,Ben,SRC,3\nx1,Ben,SRC,3,,x,\n", Options{},
		"a.csv:2 anna Anna\nrejects.csv:3 x1 Ben\nreject rejects.csv:2 \"\" cells-missing\nmended 1\n"},
	{"with semicolons", "uid,name\nMüller 7,Müller\n", "sep=;\nuid;name;_file;_row;_column;_code;_message\nmueller7;Müller;SRC;2;;;\n",
		Options{},
		"rejects.csv:2 mueller7 Müller\nmended 1\n"},
	{"in Windows-1252", "uid,name\nMüller 7,Müller\n", "uid;name;_file;_row;_column;_code;_message\nmueller7;M\xfcller;SRC;2;;;\n",
		Options{Settings: columns.Settings{Encoding: "auto"}},
		"rejects.csv:2 mueller7 Müller\nmended 1\n"},
	{"blank rows", "uid,name\nMüller 7,Müller\n", "\uFEFFuid,name" + placing + "\n,,,,,,\nmueller7,Müller,SRC,2,,x,\n", Options{},
		"rejects.csv:4 mueller7 Müller\nmended 1\n"},
	{"line breaks in cells, quotes, commas", "uid,name,metadata\nX!,Anna,\"{\"\"a\"\":1,\n\"\"b\"\":\"\"x,y\"\"}\"\n",
		"uid,name,metadata" + placing + "x1,Anna,\"{\"\"a\"\":1,\n\"\"b\"\":\"\"x,y\"\"}\",SRC,2,,x,\n", Options{},
		"rejects.csv:2 x1 Anna\nmended 1\n"},
}

// markedCases are rows whose message has the mark of the one that they correct.
var markedCases = []struct {
	name, header, source, now string // now: the source when it comes back; "" is as it was
	rows                      []string
	opt                       Options
	want                      string
}{
	{"all of it is another text", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben,https://x.org | 2 x a URL MARK"}, Options{},
		"m.csv:2 ben Ben\nmended 1\n"},
	{"whose likeness nobody could tell", "uid,role", "x?1,staff", "", []string{"y7,teacher | 2 x a uid MARK (Kim)"}, Options{},
		"m.csv:2 y7 \nmended 1\n"},
	{"cells that had shifted", "uid,manager,name", "ben,anna,Oz, Ben", "", []string{"ben2,oz,Ben | 2 x many MARK"}, Options{},
		"m.csv:2 ben2 Ben\nmended 1\n"},
	{"a user's row", "uid,name", "anna,Anna", "", []string{"ben,Ben | 2 x no role MARK"}, Options{},
		"m.csv:2 ben Ben\nmended 1\n"},
	{"still broken", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben,neither | 2 x a URL MARK"}, Options{},
		"reject a.csv:2 \"ben\" link-invalid\nmended-broken 1\n"},
	{"a user's row, and broken now", "uid,name,link", "anna,Anna,\ncarl,Carl,", "", []string{"ben,Ben,neither | 2 x no role MARK"},
		Options{},
		"a.csv:3 carl Carl\nreject a.csv:2 \"ben\" link-invalid\nmended-broken 1\n"},

	// Without a mark it is as it was before there were any.
	{"the mark was cleared", "uid,role", "x?1,staff", "", []string{"y7,teacher | 2 x "}, Options{},
		"m.csv:2 y7 \nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"the mark was cut off", "uid,name", "x?1,Anna", "", []string{"y7,Anna | 2 x a uid [row 3f9ac1"}, Options{},
		"m.csv:2 y7 Anna\nmended 1\n"},

	// The source was exported again.
	{"another row stands there", "uid,name", "x?1,Anna", "x?1,Anne", []string{"y7,Anna | 2 x a uid MARK"}, Options{},
		"m.csv:2 y7 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"another row, of the same name", "uid,name,role", "x?1,Anna,a", "x?2,Anna,b", []string{"y7,Anna,b | 2 x a uid MARK"}, Options{},
		"m.csv:2 y7 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"a row that the old one claims", "uid,name", "17?,Anna", "17?,Anne", []string{"17,Anna | 2 x a uid MARK"}, Options{},
		"m.csv:2 17 Anna\nreject a.csv:2 \"\" uid-invalid\nmended-nothing 1\n"},
	{"another row with the uid", "uid,name,link", "anna,Anna,nowhere", "anna,Anne,nowhere", []string{"anna,Anna K, | 2 x a URL MARK"},
		Options{},
		"m.csv:2 anna Anna K\nmended 1\n"},
	{"it can be used now, and says more than what was mended", "uid,name,link", "anna,Anna,nowhere", "anna,Anne,",
		[]string{"anna,Anna K, | 2 x a URL MARK"}, Options{},
		"reject a.csv:2 \"anna\" duplicate-uid\nreject m.csv:2 \"anna\" duplicate-uid\nmended-nothing 1\n"},
	{"it was corrected there as well", "uid,name,link", "anna,Anna,nowhere", "anna,Anna,", []string{"anna,Anna, | 2 x a URL MARK"},
		Options{},
		"a.csv:2 anna Anna\nmended-nothing 1\n"},
	{"another user stands there", "uid,name", "anna,Anna", "ben,Ben", []string{"carl,Carl | 2 x no role MARK"}, Options{},
		"a.csv:2 ben Ben\nm.csv:2 carl Carl\nmended-nothing 1\n"},

	// Of rows that share a uid, the fault of one is that of the other.
	{"one of two, and the other as it was", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK",
		"x,Ben | 3 duplicate-uid d MARK"}, Options{},
		"m.csv:2 y Anna\nm.csv:3 x Ben\nmended 2\n"},
	{"one of two, and the other taken out", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK"}, Options{},
		"m.csv:2 y Anna\na.csv:3 x Ben\nmended 1\n"},
	{"the second of two", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Ben | 3 duplicate-uid d MARK"}, Options{},
		"a.csv:2 x Anna\nm.csv:2 y Ben\nmended 1\n"},
	{"one of two, and the other has a fault of its own", "uid,name,link", "x,Anna,\nx,Ben,nowhere", "",
		[]string{"y,Anna, | 2 duplicate-uid d MARK", "x,Ben,nowhere | 3 link-invalid d MARK"}, Options{},
		"m.csv:2 y Anna\nreject a.csv:3 \"x\" link-invalid\nmended 1\nmended-broken 1\n"},
	{"that with a fault gets another uid", "uid,name,link", "x,Anna,\nx,Ben,nowhere", "", []string{"y,Ben, | 3 link-invalid d MARK"},
		Options{},
		"a.csv:2 x Anna\nm.csv:2 y Ben\nmended 1\n"},
	{"one of three", "uid,name", "x,Anna\nx,Ben\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK"}, Options{},
		"m.csv:2 y Anna\na.csv:3 x Ben\nmended 1\n"},
	{"both get another, the same", "uid,name", "x,Anna\nx,Ben", "", []string{"y,Anna | 2 duplicate-uid d MARK",
		"y,Ben | 3 duplicate-uid d MARK"}, Options{},
		"reject m.csv:2 \"y\" duplicate-uid\nreject m.csv:3 \"y\" duplicate-uid\nmended 2\n"},
	{"two change their uids", "uid,name,role", "x,Anna,a\ny,Ben,b", "", []string{"y,Anna,c | 2 role-unknown d MARK",
		"x,Ben,c | 3 role-unknown d MARK"}, Options{},
		"m.csv:2 y Anna\nm.csv:3 x Ben\nmended 2\n"},
	{"a collision", "uid,name", "A 1,A\na-1,B", "", []string{"b-1,A | 2 uid-collision c MARK"}, slugged,
		"m.csv:2 b-1 A\na.csv:3 a-1 B\nmended 1\n"},
	{"broken beside one with the uid", "uid,name,link", "x,Anna,\nx,Ben,\ny,Carl,", "",
		[]string{"y,Anna,nowhere | 2 duplicate-uid d MARK"}, Options{},
		"reject a.csv:2 \"y\" link-invalid\nreject a.csv:3 \"x\" duplicate-uid\na.csv:4 y Carl\nmended-broken 1\n"},

	// What nobody has touched is taken as it is if somebody says so.
	{"text behind a quote", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 quote-broken q MARK"},
		Options{},
		"a.csv:3 ben Ben\nreject a.csv:2 \"anna\" quote-broken\nmended-broken 1\n"},
	{"text behind a quote, and it is right", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 - q MARK"},
		Options{},
		"m.csv:2 anna Anna Kim\na.csv:3 ben Ben\nmended 1\n"},
	{"the same without its mark", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "", []string{"anna,Anna Kim, | 2 - "}, Options{},
		"m.csv:2 anna Anna Kim\na.csv:3 ben Ben\nmended 1\n"},
	{"it is not right at all", "uid,name,link", "anna,Anna,nowhere", "", []string{"anna,Anna,nowhere | 2 - a URL MARK"}, Options{},
		"reject a.csv:2 \"anna\" link-invalid\nmended-broken 1\n"},
	{"a row that was cut off", "uid,name,link", "ben,Ben,\nanna,An", "", []string{"anna,An, | 3 cells-missing c MARK"}, Options{},
		"a.csv:2 ben Ben\nreject a.csv:3 \"\" cells-missing\nmended-broken 1\n"},
	{"a row that was cut off, and it is right", "uid,name,link", "ben,Ben,\nanna,An", "", []string{"anna,An, | 3 - c MARK"}, Options{},
		"a.csv:2 ben Ben\nm.csv:2 anna An\nmended 1\n"},

	{"two of one row", "uid,name,link", "anna,Anna,nowhere", "", []string{"ben,Ben, | 2 x a MARK", "carl,Carl, | 2 x a MARK"}, Options{},
		"m.csv:2 ben Ben\nm.csv:3 carl Carl\nmended 1\nmended-nothing 1\n"},
	{"two of one row, and the first can't be used", "uid,name,link", "?1,Anna,nowhere\nben,B,", "", []string{"x1,Ben,neither | 2 x a MARK",
		"x1,Carl, | 2 x a MARK"}, Options{},
		"m.csv:3 x1 Carl\na.csv:3 ben B\nmended 1\nmended-broken 1\n"},
	{"two of one row, and both can't be used", "uid,name,link", "0042,Anna,nowhere\nben,B,", "", []string{"x1,Ben,neither | 2 x a MARK",
		"x2,Carl,nor | 2 x a MARK"}, Options{},
		"reject a.csv:2 \"x2\" link-invalid\na.csv:3 ben B\nmended-broken 2\n"},
	{"a copy that nobody has touched corrects nothing", "uid,name,role", "anna,\"Anna\" Kim,\nben,Ben,", "",
		[]string{"a?,Anna Kim, | 2 x q MARK", "anna,Anna Kim, | 2 quote-broken q MARK"}, Options{},
		"reject a.csv:2 \"anna\" uid-invalid\na.csv:3 ben Ben\nmended-broken 2\n"},
	{"a user's row twice", "uid,name,link", "x,Anna,\ny,Ben,", "", []string{"x2,Anna,nowhere | 2 x a MARK", "x3,Anna, | 2 x a MARK"},
		Options{},
		"m.csv:3 x3 Anna\na.csv:3 y Ben\nmended 1\nmended-broken 1\n"},
}
