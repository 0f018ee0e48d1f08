package formats

import "testing"

func TestCheck(t *testing.T) {
	plan, past := Plan, LastGoodRun
	for _, c := range []struct {
		of         Format
		schema, by string
		want       string
	}{
		{plan, "cometsync.plan/v1", "", ""},
		{past, "cometsync.last-good-run/v2", "", ""},
		{past, "cometsync.last-good-run/v1", "", ""},
		{plan, "", "", "it does not say which format it has, and this version reads cometsync.plan/v1"},
		{plan, "nonsense", "1.0", `its format is "nonsense", and this version reads cometsync.plan/v1`},
		{plan, "cometsync.report/v1", "", `its format is "cometsync.report/v1", and this version reads cometsync.plan/v1`},
		{plan, "cometsync.plan/v01", "", `its format is "cometsync.plan/v01", and this version reads cometsync.plan/v1`},
		{plan, "cometsync.plan/v-1", "", `its format is "cometsync.plan/v-1", and this version reads cometsync.plan/v1`},
		{plan, "cometsync.plan/v1.5", "", `its format is "cometsync.plan/v1.5", and this version reads cometsync.plan/v1`},
		{plan, "cometsync.plan/v2", "",
			"its format is cometsync.plan/v2, which a newer version wrote, and this version reads cometsync.plan/v1"},
		{plan, "cometsync.plan/v2", "2.1.0\x1b",
			"its format is cometsync.plan/v2, which a newer version (2.1.0) wrote, and this version reads cometsync.plan/v1"},
		{past, "cometsync.last-good-run/v0", "0.1", "its format is cometsync.last-good-run/v0, which an older version (0.1) " +
			"wrote, and this version reads cometsync.last-good-run/v2 and cometsync.last-good-run/v1"},
	} {
		got := ""
		if err := c.of.Check(c.schema, c.by); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.of, c.schema, got, c.want)
		}
	}
}

func TestFormatsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		if f.Name == "" || f.What == "" || f.Number < 1 || f.Oldest > f.Number || seen[f.Name] {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
}
