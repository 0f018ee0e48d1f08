package workbook

import (
	"io"
	"os"
)

// ahead unpacks in a goroutine of its own, while what it has unpacked is
// taken apart. It begins so only behind the first blocks: most parts are
// small, and of a sheet that is not the one, a few rows are read.
type ahead struct {
	in     io.Reader
	direct int // blocks read without the goroutine

	full  chan block
	free  chan []byte
	quit  chan struct{} // closed by stop, and never changed: the goroutine may be about to look at it
	now   []byte        // what is left of the block being read
	whole []byte        // that block
	err   error

	stopped bool
}

// block is what one turn has unpacked, and why there is no more.
type block struct {
	data []byte
	err  error
}

const (
	blockSize    = 128 << 10
	blocksAhead  = 4
	directBlocks = 16
)

func (a *ahead) Read(p []byte) (int, error) {
	if a.full == nil {
		if a.direct < directBlocks {
			a.direct++
			return a.in.Read(p)
		}
		a.start()
	}
	for len(a.now) == 0 {
		if a.whole != nil {
			a.free <- a.whole
			a.whole = nil
		}
		if a.err != nil {
			return 0, a.err
		}
		b, ok := <-a.full
		if !ok {
			b.err = os.ErrClosed // it was stopped
		}
		a.now, a.err = b.data, b.err
		a.whole = b.data[:cap(b.data)]
	}
	n := copy(p, a.now)
	a.now = a.now[n:]
	return n, nil
}

func (a *ahead) start() {
	a.full, a.free = make(chan block, blocksAhead), make(chan []byte, blocksAhead+1)
	a.quit = make(chan struct{})
	for range blocksAhead {
		a.free <- make([]byte, blockSize)
	}
	go func() {
		defer close(a.full)
		for {
			var b []byte
			select {
			case b = <-a.free:
			case <-a.quit:
				return
			}
			n, err := 0, error(nil)
			for n < len(b) && err == nil {
				var got int
				got, err = a.in.Read(b[n:])
				n += got
			}
			select {
			case a.full <- block{b[:n], err}:
			case <-a.quit:
				return
			}
			if err != nil {
				return
			}
		}
	}()
}

// stop ends the goroutine and waits for it: the part is closed behind. It may
// be called twice.
func (a *ahead) stop() {
	if a.full == nil {
		return
	}
	if !a.stopped {
		a.stopped = true
		close(a.quit)
	}
	for range a.full {
	}
}
