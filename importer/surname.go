package importer

import (
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A first name whose last name stands in a column of another name makes everybody
// half a name, and the reverse: Nom is the last name beside Prénom, Nombre the first
// beside Apellidos, and either the whole one elsewhere. So such a column is asked
// about, and taken for nothing.

var (
	// surnameWords and forenameWords may be in the header of one.
	surnameWords = phrase.Set(`apellido apellidos cognome sobrenome apelido apelidos nachname familienname zuname surname surnames lastname familyname family last
		nazwisko příjmení prijmeni priezvisko vezetéknév soyad soyadı soyadi sukunimi efternamn achternaam efternavn etternavn фамилия 姓 氏 姓氏 성`)
	forenameWords = phrase.Set(`vorname rufname prénom prenom forename firstname givenname given first voornaam förnamn fornavn imię jméno keresztnév etunimi имя 名`)
	// nameWords are one if nothing stands beside them.
	nameWords = phrase.Set("nom noms nombre nombres nome naam namn navn name jméno név ad isim имя")
)

// half is a part of the name that is read without the other, and the columns that
// could hold that, of those that are left alone.
func (h *header) half(found []target) (part int, others []string) {
	part = -1
	for i, t := range found {
		switch {
		case t.field != user.Name:
		case part >= 0 || t.part == user.Whole:
			return -1, nil
		default:
			part = i
		}
	}
	if part < 0 {
		return -1, nil
	}
	may := surnameWords
	if found[part].part == user.Last {
		may = forenameWords
	}
	for _, c := range h.ignored {
		all := words(bare(c.name))
		if c.code == "ignored-column" && c.why == "" && (slices.ContainsFunc(all, func(w string) bool { return may[w] }) || len(all) == 1 && nameWords[all[0]]) {
			others = append(others, c.name)
		}
	}
	return part, others
}

// halfName tells of it; "" is nothing.
func (h *header) halfName(found []target) string {
	part, others := h.half(found)
	if len(others) == 0 {
		return ""
	}
	is, other, field := "first", "last", "lastName"
	if found[part].part == user.Last {
		is, other, field = "last", "first", "firstName"
	}
	could := "the column %s, which is left alone, could hold"
	if len(others) > 1 {
		could = "one of the columns %s, which are left alone, could hold"
	}
	return fmt.Sprintf("names are read from %q alone, a %s name; "+could+" the %s one: --map '%s=%s'", h.title(part), is, quoted(others), other, others[0], field)
}
