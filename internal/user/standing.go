package user

import "slices"

// Speaks is the fields for which the row's source has a column, whatever is in its cells.
func (r *Row) Speaks() (fields Fields) {
	for i := range r.Columns {
		if r.Columns[i].Field != NoField {
			fields.Add(r.Columns[i].Field)
		}
	}
	for i := range r.Parts {
		fields |= r.Parts[i].Speaks()
	}
	return fields
}

// Standing is the row's user as an app would show it that is as the row says; that is
// how a roster stands for an app. Of what the row's source has no column for it is as
// another row of the user is, nil if there is none, so that the two don't differ in it.
func (r *Row) Standing(other *User) (User, error) {
	says, u := r.Speaks(), r.User
	if other == nil {
		other = &User{}
	}
	var object Object
	var err error
	if !u.Has.Has(Metadata) && !u.KeepsObject {
		if object, err = other.Apply(nil, true); err != nil {
			return u, err
		}
	}
	for _, f := range [...]Field{Name, Avatar, Link, Role, StatusMessage} {
		if !says.Has(f) {
			*u.text(f) = other.String(f)
		}
	}
	if !says.Has(Tags) {
		u.Tags = other.Tags
	}
	u.Keys = slices.Clone(u.Keys)
	for _, path := range u.Kept { // an empty cell: there is no such key
		u.Keys = append(u.Keys, KeyCell{Path: path, Clear: true})
	}
	if object, err = u.Apply(object, false); err != nil {
		return u, err
	}
	if u.Metadata = ""; len(object) > 0 {
		u.Metadata = JSON(object)
	}
	if u.Keys, u.Kept = nil, nil; u.State == Unsaid {
		u.State = Active
	}
	return u, nil
}
