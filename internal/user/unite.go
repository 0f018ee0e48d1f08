package user

import (
	"maps"
	"slices"
)

// Unite puts what another row says of the same user to what u says: what only
// one of them says, both tags, and both metadata by key. An empty cell says
// nothing. The order of rows makes no difference. field names what the two
// contradict each other in, of which u is then of no use; "" if they do not.
//
// Neither of the two shares memory with the other's lists afterwards.
func (u *User) Unite(o *User) (field string) {
	for _, f := range []Field{Name, Avatar, Link, Role, StatusMessage} {
		switch {
		case !o.Has.Has(f):
		case !u.Has.Has(f):
			u.Set(f, o.String(f))
			if f == Name {
				u.HalfName = false
			}
			if o.Clear.Has(f) {
				u.Clear.Add(f)
			}
		case u.String(f) != o.String(f) || u.Clear.Has(f) != o.Clear.Has(f):
			return f.String()
		}
	}
	if o.HalfName && !u.Has.Has(Name) {
		if u.HalfName && u.Name != o.Name {
			return Name.String()
		}
		u.Name, u.HalfName = o.Name, true
	}
	switch { // where neither says the state, and one has an empty cell for it, it is not said
	case u.Has.Has(State) && o.Has.Has(State):
		if u.State != o.State {
			return State.String()
		}
	case o.Has.Has(State):
		u.State = o.State
		u.Has.Add(State)
	case !u.Has.Has(State) && o.State == Unsaid:
		u.State = Unsaid
	}
	for _, f := range []Field{CreatedAt, LastActiveAt} {
		switch was, is := u.Time(f), o.Time(f); {
		case !o.Has.Has(f):
		case !u.Has.Has(f):
			u.SetTime(f, is)
		case was != is:
			return f.String()
		}
	}
	u.uniteTags(o)
	return u.uniteMetadata(o)
}

func (u *User) uniteTags(o *User) {
	if !o.Has.Has(Tags) {
		return
	}
	if !u.Has.Has(Tags) {
		u.Clear |= o.Clear & (1 << Tags)
	}
	all := slices.Concat(u.Tags, o.Tags)
	slices.Sort(all)
	u.Tags = slices.Compact(all)
	u.Has.Add(Tags)
	if len(u.Tags) > 0 {
		u.Clear &^= 1 << Tags
	}
}

func (u *User) uniteMetadata(o *User) (field string) {
	if u.Clear.Has(Metadata) != o.Clear.Has(Metadata) && u.Has.Has(Metadata) && o.Has.Has(Metadata) {
		return Metadata.String()
	}
	a, err := ReadObject(u.Metadata)
	b, err2 := ReadObject(o.Metadata)
	if err != nil || err2 != nil {
		return Metadata.String()
	}
	object, at := uniteObjects(a, b, nil)
	if at != nil {
		return Slot{Path: at}.Name()
	}
	keys := slices.Clone(u.Keys)
	for _, k := range o.Keys {
		i := slices.IndexFunc(keys, func(own KeyCell) bool { return slices.Equal(own.Path, k.Path) })
		switch {
		case i < 0:
			keys = append(keys, k)
		case keys[i].Text != k.Text || keys[i].Clear != k.Clear:
			return Slot{Path: k.Path}.Name()
		}
	}
	if at := slices.Concat(contradicted(u.Keys, b), contradicted(o.Keys, a)); len(at) > 0 {
		return Slot{Path: at[0]}.Name()
	}
	slices.SortFunc(keys, func(a, b KeyCell) int { return slices.Compare(a.Path, b.Path) })
	u.Keys = keys
	if object != nil {
		u.Metadata = JSON(object)
	}
	u.Has |= o.Has & (1 << Metadata)
	u.Clear |= o.Clear & (1 << Metadata)
	u.KeepsObject = (u.KeepsObject || o.KeepsObject) && !u.Has.Has(Metadata)
	kept := slices.Concat(u.Kept, o.Kept)
	kept = slices.DeleteFunc(kept, func(path []string) bool {
		return slices.ContainsFunc(keys, func(k KeyCell) bool { return slices.Equal(k.Path, path) })
	})
	slices.SortFunc(kept, slices.Compare)
	u.Kept = slices.CompactFunc(kept, slices.Equal)
	return ""
}

// uniteObjects has all keys of two objects. at is the path of the first key that
// has two values; nil if none has.
func uniteObjects(a, b Object, path []string) (all Object, at []string) {
	switch {
	case a == nil:
		return b, nil
	case b == nil:
		return a, nil
	}
	all = maps.Clone(a)
	for _, key := range slices.Sorted(maps.Keys(b)) {
		here := append(slices.Clone(path), key)
		was, ok := all[key]
		if !ok {
			all[key] = b[key]
			continue
		}
		x, nested := was.(Object)
		y, both := b[key].(Object)
		switch {
		case nested && both:
			if all[key], at = uniteObjects(x, y, here); at != nil {
				return nil, at
			}
		case !EqualValues(was, b[key]):
			return nil, here
		}
	}
	return all, nil
}

// contradicted are the paths of cells that an object has another value for.
func contradicted(keys []KeyCell, o Object) (paths [][]string) {
	for _, k := range keys {
		if v, ok := At(o, k.Path); ok {
			if text, ok := ScalarText(v); !ok || text != k.Text {
				paths = append(paths, k.Path)
			}
		}
	}
	return paths
}

// Overfull says what a user has more of than one may; noCode if nothing. What
// each row has was within bounds, and what they have together may not be.
func (u *User) Overfull() (field string, code Code, message string) {
	if code, message := checkTags(u.Tags); code != noCode {
		return Tags.String(), code, message
	}
	if n := len(u.Metadata); n > MaxMetadata {
		return Metadata.String(), MetadataTooLarge, metadataTooLarge(n)
	}
	return "", noCode, ""
}
