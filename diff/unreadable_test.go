package diff

import (
	"math/rand/v2"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/importer/store"
	"cometsync/internal/user"
)

// closedBook is rejects of which some can't be read any more.
func closedBook(t *testing.T, rejects []user.Reject) user.Rejects {
	b, err := store.Rejects{}, error(nil)
	at := make([]int64, len(rejects))
	for i := range rejects {
		rejects[i].Cells = []string{strings.Repeat("x", 2<<20)}
		if at[i], err = b.Add(&rejects[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return b.List(at)
}

// TestRejectsThatCannotBeRead: without them, nobody knows whom they hold.
func TestRejectsThatCannotBeRead(t *testing.T) {
	r := difftest.NewRoster(user.Rules{}, "uid|name|link", "anna|Anna|", "ben|Ben|nowhere", "carl|Carl|nowhere")
	r.In.Rejects = closedBook(t, r.In.Rejects.Slice())
	p, err := Compute(r, fakeRemote(difftest.Listing(difftest.RemoteHeader), rand.New(rand.NewPCG(1, 2))), Policy{})
	if p != nil || err == nil || !strings.Contains(err.Error(), "rejected rows") {
		t.Errorf("%+v, %v", p, err)
	}
}
