package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"cometsync/internal/formats"
	"cometsync/internal/user"
)

// balanced is full, with the books of the remote in order.
// headOf is a plan's head as EncodeHead writes it.
func headOf(p *Plan, in *user.Intake) ([]byte, error) {
	var b bytes.Buffer
	err := EncodeHead(&b, p, in)
	return b.Bytes(), err
}

func balanced(t testing.TB) *Plan {
	t.Helper()
	p := full()
	p.CreatedAt = p.CreatedAt.UTC()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecodeOperationRefuses(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "{}", `{"op":"update"`, `{"op":"update"}{}`, `{"op":1}`, `{"op":"update","changes":[{"before":1,"after":2}]}`,
		`{"op":"update","source":{"row":"1"}}`, `{"op":"update","changes":[{"field":"name","after":nul}]}`,
	} {
		if o, err := DecodeOperation([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, o)
		}
	}
}

func TestAppendOperation(t *testing.T) {
	change := func(before, after string) Operation {
		return Operation{Verb: Update, UID: "u", Reason: Differs, Changes: []Change{{Field: user.Metadata, Before: before, After: after}}}
	}
	for _, c := range []struct {
		o    Operation
		want string
	}{
		{Operation{Verb: Deactivate, UID: "u"}, `{"op":"deactivate","uid":"u","name":"","changes":[],"source":null}`},
		{change("", "null"), `{"op":"update","uid":"u","name":"","reason":"fields differ","changes":[{"field":"metadata","before":null,"after":null}],"source":null}`},
		{change("{\n \"a\":\r1 }", `{ "a": 2}`),
			`{"op":"update","uid":"u","name":"","reason":"fields differ","changes":[{"field":"metadata","before":{"a":1},"after":{ "a": 2}}],"source":null}`},
		{change("", "[\r]"), `{"op":"update","uid":"u","name":"","reason":"fields differ","changes":[{"field":"metadata","before":null,"after":[]}],"source":null}`},
		{change("", "\"\xff\""),
			`{"op":"update","uid":"u","name":"","reason":"fields differ","changes":[{"field":"metadata","before":null,"after":"` +
				"\uFFFD" + `"}],"source":null}`},
		{Operation{Verb: Create, UID: "u", Name: "\xffA\n", Tags: []string{"\"", ""}, Source: user.Source{Row: 7}},
			`{"op":"create","uid":"u","name":"` + "\uFFFD" + `A\n","tags":["\"",""],"changes":[],"source":{"file":"","row":7}}`},
	} {
		got, err := AppendOperation([]byte("x"), &c.o)
		if err != nil || string(got) != "x"+c.want {
			t.Errorf("%s, %v\nwant\nx%s", got, err, c.want)
		}
	}
	for want, o := range map[string]Operation{
		"update u: metadata: its value is not JSON": change("{}", "{"),
		"its value is not JSON":                     change("1 2", ""),
		"the operation on u has no verb":            {UID: "u"},
		"update u: a change of no field":            {Verb: Update, UID: "u", Changes: []Change{{}}},
	} {
		got, err := AppendOperation([]byte("x"), &o)
		if err == nil || !strings.Contains(err.Error(), want) || string(got) != "x" {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	o, err := DecodeOperation([]byte(` { "new" : {"a":[1]}, "uid":"u", "op":"update", "changes" : [ { "x":1, "field":"name", "before" : null , "after" : "A" } ], "source" : {"row":3,"y":null} , "withheld":true} `))
	if want := (Operation{Verb: Update, UID: "u", Changes: []Change{{Field: user.Name, After: `"A"`}}, Source: user.Source{Row: 3},
		Withheld: true}); err != nil || !reflect.DeepEqual(o, want) {
		t.Errorf("%+v, %v, want %+v", o, err, want)
	}
}

// random fills a value of any of the nouns: every field, lists of up to three.
func random(rng *rand.Rand, v reflect.Value) {
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Unix(rng.Int64N(1<<33), rng.Int64N(1e9)).UTC()
		return
	case *user.Code:
		*x = user.UIDMissing + user.Code(rng.IntN(int(user.QuoteBroken)))
		return
	case *user.MatchReason:
		*x = user.SameUID + user.MatchReason(rng.IntN(int(user.SameCell)))
		return
	case *Verb:
		*x = Verbs()[rng.IntN(4)]
		return
	case *[]user.Claim: // is not saved
		return
	case *user.Rejects:
		var list []user.Reject
		random(rng, reflect.ValueOf(&list).Elem())
		*x = user.ListOf(list)
		return
	case *ConflictField:
		value := func() string { return pick(rng, "", `"A"`, "null", `{"a":[1,2.50,"<\""]}`, "\"\u2028\uFFFD\"") }
		*x = ConflictField{pick(rng, "name", "metadata.<b>", ""), value(), value(), value(), rng.IntN(2) == 0}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			random(rng, v.Field(i))
		}
	case reflect.Slice:
		if n := rng.IntN(4); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				random(rng, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString([]string{"", "a", "Zoë", "<b>&\u2028", "\"\\\n\r\t\x00", "😀", "\uFFFD"}[rng.IntN(7)])
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	default:
		v.SetInt(rng.Int64N(1 << 40))
	}
}

func TestHeadIsReadBack(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var p Plan
		v := reflect.ValueOf(&p).Elem()
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Operations" && name != "Places" && name != "Standing" {
				random(rng, v.Field(i))
			}
		}
		var in *user.Intake
		if rng.IntN(5) > 0 {
			in = &user.Intake{}
			random(rng, reflect.ValueOf(in).Elem())
		}
		b, err := headOf(&p, in)
		if err != nil || bytes.ContainsAny(b, "\r\n") || !json.Valid(b) {
			t.Fatalf("seed %d: %s, %v", seed, b, err)
		}
		gotPlan, gotIntake, err := DecodeHead(b)
		if err != nil || !reflect.DeepEqual(gotPlan, &p) || !reflect.DeepEqual(gotIntake, in) {
			t.Fatalf("seed %d: the head is\n%+v\n%+v, %v\nwant\n%+v\n%+v", seed, gotPlan, gotIntake, err, &p, in)
		}
	}
}

