package user

import (
	"slices"
	"strings"
)

// Entry is what stays in memory of a roster user.
type Entry struct {
	Print uint64
	Mask  Mask
	State Activity

	Nobody bool // the uid says that there is none: it is one only if the app has it; see Nobody
}

// Found is what a roster has of one of the app's users.
type Found struct {
	Entry
	Ref int
	OK  bool // it has the user
}

// Row is a roster user in full, with the row that it came from.
type Row struct {
	User   User
	Source Source
	Header []string
	Cells  []string

	Columns []Column   // of the row's source
	Written string     // what is in the uid's cell
	Match   [][]string // the key paths of second keys
	Known   *Known     // who is known under another uid; may be nil
	Parts   []Row      // the rows that it is made of, if those are several
	Cut     bool       // nothing shows that the uid was not cut off where its source ends
	Hashes  string     // of its cells, as plan.PastSource has them; "" where nobody asked
}

// Reject makes a reject of a row that was usable by itself and is not against
// the app; column is the field's canonical name where no header is known.
//
// Of several rows that are one user together, it is of the first that has the
// field.
func (r *Row) Reject(d Defect) Reject {
	var field Field
	if len(r.Parts) > 0 && field.UnmarshalText([]byte(d.Column)) == nil {
		for i := range r.Parts {
			if part := &r.Parts[i]; part.User.Has.Has(field) {
				return part.Reject(d)
			}
		}
	}
	reject := Reject{Source: r.Source, UID: r.User.UID, Defects: []Defect{d}, Header: r.Header, Cells: r.Cells}
	reject.Claim(Claims(r.User.UID)...)
	reject.ClaimWritten(r.Written)
	for _, path := range r.Match {
		reject.ClaimKey(path, r.User.KeyValue(path))
	}
	reject.ClaimKnown(r.Known)
	reject.own()
	return reject
}

// own gives a reject memory of its own: that of a row may be a page of it, and
// there may be a million rejects.
func (r *Reject) own() {
	r.UID = strings.Clone(r.UID)
	cells := make([]string, len(r.Cells))
	all := strings.Join(r.Cells, "")
	for i, c := range r.Cells {
		cells[i], all = all[:len(c)], all[len(c):]
	}
	r.Cells = cells
	for i := range r.Defects {
		r.Defects[i].Value = strings.Clone(r.Defects[i].Value)
	}
	for i := range r.Claims {
		r.Claims[i].Value = strings.Clone(r.Claims[i].Value)
	}
}

// Claim has a reject claim more. What its uid says by itself is not a claim.
func (r *Reject) Claim(claims ...Claim) {
	for _, c := range claims {
		if own := c.Because.ofUID() && c.Value == r.UID; !own && !slices.Contains(r.Claims, c) {
			r.Claims = append(r.Claims, c)
		}
	}
}

// Disown takes a reject's uid away, which may be anybody's or nobody's: it is no
// more than a claim.
func (r *Reject) Disown() {
	uid := r.UID
	r.UID = ""
	if uid != "" {
		r.Claim(Claim{Because: SameUID, Value: uid})
	}
}

// ClaimWritten has a reject claim whom the text of its uid's cell may mean:
// also the uid that it spells, where the row was given another, or none.
func (r *Reject) ClaimWritten(cell string) {
	text, _ := Undefuse(cell)
	if uid := FoldUID(text); ValidUID(uid) {
		r.Claim(Claim{Because: SameUID, Value: uid})
	}
	r.Claim(Claims(cell)...)
}

// ClaimKey has a reject claim who has its value under a second key.
func (r *Reject) ClaimKey(path []string, value string) {
	if value = FoldKey(value); value != "" {
		r.Claim(Claim{Because: SameKey, Key: strings.Join(path, "."), Value: value})
	}
}
