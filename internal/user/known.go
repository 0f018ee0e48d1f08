package user

// Known is pairs of uids of which somebody has said that they are one person's,
// ready to be asked whom a claim means by them.
type Known struct {
	old    map[string]string   // by the new uid
	digits map[string][]string // new uids of digits, by these without zeros in front
}

// NewKnown takes pairs, the uid under which the app knows a person by the new one.
func NewKnown(rekey map[string]string) *Known {
	k := &Known{old: rekey, digits: map[string][]string{}}
	for uid := range rekey {
		if digits := SameDigits(uid); digits != "" {
			k.digits[digits] = append(k.digits[digits], uid)
		}
	}
	return k
}

// ClaimKnown has a reject claim whom the app knows under another uid than the
// ones that it claims: a row with a new uid that is damaged means the old one's
// person.
func (r *Reject) ClaimKnown(k *Known) {
	if k == nil || len(k.old) == 0 {
		return
	}
	claim := func(uid string) {
		if old, ok := k.old[uid]; ok {
			r.Claim(Claim{Because: SameUID, Value: old})
		}
	}
	for _, c := range r.Claims {
		switch c.Because {
		case SameNumber:
			for _, uid := range k.digits[c.Value] {
				claim(uid)
			}
		case RoundedAlike:
			for digits, uids := range k.digits {
				if RoundsTo(c.Value, digits) {
					for _, uid := range uids {
						claim(uid)
					}
				}
			}
		default:
			claim(c.Value)
		}
	}
}