// Earlier versions withheld deactivations alone, and had the reason as a text.
func TestHeadOfEarlierVersion(t *testing.T) {
	p, _, err := DecodeHead([]byte(`{"schema":"` + formats.Plan.String() + `","withheld":"a row has no uid"}`))
	if err != nil || p.WhyWithheld(Deactivate) != "a row has no uid" || len(p.Tripped()) > 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestHeadersThatShareMemory(t *testing.T) {
	header := []string{"uid", "name"}
	want := &user.Intake{Rejects: user.ListOf([]user.Reject{{Header: header}, {Header: header[:1]}, {Header: header},
		{Header: header[1:]}})}
	b, err := headOf(&Plan{}, want)
	if err != nil {
		t.Fatal(err)
	}
	if _, in, err := DecodeHead(b); err != nil || !reflect.DeepEqual(in, want) {
		t.Errorf("%+v, %v, want %+v", in, err, want)
	}
}

func TestHeadOfBrokenBytes(t *testing.T) {
	b, err := headOf(&Plan{},
		&user.Intake{Rejects: user.ListOf([]user.Reject{{Header: []string{"\xff"}, Cells: []string{"M\xfcller", ""}}})})
	if err != nil {
		t.Fatal(err)
	}
	_, in, err := DecodeHead(b)
	if want := (user.Reject{Header: []string{"\uFFFD"}, Cells: []string{"M\uFFFDller", ""}}); err != nil ||
		!reflect.DeepEqual(in.Rejects.At(0), want) {
		t.Errorf("%+v, %v, want %+v", in.Rejects, err, want)
	}
}

func TestOperationsAreReadBack(t *testing.T) {
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		o := randomOperation(rng)
		b, err := AppendOperation(nil, &o)
		if err != nil || bytes.ContainsAny(b, "\r\n") || !json.Valid(b) {
			t.Fatalf("seed %d: %s, %v", seed, b, err)
		}
		if got, err := DecodeOperation(b); err != nil || !reflect.DeepEqual(got, o) {
			t.Fatalf("seed %d: %+v, %v, want %+v", seed, got, err, o)
		}
	}
}

