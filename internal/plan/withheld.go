package plan

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// Withholding is why the operations of a verb that are withheld are: they are
// planned, for people to see, and not carried out, while everything else goes on.
// Either rows that can't be used may stand for the users, or a guard asks about
// them, which then has a name and can be let through.
type Withholding struct {
	Verb   Verb    `json:"op"`
	Guard          // the message says why; everything else is a guard's alone
	Beside []Guard `json:"beside,omitempty"` // guards that would refuse the plan if these were carried out: they are let through together
}

func (w *Withholding) guards() []Guard { return append([]Guard{w.Guard}, w.Beside...) }

// Why is the reason, "" of none, with what would refuse the plan beside it.
func (w *Withholding) Why() string {
	switch {
	case w == nil:
		return ""
	case len(w.Beside) == 0:
		return w.Message
	}
	why := w.Found()
	for i := range w.Beside {
		why += "; and " + w.Beside[i].Found()
	}
	return why + ifMeant + ": " + w.Allow
}

// WithholdingOf is the reason of a verb; nil if there is none.
func (p *Plan) WithholdingOf(v Verb) *Withholding {
	if i := slices.IndexFunc(p.Withholdings, func(w Withholding) bool { return w.Verb == v }); i >= 0 {
		return &p.Withholdings[i]
	}
	return nil
}

// WhyWithheld is why operations of a verb are withheld; "" if none is.
func (p *Plan) WhyWithheld(v Verb) string { return p.WithholdingOf(v).Why() }

// Withholding is why operations are withheld, whatever they do; "" if none is.
func (p *Plan) Withholding() string {
	var why []string
	for i := range p.Withholdings {
		why = append(why, p.Withholdings[i].Why())
	}
	return strings.Join(why, "; and ")
}

// Withhold withholds those operations of a verb that are meant, if there are any.
func (p *Plan) Withhold(v Verb, why Guard, meant func(*Operation) bool) {
	found := false
	for i := range p.Operations {
		if o := &p.Operations[i]; o.Verb == v && meant(o) {
			o.Withheld, found = true, true
		}
	}
	if found {
		p.Withholdings = append(p.Withholdings, Withholding{Verb: v, Guard: why})
	}
}

// Withheld is which operations are.
func (p *Plan) Withheld() (list []int) {
	for i := range p.Operations {
		if p.Operations[i].Withheld {
			list = append(list, i)
		}
	}
	return list
}

// lift has operations carried out after all that a guard withheld.
func (p *Plan) lift(w Withholding) {
	for i := range p.Operations {
		if p.Operations[i].Verb == w.Verb {
			p.Operations[i].Withheld = false
		}
	}
	p.Withholdings = orNil(slices.DeleteFunc(p.Withholdings, func(x Withholding) bool { return x.Verb == w.Verb }))
	p.Allowed = append(p.Allowed, w.guards()...)
}

// Tripped is every guard that tripped: those that refuse the plan, and those that
// withhold a part of it.
func (p *Plan) Tripped() []Guard {
	all := slices.Clone(p.Guards)
	for i := range p.Withholdings {
		if w := &p.Withholdings[i]; w.Name != "" {
			all = append(all, w.guards()...)
		}
	}
	return all
}

// NeededRoles is the roles of NewRoles that have to be created: all but those
// that only operations give which are withheld or left.
func (p *Plan) NeededRoles(left map[int]Result) []string {
	if len(p.NewRoles) == 0 || len(p.Withholdings)+len(left) == 0 {
		return p.NewRoles
	}
	const needed, spared = 1, 2
	of := map[string]int{}
	for i := range p.Operations {
		_, is := left[i]
		is = is || p.Operations[i].Withheld
		for _, c := range p.Operations[i].Changes {
			switch {
			case c.Field != user.Role:
			case !is:
				of[c.After] = needed
			case of[c.After] == 0:
				of[c.After] = spared
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(p.NewRoles), func(role string) bool { return of[user.JSON(role)] == spared })
}
