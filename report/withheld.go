package report

import "cometsync/internal/plan"

// reasonOf says why operations are withheld, and which guards withhold them;
// rejected rows do it without a name.
func reasonOf(w *plan.Withholding) string {
	if w.Name == "" {
		return w.Why()
	}
	guards := "guard " + w.Name
	for i := range w.Beside {
		guards = "guards " + w.Name + " and " + w.Beside[i].Name
	}
	return guards + ": " + w.Why()
}

// settle is what to do about operations that are withheld.
func settle(w *plan.Withholding) string {
	if w.Allow == "" {
		return "settle the reason why " + verbs[w.Verb].noun + "s are withheld"
	}
	return "look at the withheld " + verbs[w.Verb].noun + "s, and let them through with " + w.Allow + " if they are meant"
}

// withheld is why the operation of the story is.
func (s *Story) withheld() string { return s.report().plan.WhyWithheld(s.Operation.Verb) }

// withheldTitle is the heading of what is withheld of a verb.
func withheldTitle(v plan.Verb) string {
	if v == plan.Deactivate {
		return "Withheld"
	}
	return "Withheld " + verbs[v].noun + "s"
}

// WithheldSections are the operations that wait until somebody has settled why, a
// section for each verb.
func (p pageView) WithheldSections() []section {
	var all []section
	for i := range p.r.plan.Withholdings {
		w := &p.r.plan.Withholdings[i]
		s := section{p: p, verb: w.Verb, Class: "withheld", ID: "withheld", Title: withheldTitle(w.Verb), withheld: true,
			count:  p.r.counts[w.Verb].Withheld,
			Reason: "They are not in the roster, and are left alone all the same: " + w.Why() + "."}
		if w.Verb != plan.Deactivate {
			s.ID += "-" + w.Verb.String()
			s.Reason = reasonOf(w) + "."
		}
		if s.count > 0 {
			all = append(all, s)
		}
	}
	return all
}