func randomOperation(rng *rand.Rand) Operation {
	var o Operation
	for _, v := range []any{&o.UID, &o.Name, &o.Role, &o.Tags, &o.Source, &o.Withheld} {
		random(rng, reflect.ValueOf(v).Elem())
	}
	o.Verb, o.Reason = Verb(1+rng.IntN(4)), Reason(1+rng.IntN(int(Undone)))
	for range rng.IntN(4) {
		values := []string{"", `"a\"b"`, `"Zoë\n"`, `["x","y"]`, `{"a":{"b":[1,2.50,-1e9,true,null]}}`, "[]", "0", "1673421419",
			"\"<\u2028>\""}
		o.Changes = append(o.Changes, Change{
			Field:  user.Name + user.Field(rng.IntN(int(user.Metadata-user.Name))),
			Before: values[rng.IntN(len(values))],
			After:  values[rng.IntN(len(values))],
		})
	}
	return o
}

func FuzzDecodeOperation(f *testing.F) {
	p := full()
	for i := range p.Operations {
		b, err := AppendOperation(nil, &p.Operations[i])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"op":"update","uid":"\ud800","changes":[{"field":"name","before":` + strings.Repeat("[", 200) +
		strings.Repeat("]", 200) + `,"after":0}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		o, err := DecodeOperation(text)
		if err != nil {
			return
		}
		// What can be read can be written, and then stays as it is.
		b, err := AppendOperation(nil, &o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if !json.Valid(b) || bytes.ContainsAny(b, "\n\r") {
			t.Fatalf("written as %q", b)
		}
		again, err := DecodeOperation(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if c, err := AppendOperation(nil, &again); err != nil || !bytes.Equal(b, c) {
			t.Fatalf("written as %s, then as %s, %v", b, c, err)
		}
	})
}

func FuzzDecodeHead(f *testing.F) {
	for _, in := range []*user.Intake{nil, intake()} {
		b, err := headOf(full(), in)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(fmt.Sprintf(`{"schema":%q,"withholdings":[{}]}`, formats.Plan)))
	f.Add([]byte(fmt.Sprintf(`{"schema":%q,"headers":[null,[]],"planRejects":[{"header":1},{"header":2}]}`, formats.Plan)))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, in, err := DecodeHead(text)
		if err != nil {
			return
		}
		b, err := headOf(p, in)
		if err != nil {
			t.Fatal(err)
		}
		p.CreatedAt = p.CreatedAt.UTC()
		p2, in2, err := DecodeHead(b)
		if err != nil || !reflect.DeepEqual(p2, p) || !reflect.DeepEqual(in2, in) {
			t.Fatalf("read back as %+v %+v, %v; was %+v %+v", p2, in2, err, p, in)
		}
	})
}

func benchmarked() Operation {
	return Operation{Verb: Update, UID: "anna-k-100234", Name: "Anna Karenina", Role: "staff", Tags: []string{"hr", "berlin"},
		Reason: Differs, Source: user.Source{File: "staff.csv", Row: 100234}, Changes: []Change{
			{Field: user.Name, Before: `"Anna K"`, After: `"Anna Karenina"`},
			{Field: user.Metadata, Before: `{"department":"People","team":"A"}`,
				After: `{"@private":{"grade":"7"},"department":"People & Culture","team":"B"}`},
		}}
}

func BenchmarkAppendOperation(b *testing.B) {
	o := benchmarked()
	var buf []byte
	for b.Loop() {
		var err error
		if buf, err = AppendOperation(buf[:0], &o); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeOperation(b *testing.B) {
	o := benchmarked()
	buf, err := AppendOperation(nil, &o)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeOperation(buf); err != nil {
			b.Fatal(err)
		}
	}
}
