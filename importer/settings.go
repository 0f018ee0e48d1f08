package importer

// Settings are how one source is read. The zero value finds everything out.
type Settings struct {
	Map map[string]string // header -> field, firstName, lastName, metadata.KEY; "-" or "" leaves the column alone

	// How text is read: "" and 0 find it out.
	Encoding    string // as CheckEncoding takes it
	Delimiter   byte   // between cells
	HeaderRow   int    // the header's row, as a spreadsheet counts; what stands above it is no row
	FixMojibake bool   // mend text that was decoded twice

	// How workbooks are read.
	Sheet         string // a sheet by its name, or by its number among those that are visible; "": the one with a uid column
	DisplayedUIDs bool   // a uid that is kept as a number is what the sheet shows
}
