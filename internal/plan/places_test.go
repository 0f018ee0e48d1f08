package plan

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func placesOf(p *Places) (out []string) {
	for at := range p.All() {
		out = append(out, at.UID+" "+at.Name+" "+at.Place.String())
	}
	return out
}

func TestPlaces(t *testing.T) {
	// Uids that share their first bytes, are beginnings of each other, or are
	// as long as they may be.
	uids := []string{"a", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaab", "aaaaaaa", "b", strings.Repeat("x", 100), strings.Repeat("x", 99) + "y",
		"zoe-\x7f"}
	for i := range 3000 { // more than are sorted in one piece
		uids = append(uids, fmt.Sprintf("employee-%d", i))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		rng.Shuffle(len(uids), func(i, j int) { uids[i], uids[j] = uids[j], uids[i] })
		var p, q Places
		var want []string
		for i, uid := range uids {
			place := PlaceUnchanged + Place(i%int(PlaceUntouched))
			to := &p
			if i%3 == 0 {
				to = &q
			}
			to.Add(uid, strings.Repeat("é", i%200), place)
			want = append(want, uid+" "+strings.Repeat("é", i%200)+" "+place.String())
		}
		before := placesOf(&q)
		p.Append(&q)
		p.Append(&Places{})
		p.Sort()
		slices.SortFunc(want, func(a, b string) int {
			a, _, _ = strings.Cut(a, " ")
			b, _, _ = strings.Cut(b, " ")
			return strings.Compare(a, b)
		})
		if len(p.entries) != len(want) {
			t.Fatalf("%d places, want %d", len(p.entries), len(want))
		}
		for i, got := range placesOf(&p) {
			if got != want[i] {
				t.Fatalf("place %d is %q, want %q", i, got, want[i])
			}
		}
		if !slices.Equal(placesOf(&q), before) {
			t.Fatal("those that were added have changed themselves")
		}
	}
	for range (&Places{}).All() {
		t.Error("no places hold one")
	}
	var none *Places
	for range none.All() {
		t.Error("nil holds one")
	}
}

func TestPlacesStop(t *testing.T) {
	var p Places
	p.Add("a", "", PlaceHeld)
	p.Add("b", "", PlaceHeld)
	for uid := range p.All() {
		if uid.UID != "a" {
			t.Errorf("went on to %s", uid)
		}
		break
	}
}

// Sorting a million users costs half of their entries besides, in one piece.
func TestPlacesSortInOnePiece(t *testing.T) {
	var p Places
	for i := range 10_000 {
		p.Add(fmt.Sprintf("employee-%d", (i*7919)%10_000), "", PlaceKept)
	}
	if n := testing.AllocsPerRun(3, func() {
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(p.entries), func(i, j int) { p.entries[i], p.entries[j] = p.entries[j], p.entries[i] })
		p.Sort()
	}); n > 10 {
		t.Errorf("sorting makes %.0f pieces of memory", n)
	}
}

// Many, that goroutines sort beside each other: with uids that go on where the others end,
// that are alike for longer than a key, and of all bytes.
func TestPlacesSortMany(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	var p Places
	var want []string
	for i := range 100_000 {
		uid := "u-" + strconv.Itoa(i)
		switch i % 4 {
		case 0:
			uid = fmt.Sprintf("u-0000000000-%d", i)
		case 1:
			uid = "u-" + string(binary.BigEndian.AppendUint32(nil, rng.Uint32())) + strconv.Itoa(i)
		}
		p.Add(uid, "", PlaceKept)
		want = append(want, uid)
	}
	p.Sort()
	slices.Sort(want)
	for left := range p.All() {
		if left.UID != want[0] {
			t.Fatalf("%q is where %q belongs", left.UID, want[0])
		}
		want = want[1:]
	}
}

func BenchmarkPlacesSort(b *testing.B) {
	var made Places
	rng := rand.New(rand.NewPCG(9, 10))
	for range 1_000_000 {
		made.Add([]string{"", "emp-", "anna-li-", "us_", "maria-va-"}[rng.IntN(5)]+strconv.Itoa(1_000_000+rng.IntN(2_500_000)), "", PlaceKept)
	}
	for b.Loop() {
		b.StopTimer()
		p := Places{made.texts, slices.Clone(made.entries)}
		b.StartTimer()
		p.Sort()
	}
}
