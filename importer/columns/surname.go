package columns

import (
	"fmt"
	"slices"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A first name whose last name stands in a column of another name makes everybody
// half a name, and the reverse: Nom is the last name beside Prénom, Nombre the first
// beside Apellidos, and either the whole one elsewhere. So such a column is asked
// about, and taken for nothing.

var (
	// surnameWords and forenameWords may be in the header of one.
	surnameWords = phrase.Set(`apellido apellidos cognome sobrenome apelido apelidos nachname familienname zuname surname surnames
		lastname familyname family last
		nazwisko příjmení prijmeni priezvisko vezetéknév soyad soyadı soyadi sukunimi efternamn achternaam efternavn etternavn фамилия 姓 氏 姓氏 성`)
	forenameWords = phrase.Set(`vorname rufname prénom prenom forename firstname givenname given first voornaam förnamn fornavn imię
		jméno keresztnév etunimi имя 名`)
	// nameWords are one if nothing stands beside them.
	nameWords = phrase.Set("nom noms nombre nombres nome naam namn navn name jméno név ad isim имя")
)

// half is a part of the name that is read without the other, and the columns that
// could hold that, of those that are left alone.
func (h *Header) half(found []Target) (part int, others []string) {
	part = -1
	for i, t := range found {
		switch {
		case t.Field != user.Name:
		case part >= 0 || t.Part == user.Whole:
			return -1, nil
		default:
			part = i
		}
	}
	if part < 0 {
		return -1, nil
	}
	may := surnameWords
	if found[part].Part == user.Last {
		may = forenameWords
	}
	for _, c := range h.Ignored {
		all := words(Bare(c.Name))
		if c.Code == notice.IgnoredColumn && c.Why == "" && (slices.ContainsFunc(all, func(w string) bool { return may[w] }) ||
			len(all) == 1 && nameWords[all[0]]) {
			others = append(others, c.Name)
		}
	}
	return part, others
}

// HalfName tells of it; "" is nothing.
func (h *Header) HalfName(found []Target) string {
	part, others := h.half(found)
	if len(others) == 0 {
		return ""
	}
	is, other, field := "first", "last", "lastName"
	if found[part].Part == user.Last {
		is, other, field = "last", "first", "firstName"
	}
	could := "the column %s, which is left alone, could hold"
	if len(others) > 1 {
		could = "one of the columns %s, which are left alone, could hold"
	}
	return fmt.Sprintf("names are read from %q alone, a %s name; "+could+" the %s one: --map '%s=%s'", h.Title(part), is, Quoted(others),
		other, others[0], field)
}
