package importer

import (
	"cometsync/internal/user"
	"math/rand/v2"
	"testing"
)

func TestIndexGrows(t *testing.T) {
	// Past several sizes of the table, and several blocks.
	x := newIndex()
	r := rand.New(rand.NewPCG(13, 14))
	hashes := make([]uint64, 5*blockSize)
	for i := range hashes {
		hashes[i] = r.Uint64()
		if i%100 == 0 {
			hashes[i] >>= 40 // these crowd together
		}
		p := x.probe(hashes[i])
		for {
			if _, ok := x.next(&p); !ok {
				break
			}
		}
		if n := x.add(p, entry{hash: hashes[i], row: uint32(i)}); n != i {
			t.Fatalf("entry %d is %d", i, n)
		}
	}
	for i, h := range hashes {
		p := x.probe(h)
		for {
			j, ok := x.next(&p)
			if !ok {
				t.Fatalf("entry %d is lost", i)
			}
			if j == i && x.at(j).row == uint32(i) {
				break
			}
		}
	}
}

func TestMasksRunOut(t *testing.T) {
	x := newIndex()
	for i := range 1 << 17 {
		m := masks{said: user.Mask(i/2) << 1, cleared: user.Mask(i%2) << 1}
		got := x.masks[x.mask(m)]
		if got != m && got.said != user.Unprintable {
			t.Fatalf("masks %b are %b", m, got)
		}
	}
	if len(x.masks) != 1<<16 || x.mask(masks{said: 2}) == 0 {
		t.Errorf("%d masks", len(x.masks))
	}
}
