package user

import (
	"iter"
	"sync/atomic"
)

// Rejects is a list of rejects. There may be a million, so that they lie in a
// store, and each is in memory while somebody looks at it; those of a saved plan
// are few, and lie in memory. Any number of goroutines may read a list.
type Rejects struct {
	few    []Reject
	store  RejectStore
	at     []int64 // in the store
	failed *atomic.Pointer[error]
}

// RejectStore is where rejects lie that are too many for memory.
type RejectStore interface {
	// Reader gives the reject that lies at a place, until it is asked for another
	// one; many means that those which follow each other are to be quick.
	Reader(many bool) func(at int64) (*Reject, error)
}

// RejectsIn is a list of rejects that lie in a store, in that order.
func RejectsIn(store RejectStore, at []int64) Rejects {
	return Rejects{store: store, at: at, failed: new(atomic.Pointer[error])}
}

// ListOf is a list of rejects that are in memory, in their order.
func ListOf(rejects []Reject) Rejects { return Rejects{few: rejects} }

// Slice is all of them in memory, for lists that are known to be short.
func (l Rejects) Slice() []Reject {
	if l.store == nil {
		return l.few
	}
	all := make([]Reject, l.Len())
	for i := range all {
		all[i] = l.At(i)
	}
	return all
}

// Len is how many there are.
func (l Rejects) Len() int { return len(l.few) + len(l.at) }

// At is the i-th. If the store can't be read it says nothing; see Err.
func (l Rejects) At(i int) Reject {
	if l.store == nil {
		return l.few[i]
	}
	return *l.get(l.store.Reader(false), i)
}

// Find is the first of them that is such a one; nil if none is.
func (l Rejects) Find(such func(x Reject) bool) *Reject {
	for i, x := range l.All() {
		if such(*x) {
			own := l.At(i)
			return &own
		}
	}
	return nil
}

// All is each of them with its number; it may not be kept, nor what it has in
// slices: the next takes its place.
func (l Rejects) All() iter.Seq2[int, *Reject] {
	return func(yield func(int, *Reject) bool) {
		read := l.Reader()
		for i := range l.Len() {
			if !yield(i, read(i)) {
				return
			}
		}
	}
}

// Reader gives the i-th until it is asked for another one; it is quick with those
// that follow each other. It belongs to one goroutine.
func (l Rejects) Reader() func(i int) *Reject {
	if l.store == nil {
		return func(i int) *Reject { return &l.few[i] }
	}
	read := l.store.Reader(true)
	return func(i int) *Reject { return l.get(read, i) }
}

func (l Rejects) get(read func(at int64) (*Reject, error), i int) *Reject {
	x, err := read(l.at[i])
	if err != nil {
		l.failed.CompareAndSwap(nil, &err)
		return &Reject{}
	}
	return x
}

// Err is why some of them could not be read; nil if all could that were asked for.
func (l Rejects) Err() error {
	if l.store == nil {
		return nil
	}
	if err := l.failed.Load(); err != nil {
		return *err
	}
	return nil
}
