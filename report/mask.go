package report

import (
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Mask stands for a @private value, whatever it is: neither its length nor
// whether it changed in part is to be seen.
const (
	Mask     = "•••"
	maskJSON = `"•••"`
)

// maskedKey hides a private value; that there is one is not hidden.
func (r *Report) maskedKey(k plan.KeyChange) plan.KeyChange {
	if !k.Private || r.In.ShowPrivate {
		return k
	}
	if k.Before != "" {
		k.Before = maskJSON
	}
	if k.After != "" {
		k.After = maskJSON
	}
	return k
}

// Masked hides the values of private cells, and of cells that hold a whole
// metadata object with private keys in it. The given defects are not changed.
func (r *Report) Masked(defects []user.Defect) []user.Defect {
	hide := func(d user.Defect) bool {
		return d.Value != "" && (d.Private || PerhapsPrivate(d.Value))
	}
	if r.In.ShowPrivate || !slices.ContainsFunc(defects, hide) {
		return defects
	}
	defects = slices.Clone(defects)
	for i, d := range defects {
		if hide(d) {
			defects[i].Message = strings.ReplaceAll(d.Message, d.Value, Mask)
			defects[i].Value = Mask
		}
	}
	return defects
}

// PerhapsPrivate reports whether text that may be broken JSON may hold a private
// key, however it is spelt.
func PerhapsPrivate(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, user.Private) || strings.Contains(text, `\u0040`)
}

// Said is what an operation's result says. A service may repeat in it what it
// was sent, so that private values are taken out.
func (r *Report) Said(i int) string { return r.WithoutPrivate(i, r.In.Results[i].Message) }

// WithoutPrivate takes the private values of an operation out of a text.
func (r *Report) WithoutPrivate(i int, text string) string {
	if text == "" || r.In.ShowPrivate {
		return text
	}
	for _, changes := range [][]plan.Change{r.Plan.Operations[i].Changes, r.In.Results[i].Instead} {
		for _, k := range plan.Keys(changes...) {
			if !k.Private {
				continue
			}
			for _, value := range []string{k.Before, k.After} {
				if plain := ValueText(value); len(plain) > 1 {
					text = strings.ReplaceAll(text, value, maskJSON)
					text = strings.ReplaceAll(text, plain, Mask)
				}
			}
		}
	}
	return text
}

// maskConflicts hides private values of the users in conflict; the plan's own are not
// changed. Whoever decides on one needs three values of each field: as it was before the
// run that is undone, as that run left it, and as it is.
func (r *Report) maskConflicts() {
	r.Conflicts = slices.Clone(r.Plan.Conflicts)
	for i := range r.Conflicts {
		r.Conflicts[i].Fields = r.ShownFields(r.Conflicts[i].Fields)
	}
}

// ShownFields are fields as a report shows them.
func (r *Report) ShownFields(fields []plan.ConflictField) []plan.ConflictField {
	if r.In.ShowPrivate {
		return fields
	}
	return maskedFields(fields)
}

// maskedFields hides private values; the given fields are not changed.
func maskedFields(fields []plan.ConflictField) []plan.ConflictField {
	fields = slices.Clone(fields)
	for i := range fields {
		f := &fields[i]
		for _, value := range []*string{&f.Before, &f.After, &f.Now} {
			if f.Private && *value != "" {
				*value = maskJSON
			}
		}
	}
	return fields
}
