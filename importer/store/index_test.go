package store

import (
	"math/rand/v2"
	"testing"

	"cometsync/internal/user"
)

func TestIndexGrows(t *testing.T) {
	// Past several sizes of the table, and several blocks.
	x := NewIndex()
	r := rand.New(rand.NewPCG(13, 14))
	hashes := make([]uint64, 5*blockSize)
	for i := range hashes {
		hashes[i] = r.Uint64()
		if i%100 == 0 {
			hashes[i] >>= 40 // these crowd together
		}
		p := x.Probe(hashes[i])
		for {
			if _, ok := x.Next(&p); !ok {
				break
			}
		}
		if n := x.Add(p, Entry{Hash: hashes[i], Row: uint32(i)}); n != i {
			t.Fatalf("entry %d is %d", i, n)
		}
	}
	for i, h := range hashes {
		p := x.Probe(h)
		for {
			j, ok := x.Next(&p)
			if !ok {
				t.Fatalf("entry %d is lost", i)
			}
			if j == i && x.At(j).Row == uint32(i) {
				break
			}
		}
	}
}

func TestMasksRunOut(t *testing.T) {
	x := NewIndex()
	for i := range 1 << 17 {
		m := Masks{Said: user.Mask(i/2) << 1, Cleared: user.Mask(i%2) << 1}
		got := x.Masks[x.Mask(m)]
		if got != m && got.Said != user.Unprintable {
			t.Fatalf("masks %b are %b", m, got)
		}
	}
	if len(x.Masks) != 1<<16 || x.Mask(Masks{Said: 2}) == 0 {
		t.Errorf("%d masks", len(x.Masks))
	}
}
