package columns

import (
	"fmt"
	"slices"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A first name whose last name is in a column of another name makes everybody
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
	// nameWords are one if nothing is beside them.
	nameWords = phrase.Set("nom noms nombre nombres nome naam namn navn name jméno név ad isim имя")
)

// halfName tells of a part of the name that is read without the other, and of the
// columns that could hold that, of those that are left alone; "" is nothing.
func (h *Header) halfName(found []Target) string {
	part := -1
	for i, t := range found {
		if t.Field != user.Name {
			continue
		}
		if part >= 0 || t.Part == user.Whole {
			return ""
		}
		part = i
	}
	if part < 0 {
		return ""
	}
	is, other, field, may := "first", "last", "lastName", surnameWords
	if found[part].Part == user.Last {
		is, other, field, may = "last", "first", "firstName", forenameWords
	}
	var others []string
	for _, c := range h.Ignored {
		all := words(Bare(c.Name))
		if c.Code == notice.IgnoredColumn && c.Why == "" && (slices.ContainsFunc(all, func(w string) bool { return may[w] }) ||
			len(all) == 1 && nameWords[all[0]]) {
			others = append(others, c.Name)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("names are read from %q alone, a %s name; %s %s, which %s left alone, could hold the %s one: %s",
		h.Title(part), is, phrase.Form(len(others), "the column", "one of the columns"), Quoted(others),
		phrase.Form(len(others), "is", "are"), other, phrase.MapOption(others[0], field))
}
