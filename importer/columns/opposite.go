package columns

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Systems keep who may not log in as often as who may: suspended, disabled, locked.
// A column of such a name that is mapped to the state says by yes, true or 1 that
// somebody is not active. Words such as active and suspended mean what they mean
// anywhere, and what the settings say that a text stands for beats its column.
//
// No such name is an alias: until now nobody lost access by one, and a column
// called disabled may be about something else.

// opposite reports whether a header's words mean the opposite of active, and whether
// it says nothing else: days left are no state.
func opposite(header string) (is, alone bool) {
	counts := map[string]int{} // words by what they say
	count := func(word string) bool {
		kind := stateWords[word]
		counts[kind]++
		return kind != ""
	}
	alone = true
	all := words(Bare(header))
	for i, word := range all {
		signIn := word == "sign" || word == "in" && i > 0 && all[i-1] == "sign" // what is blocked
		if signIn || count(word) || slices.Contains(affixes, word) {
			continue
		}
		known := false
		for shorter := withoutAffix(word); !known && shorter != word; shorter = withoutAffix(word) {
			word = shorter
			known = count(word)
		}
		if rest, ok := strings.CutPrefix(word, "no"); !known && ok && len(rest) > 1 && (rest[0] == 't' || rest[0] == 'n') &&
			count(rest[1:]) {
			counts["turning"]++ // notactive, nondisabled
			known = true
		}
		alone = alone && known
	}
	against, with := counts["inactive"] > 0, counts["active"] > 0
	// Not of aktiv/inaktiv.
	return against != with && against == (counts["turning"]%2 == 0), alone
}

// withoutAffix is a word that was written together with what does not change its
// meaning: isdeleted, accountlocked, deletedflag.
func withoutAffix(word string) string {
	for _, affix := range affixes {
		if rest, ok := strings.CutPrefix(word, affix); ok && rest != "" {
			return rest
		}
		if rest, ok := strings.CutSuffix(word, affix); ok && rest != "" {
			return rest
		}
	}
	return word
}

// stateWords are those of headers by whether they say active, inactive, or turn it.
var stateWords = func() map[string]string {
	all := map[string]string{}
	for kind, words := range map[string]string{"inactive": inactiveWords, "active": activeWords, "turning": turningWords} {
		for word := range strings.FieldsSeq(words) {
			all[word] = kind
		}
	}
	return all
}()

const (
	inactiveWords = `suspended suspend suspension disabled disable blocked block locked lock lockout deleted delete del
		deletion archived archive inactive deactivated deactivate deactivation
		banned ban removed terminated termination resigned retired left leaver former expired frozen revoked invalid dormant blacklisted
		withdrawn departed excluded hidden unemployed
		gesperrt sperre sperrung sperrvermerk sperrkennzeichen gelöscht löschung löschkennzeichen deaktiviert deaktivierung inaktiv
		archiviert ausgeschieden ausgetreten blockiert abgemeldet ungültig entfernt gekündigt ehemalig ehemalige
		suspendu suspendue bloqué bloquée verrouillé désactivé désactivée supprimé supprimée inactif inactive archivé archivée parti
		suspendido suspendida bloqueado bloqueada bloqueo desactivado desactivada eliminado eliminada borrado inactivo inactiva
		inhabilitado deshabilitado archivado baja
		sospeso sospesa bloccato bloccata blocco disattivato disattivata disabilitato eliminato cancellato inattivo inattiva archiviato
		cessato dimesso
		suspenso desativado desativada excluído inativo inativa arquivado desligado
		geblokkeerd uitgeschakeld verwijderd inactief gedeactiveerd gearchiveerd opgeschort
		avstängd inaktiverad borttagen spärrad arkiverad raderad sperret deaktivert slettet arkivert deaktiveret spærret slettet arkiveret
		usunięty zablokowany nieaktywny zawieszony zarchiwizowany zablokován smazán neaktivní`
	activeWords = `active activated enabled enable valid current live employed allowed
		aktiv aktiviert freigeschaltet gültig actif activo activa attivo attiva ativo ativa actief aktywny aktivní`
	turningWords = "not non no never nicht kein keine pas niet nie nunca mai não nao inte ikke"
)

var affixes = strings.Fields("is has was ist est account acct user login konto benutzer nutzer employee member student flag status yn " +
	"kz kennzeichen indicator")

// negate has columns that mean the opposite of the state read the other way round.
func (h *Header) negate(found []Target) {
	for i, t := range found {
		if t.Field != user.State || !h.negated(i) {
			continue
		}
		if h.Transform == nil {
			h.Transform = &Transform{Own: len(h.Names), uses: make([]use, len(h.Names))}
		}
		h.Transform.rule(i).Negated = true
	}
	if slices.ContainsFunc(found, func(t Target) bool { return t.Field == user.State }) {
		return
	}
	for i := range h.Ignored {
		if c := &h.Ignored[i]; c.Code == notice.IgnoredColumn && c.Why == "" && !c.Unlisted {
			if is, alone := opposite(c.Name); is && alone {
				c.Why = fmt.Sprintf("it may say who is not active; %s would read it the other way round", phrase.MapOption(c.Name, "state"))
			}
		}
	}
}

// negated reports whether the header of a column, or of the only one that a join has,
// is the opposite of active.
func (h *Header) negated(column int) bool {
	if own := len(h.Names); column >= own {
		parts := h.Transform.Computed[column-own].Parts
		if len(parts) != 1 || parts[0].Column < 0 {
			return false
		}
		column = parts[0].Column
	}
	is, _ := opposite(h.Names[column])
	return is
}

// Negates reports whether a column is read the other way round.
func (sh *Transform) Negates(column int) bool {
	r := sh.Rule(column)
	return r != nil && r.Negated
}

// Says reports whether the settings' values say what a column's text stands for.
func (sh *Transform) Says(column int, text string) bool {
	r := sh.Rule(column)
	if r == nil || r.Values == nil {
		return false
	}
	_, ok := r.Values.Texts[foldText(text)]
	return ok
}
