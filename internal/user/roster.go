package user

// Entry is what stays in memory of a roster user.
type Entry struct {
	Print uint64
	Mask  Mask
	State Activity
}

// Row is a roster user in full, with the row that it came from.
type Row struct {
	User   User
	Source Source
	Header []string
	Cells  []string
}

// Reject makes a reject of a row that was usable by itself and is not against
// the app; column is the field's canonical name where no header is known.
func (r *Row) Reject(d Defect) Reject {
	return Reject{Source: r.Source, UID: r.User.UID, Defects: []Defect{d}, Header: r.Header, Cells: r.Cells}
}
