package input

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
)

// hashing passes bytes on and hashes them meanwhile, in a goroutine of its
// own: without hardware for it, that is as much work as taking the rows apart.
type hashing struct {
	in   io.Reader
	hash hash.Hash
	full chan []byte
	free chan []byte
	done chan struct{}

	stopped bool
}

const hashBuffer = 256 << 10

func newHashing(in io.Reader) *hashing {
	h := &hashing{in: in, hash: sha256.New(), full: make(chan []byte, 4), free: make(chan []byte, 4), done: make(chan struct{})}
	go func() {
		defer close(h.done)
		for b := range h.full {
			h.hash.Write(b)
			select {
			case h.free <- b:
			default:
			}
		}
	}()
	return h
}

func (h *hashing) Read(p []byte) (int, error) {
	if len(p) > hashBuffer {
		p = p[:hashBuffer]
	}
	n, err := h.in.Read(p)
	if n > 0 {
		var b []byte
		select {
		case b = <-h.free:
		default:
			b = make([]byte, 0, hashBuffer)
		}
		h.full <- append(b[:0], p[:n]...)
	}
	return n, err
}

// stop ends the goroutine; it may be called twice.
func (h *hashing) stop() {
	if !h.stopped {
		h.stopped = true
		close(h.full)
	}
	<-h.done
}

// sum is the hash of all that was read, in hexadecimal.
func (h *hashing) sum() string {
	h.stop()
	return hex.EncodeToString(h.hash.Sum(nil))
}
