package workbook

import (
	"io"
	"os"
)

// ahead unpacks in a goroutine of its own, while what it has unpacked is
// taken apart. It begins so only after the first reads: most parts are
// small, and of a sheet that is not the one, a few rows are read.
type ahead struct {
	in     io.Reader
	direct int // reads without the goroutine

	blocks chan []byte   // nil until it has begun
	quit   chan struct{} // closed by stop
	now    []byte        // what is left of the block being read
	err    error         // why there are no more blocks; known once they are closed
}

const (
	blockSize   = 128 << 10
	blocksAhead = 3
	directReads = 16
)

func (a *ahead) Read(p []byte) (int, error) {
	if a.blocks == nil {
		if a.direct < directReads {
			a.direct++
			return a.in.Read(p)
		}
		a.blocks, a.quit = make(chan []byte, blocksAhead), make(chan struct{})
		go a.unpack()
	}
	for len(a.now) == 0 {
		var more bool
		if a.now, more = <-a.blocks; !more {
			return 0, a.err
		}
	}
	n := copy(p, a.now)
	a.now = a.now[n:]
	return n, nil
}

func (a *ahead) unpack() {
	defer close(a.blocks)
	// One block is with the reader, one is being filled, the others are in between.
	var ring [blocksAhead + 2][blockSize]byte
	for turn := 0; a.err == nil; turn++ {
		b, n := ring[turn%len(ring)][:], 0
		for n < len(b) && a.err == nil {
			var got int
			got, a.err = a.in.Read(b[n:])
			n += got
		}
		select {
		case a.blocks <- b[:n]:
		case <-a.quit:
			a.err = os.ErrClosed
		}
	}
}

// stop ends the goroutine and waits for it: the part is closed behind. It may
// be called twice.
func (a *ahead) stop() {
	if a.blocks == nil {
		return
	}
	select {
	case <-a.quit:
	default:
		close(a.quit)
	}
	for range a.blocks {
	}
}
