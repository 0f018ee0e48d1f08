package importer

import (
	"strings"

	"cometsync/internal/user"
)

// target is what a column holds.
type target struct {
	field    user.Field
	part     user.Part
	path     []string
	strength strength
	remarked bool // the header has a remark, without which it means this
	readOnly bool // the users API has the field and can't set it; where field says which, an import can
}

// strength says how sure it is that a header means its field.
type strength uint8

const (
	alias     strength = iota + 1 // a usual name
	strong                        // a name that can hardly mean anything else
	canonical                     // the field's own name
	mapped                        // the user said so
)

// aliases are the names that HR, school and shop systems give to a field, as
// fold spells them. An e-mail address is no uid: it can't be one, and making
// one of it merges people.
var aliases = []struct {
	target
	names string
}{
	{target{field: user.UID, strength: strong}, "userid useruid useridentifier chatuid cometchatuid cometchatid"},
	{target{field: user.UID, strength: alias}, `id username login loginname loginid logon logonname account accountname accountid
		samaccountname userprincipalid employeeid employeenumber employeeno employeecode empid empno personid personnumber personnelnumber personnelno
		staffid staffnumber staffno workerid payrollid payrollnumber badgenumber studentid studentnumber studentno studentcode pupilid
		pupilnumber teacherid memberid membernumber memberno membershipid membershipnumber customerid customernumber customerno
		clientid contactid patientid externalid externaluserid sourcedid legacyid identifier uuid guid userguid usercode
		benutzername benutzerkennung benutzerid personalnummer personalnr mitarbeiternummer mitarbeiterid schülernummer schülerid matrikelnummer
		identifiant matricule usuario matrícula matricola gebruikersnaam personeelsnummer leerlingnummer användarnamn brugernavn brukernavn`},
	{target{field: user.Name, strength: strong}, "fullname displayname"},
	{target{field: user.Name, strength: alias}, `nameandsurname completename personname employeename employeefullname studentname studentfullname membername
		customername contactname staffname workername userfullname preferredfullname nickname screenname
		anzeigename vollständigername nomcomplet nombrecompleto nomecompleto volledigenaam`},
	{target{field: user.Name, part: user.First, strength: alias}, `firstname first givenname givennames forename forenames fname preferredfirstname
		legalfirstname userfirstname firstnames vorname vornamen rufname prénom prenom nombres voornaam förnamn fornavn imię`},
	{target{field: user.Name, part: user.Last, strength: alias}, `lastname last surname surnames familyname lname legallastname userlastname sn
		nachname familienname zuname nomdefamille apellido apellidos cognome sobrenome achternaam efternamn efternavn etternavn nazwisko`},
	{target{field: user.Avatar, strength: alias}, `avatarurl avatarlink avatarimage photo photourl photolink photograph picture pictureurl image imageurl
		imagelink profilepicture profilepictureurl profilepic profilephoto profilephotourl profileimage profileimageurl userphoto headshot headshoturl icon iconurl`},
	{target{field: user.Link, strength: alias}, `profileurl profilelink profilepage profile website websiteurl web homepage url webpage personalpage linkurl`},
	{target{field: user.Role, strength: alias}, `userrole roleid rolename roleslug accountrole chatrole rolle rôle ruolo rol papel`},
	{target{field: user.Tags, strength: alias}, `tag taglist usertags label labels group groups groupnames keywords
		gruppe gruppen groupe groupes grupo grupos gruppo gruppi`},
	{target{field: user.StatusMessage, strength: alias}, `statustext statusline bio biography about aboutme headline tagline mood`},
	{target{field: user.State, strength: alias}, `status active isactive enabled isenabled accountstatus accountstate accountenabled accountactive userstatus userstate
		activestatus activationstatus employmentstatus employeestatus workerstatus enrollmentstatus enrolmentstatus studentstatus membershipstatus
		memberstatus customerstatus aktiv actif activo attivo ativo actief`},
	{target{field: user.Metadata, strength: alias}, "meta customdata customattributes customfields extra extradata attributes"},
	{target{field: user.CreatedAt, strength: alias, readOnly: true}, `created createdon datecreated creationdate createddate createdtime creationtime timecreated createdtimestamp
		accountcreatedat accountcreatedon signupdate signupat signedupat signedupon registeredat registeredon registrationdate dateregistered userregistered`},
	{target{field: user.LastActiveAt, strength: alias, readOnly: true}, `lastactive lastactivedate lastactivity lastactivityat lastactivitydate lastseen lastseenat lastseendate
		lastlogin lastloginat lastlogindate lastsignin lastsigninat lastsignindate lastsignedinat`},
	{target{field: user.CreatedAt, strength: canonical, readOnly: true}, "createdat"},
	{target{field: user.LastActiveAt, strength: canonical, readOnly: true}, "lastactiveat"},
	{target{strength: canonical, readOnly: true}, "updatedat deactivatedat conversationid hasblockedme blockedbyme blockedat authtoken"},
}

var targets = func() map[string]target {
	m := map[string]target{}
	for _, a := range aliases {
		for _, name := range strings.Fields(a.names) {
			m[name] = a.target
		}
	}
	for _, f := range user.AllFields() {
		if f == user.CreatedAt || f == user.LastActiveAt {
			continue
		}
		m[fold(f.String())] = target{field: f, strength: canonical}
	}
	return m
}()

// reportColumns are those that rejects.csv puts behind a row's own, with the one
// that takes the cells of a row that has too many: they hold no field, whatever
// anybody says.
var reportColumns = map[string]bool{"_file": true, "_row": true, "_column": true, "_code": true, "_message": true, "_extra": true}

// fold is a header without what does not distinguish it: case, spaces,
// hyphens and underscores.
func fold(header string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case ' ', '_', '-':
			return -1
		}
		return c
	}, strings.ToLower(user.Text(header)))
}

// meaning is what a header means by itself; false is nothing that is known.
func meaning(header string) (target, bool) {
	if path, ok := keyPath(header); ok {
		return target{field: user.Metadata, path: path, strength: canonical}, true
	}
	t, ok := targets[fold(header)]
	if !ok {
		if b := bare(header); b != header {
			t, ok = targets[fold(b)]
			t.remarked = true
		}
	}
	return t, ok
}

// usualName is the field that a name means by itself, if it can be set; "" if it
// means none.
func usualName(name string) string {
	if t, ok := meaning(name); ok && !t.readOnly {
		return t.field.String()
	}
	return ""
}

// keyPath reads metadata.KEY: the key as the header spells it, taken apart at
// its dots.
func keyPath(header string) ([]string, bool) {
	prefix, key, ok := strings.Cut(user.Text(header), ".")
	if !ok || fold(prefix) != "metadata" {
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
func parseTarget(s string) (target, bool) {
	if s == "" || s == "-" {
		return target{strength: mapped}, true
	}
	t, ok := meaning(s)
	part := t.field == user.Name && t.part != user.Whole
	if !ok || t.remarked || t.strength != canonical && !part || t.field == user.NoField {
		return target{}, false
	}
	t.strength = mapped
	return t, true
}
