package plan

import "cometsync/internal/user"

// Rekey is two users who are probably one person: one of the remote's, absent
// from the roster, and one of the roster's under another uid, unknown to the
// remote. The first is held and the second not created, until somebody has
// said whether they are one.
type Rekey struct {
	Old, New         string // the remote's uid, and the roster's
	OldName, NewName string
	Because          user.Likeness
	Confidence       int         // per cent
	Source           user.Source // New's row
}
