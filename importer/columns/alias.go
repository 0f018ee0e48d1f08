package columns

import (
	"strings"

	"cometsync/internal/user"
)

// Target is what a column holds.
type Target struct {
	user.Slot
	Strength strength
	remarked bool // the header has a remark, without which it means this
	ReadOnly bool // the users API has the field and can't set it; where field says which, an import can
}

// strength says how sure it is that a header means its field.
type strength uint8

const (
	Alias     strength = iota + 1 // a usual name
	strong                        // a name that can hardly mean anything else
	canonical                     // the field's own name
	mapped                        // the user said so
)

// aliases are the names that HR, school and shop systems give to a field, as
// fold spells them. An e-mail address is not a uid: it can't be one, and making
// one of it merges people.
var aliases = []struct {
	field    user.Field
	part     user.Part
	strength strength
	names    string
}{
	{user.UID, user.Whole, strong, "userid useruid useridentifier chatuid cometchatuid cometchatid"},
	{user.UID, user.Whole, Alias, `id username login loginname loginid logon logonname account accountname accountid
		samaccountname userprincipalid employeeid employeenumber employeeno employeecode empid empno personid personnumber
		personnelnumber personnelno
		staffid staffnumber staffno workerid payrollid payrollnumber badgenumber studentid studentnumber studentno studentcode pupilid
		pupilnumber teacherid memberid membernumber memberno membershipid membershipnumber customerid customernumber customerno
		clientid contactid patientid externalid externaluserid sourcedid legacyid identifier uuid guid userguid usercode
		benutzername benutzerkennung benutzerid personalnummer personalnr mitarbeiternummer mitarbeiterid schülernummer schülerid matrikelnummer
		identifiant matricule usuario matrícula matricola gebruikersnaam personeelsnummer leerlingnummer användarnamn brugernavn brukernavn`},
	{user.Name, user.Whole, strong, "fullname displayname"},
	{user.Name, user.Whole, Alias, `nameandsurname completename personname employeename employeefullname studentname
		studentfullname membername
		customername contactname staffname workername userfullname preferredfullname nickname screenname
		anzeigename vollständigername nomcomplet nombrecompleto nomecompleto volledigenaam`},
	{user.Name, user.First, Alias, `firstname first givenname givennames forename forenames fname
		preferredfirstname
		legalfirstname userfirstname firstnames vorname vornamen rufname prénom prenom nombres voornaam förnamn fornavn imię`},
	{user.Name, user.Last, Alias, `lastname last surname surnames familyname lname legallastname userlastname sn
		nachname familienname zuname nomdefamille apellido apellidos cognome sobrenome achternaam efternamn efternavn etternavn nazwisko`},
	{user.Avatar, user.Whole, Alias, `avatarurl avatarlink avatarimage photo photourl photolink photograph picture
		pictureurl image imageurl
		imagelink profilepicture profilepictureurl profilepic profilephoto profilephotourl profileimage profileimageurl userphoto
		headshot headshoturl icon iconurl`},
	{user.Link, user.Whole, Alias,
		`profileurl profilelink profilepage profile website websiteurl web homepage url webpage personalpage linkurl`},
	{user.Role, user.Whole, Alias, `userrole roleid rolename roleslug accountrole chatrole rolle rôle ruolo rol papel`},
	{user.Tags, user.Whole, Alias, `tag taglist usertags label labels group groups groupnames keywords
		gruppe gruppen groupe groupes grupo grupos gruppo gruppi`},
	{user.StatusMessage, user.Whole, Alias, `statustext statusline bio biography about aboutme headline tagline mood`},
	{user.State, user.Whole, Alias, `status active isactive enabled isenabled accountstatus accountstate accountenabled
		accountactive userstatus userstate
		activestatus activationstatus employmentstatus employeestatus workerstatus enrollmentstatus enrolmentstatus studentstatus membershipstatus
		memberstatus customerstatus aktiv actif activo attivo ativo actief`},
	{user.Metadata, user.Whole, Alias, "meta customdata customattributes customfields extra extradata attributes"},
	{user.CreatedAt, user.Whole, Alias, `created createdon datecreated creationdate createddate
		createdtime creationtime timecreated createdtimestamp
		accountcreatedat accountcreatedon signupdate signupat signedupat signedupon registeredat registeredon registrationdate
		dateregistered userregistered`},
	{user.LastActiveAt, user.Whole, Alias, `lastactive lastactivedate lastactivity lastactivityat
		lastactivitydate lastseen lastseenat lastseendate
		lastlogin lastloginat lastlogindate lastsignin lastsigninat lastsignindate lastsignedinat`},
	{user.NoField, user.Whole, canonical, "updatedat deactivatedat conversationid hasblockedme blockedbyme blockedat authtoken"},
}

var targets = func() map[string]Target {
	m := map[string]Target{}
	add := func(name string, f user.Field, p user.Part, s strength) {
		readOnly := f == user.NoField || f == user.CreatedAt || f == user.LastActiveAt
		m[name] = Target{Slot: user.Slot{Field: f, Part: p}, Strength: s, ReadOnly: readOnly}
	}
	for _, a := range aliases {
		for name := range strings.FieldsSeq(a.names) {
			add(name, a.field, a.part, a.strength)
		}
	}
	for _, f := range user.AllFields() {
		add(Fold(f.String()), f, user.Whole, canonical)
	}
	return m
}()

// ReportColumns are those that rejects.csv puts after a row's own, with the one
// that takes the cells of a row that has too many: they hold no field, whatever
// anybody says.
var ReportColumns = map[string]bool{"_file": true, "_row": true, "_column": true, "_code": true, "_message": true, "_extra": true}

// Fold is a header without what does not distinguish it: case, spaces,
// hyphens and underscores.
func Fold(header string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case ' ', '_', '-':
			return -1
		}
		return c
	}, strings.ToLower(user.Text(header)))
}

// meaning is what a header means by itself; false is nothing that is known.
func meaning(header string) (Target, bool) {
	if path, ok := keyPath(header); ok {
		return Target{Slot: user.Slot{Field: user.Metadata, Path: path}, Strength: canonical}, true
	}
	t, ok := targets[Fold(header)]
	if !ok {
		if b := Bare(header); b != header {
			t, ok = targets[Fold(b)]
			t.remarked = true
		}
	}
	return t, ok
}

// UsualName is the field that a name means by itself, if it can be set; "" if it
// means none.
func UsualName(name string) string {
	if t, ok := meaning(name); ok && !t.ReadOnly {
		return t.Field.String()
	}
	return ""
}

// keyPath reads metadata.KEY: the key as the header spells it, taken apart at
// its dots.
func keyPath(header string) ([]string, bool) {
	prefix, key, ok := strings.Cut(user.Text(header), ".")
	if !ok || Fold(prefix) != "metadata" {
		return nil, false
	}
	path := strings.Split(key, ".")
	for i, k := range path {
		if path[i] = user.Text(k); path[i] == "" {
			return nil, false
		}
	}
	return path, true
}

// parseTarget reads what a mapping says that a column holds: a field's name,
// firstName, lastName or metadata.KEY. "-" and "" leave the column alone, and
// are told by a target without a field.
func parseTarget(s string) (Target, bool) {
	if s == "" || s == "-" {
		return Target{Strength: mapped}, true
	}
	t, ok := meaning(s)
	part := t.Field == user.Name && t.Part != user.Whole
	if !ok || t.remarked || t.Strength != canonical && !part || t.Field == user.NoField {
		return Target{}, false
	}
	t.Strength = mapped
	return t, true
}
