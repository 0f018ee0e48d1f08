package importer

import (
	"context"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

// Nothing that is made of a source shows what no field takes of such a column.
func TestSecretsAreShownNowhere(t *testing.T) {
	path := write(t, "a.csv", "uid,name,password,link\nanna,Anna,S3cret,\nben,Ben,hunter2,nowhere\ncarl,Carl,x7x7,,extra\n")
	r := mustRead(t, Options{}, path)
	rejects := r.Intake().Rejects.Slice()
	if len(rejects) != 2 || strings.Join(rejects[0].Cells, ",") != "ben,Ben,,nowhere" {
		t.Errorf("%+v", rejects)
	}
	if strings.Join(rejects[1].Cells, ",") != "carl,Carl,x7x7,,extra" {
		t.Errorf("who mends a row that has shifted needs its cells: %+v", rejects[1])
	}
	for ref := range r.Len() {
		if row, err := r.Load(ref); err == nil && strings.Contains(strings.Join(row.Cells, ","), "S3cret") {
			t.Error(row)
		}
	}
	l, err := Look(context.Background(), []string{path}, Options{}, func(src user.Source, _ string) bool { return src.Row == 2 })
	if err != nil || l.Rows[0].Cells[2].Text != "" || !l.Rows[0].Cells[2].Private {
		t.Errorf("%+v, %v", l, err)
	}
	// What somebody maps is a field like any other.
	mapped := Options{Settings: columns.Settings{Map: map[string]string{"password": "metadata.@private.p"}}}
	if row, err := mustRead(t, mapped, path).Load(0); err != nil || row.Cells[2] != "S3cret" {
		t.Errorf("%+v, %v", row, err)
	}
}
