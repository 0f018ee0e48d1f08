package columns

import (
	"strings"
	"testing"

	"cometsync/importer/delimited"
	"cometsync/internal/user"
)

func TestAliasesAreFoldedAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range aliases {
		for _, name := range strings.Fields(a.names) {
			if Fold(name) != name || seen[name] {
				t.Errorf("%q is not folded, or stands twice", name)
			}
			seen[name] = true
		}
	}
	for name := range targets {
		if strings.Contains(name, "mail") {
			t.Errorf("%q: an address is not a field", name)
		}
	}
}

func FuzzHeader(f *testing.F) {
	f.Add("uid,name,tags", "Office", "metadata.office")
	f.Add("User ID,uid,metadata.a,metadata.a.b", "uid", "-")
	f.Add("first,last,name,'=x, ,", "", "firstName")
	f.Fuzz(func(t *testing.T, line, key, field string) {
		m, err := (&Settings{Map: map[string]string{key: field}}).Mapping(false)
		if err != nil {
			return
		}
		scan := delimited.Scanner{Comma: ','}
		scan.Next(line, 0)
		h, err := m.Resolve(scan.Cells, 0, user.NewLayout(), func(c int) bool { return c%2 == 0 })
		if err != nil {
			return
		}
		if len(h.Columns) != len(h.Names) || h.Columns[h.UID].Field != user.UID {
			t.Fatalf("%q: %+v", line, h)
		}
		slots := map[string]bool{}
		for _, c := range h.Columns {
			slot := c.Slot.Name()
			if c.Field != user.NoField && slots[slot] {
				t.Fatalf("%q: two columns are %s", line, slot)
			}
			slots[slot] = true
		}
	})
}

func TestAliasesOfOtherLanguages(t *testing.T) {
	for header, want := range map[string]string{
		"Rolle": "role", "Rôle": "role", "ruolo": "role", "ROL": "role", "Papel": "role",
		"Aktiv": "state", "actif": "state", "Activo": "state", "attivo": "state", "Ativo": "state", "actief": "state",
		"Gruppe": "tags", "Gruppen": "tags", "groupe": "tags", "Groupes": "tags", "grupo": "tags", "Grupos": "tags", "gruppo": "tags",
		"Gruppi":   "tags",
		"Funktion": "", "inaktiv": "", "E-Mail": "",
	} {
		got := ""
		if m, ok := meaning(header); ok {
			got = m.Slot.Name()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
}
