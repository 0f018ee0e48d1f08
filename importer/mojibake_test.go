package importer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cometsync/importer/columns"
	"cometsync/internal/user"
)

func TestTextThatWasDecodedTwice(t *testing.T) {
	text := "uid,name,metadata.@private.note,Office\na,MÃ¼ller,gÃ¼n,OÃ¼\nb,Weiß,,\nc,JosÃ©,,\n"
	r := csvText(t, Options{}, text)
	for _, n := range r.Intake().Notices {
		if n.Code == "decoded-twice" && (n.Count != 3 || !strings.Contains(n.Message, `such as "MÃ¼ller", which is "Müller" (`) ||
			!strings.HasSuffix(n.Message, ":2); --fix-mojibake repairs it, and --keep-mojibake says that it is right as it is")) {
			t.Errorf("%+v", n)
		}
	}
	expect(t, r, `3 b name="Weiß"`, `reject 2 uid="a" name decoded-twice "MÃ¼ller"`,
		`reject 2 uid="a" metadata.@private.note decoded-twice "gÃ¼n"`, `reject 4 uid="c" name decoded-twice "JosÃ©"`,
		"notice ignored-column 1", "notice decoded-twice 3")
	if d := r.Intake().Rejects.At(0).Defects; len(d) != 2 ||
		d[0].Message != `was decoded twice on its way and was "Müller"; export it as UTF-8, let --fix-mojibake repair it, or say with `+
			`--keep-mojibake that it is right as it is` ||
		!d[1].Private || strings.Contains(d[1].Message, "gün") {
		t.Errorf("%+v", d)
	}
	kept := csvText(t, Options{Settings: columns.Settings{KeepMojibake: true}}, text)
	expect(t, kept, `2 a name="MÃ¼ller" @private.note="gÃ¼n"`, `3 b name="Weiß"`, `4 c name="JosÃ©"`, "notice ignored-column 1",
		"notice decoded-twice 3")
	if err := (&columns.Settings{FixMojibake: true, KeepMojibake: true}).Check(); err == nil {
		t.Error("mended and kept")
	}
	// Its uid is nobody's, and holds whom it may mean.
	uids := csvText(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "uid,name\nMÃ¼ller,A\n").Intake().Rejects.Slice()
	if len(uids) != 1 || uids[0].UID != "" || !slices.Contains(uids[0].Claims, user.Claim{Because: user.SameSlug, Value: "muller"}) {
		t.Errorf("%+v", uids)
	}
	r = csvText(t, Options{Settings: columns.Settings{FixMojibake: true}}, text)
	expect(t, r, `2 a name="Müller" @private.note="gün"`, `3 b name="Weiß"`, `4 c name="José"`, "notice ignored-column 1",
		"notice decoded-twice 3", "notice repaired 3")
	// Nobody else's to see.
	for _, n := range csvText(t, Options{}, "uid,metadata.@private.note\na,gÃ¼n\n").Intake().Notices {
		if strings.Contains(n.Message, "gÃ¼n") || strings.Contains(n.Message, "gün") {
			t.Error(n.Message)
		}
	}
	expect(t, csvText(t, Options{Settings: columns.Settings{FixMojibake: true}, Rules: user.Rules{Rewrite: user.RewriteSlug}},
		"uid\nMüller\nMÃ¼ller\n"),
		"2 muller", "notice decoded-twice 1", "notice duplicate-rows 1", "notice repaired 1", "notice uid-rewritten 2")
	l, err := Look(context.Background(), []string{write(t, "a.csv", text)}, Options{Settings: columns.Settings{FixMojibake: true}},
		func(src user.Source, _ string) bool { return src.Row == 2 })
	if err != nil || l.Rows[0].Cells[1].Value != "Müller" || l.Rows[0].Cells[1].Text != "MÃ¼ller" || len(l.Rows[0].Cells[1].Repairs) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}

// What another program put in place of a character that it could not read is
// written to no app, and nothing can correct it.
func TestTextThatLostCharacters(t *testing.T) {
	text := "uid,name,metadata.@private.note,Office\na,M\uFFFDller,,\nb,Weiß,,B\uFFFDro\nc,Carl,g\uFFFDn,\nd\uFFFD,Dora,,\n"
	for _, s := range []columns.Settings{{}, {FixMojibake: true}} {
		r := csvText(t, Options{Settings: s}, text)
		expect(t, r, `3 b name="Weiß"`, "reject 2 uid=\"a\" name decoded-twice \"M\uFFFDller\"",
			"reject 4 uid=\"c\" metadata.@private.note decoded-twice \"g\uFFFDn\"",
			"reject 5 uid=\"\" uid decoded-twice \"d\uFFFD\"", "notice ignored-column 1")
	}
	kept := csvText(t, Options{Settings: columns.Settings{KeepMojibake: true}}, text)
	expect(t, kept, "2 a name=\"M\uFFFDller\"", `3 b name="Weiß"`, "4 c name=\"Carl\" @private.note=\"g\uFFFDn\"",
		"reject 5 uid=\"\" uid uid-invalid \"d\uFFFD\"", "notice ignored-column 1")
}
