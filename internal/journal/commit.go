package journal

import (
	"fmt"
	"os"
	"time"
)

// file is what a journal needs of its file.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Close() error
}

// group is records that share a flush.
type group struct {
	lines  []byte
	wanted bool          // somebody waits for it
	done   chan struct{} // closed when it is flushed, or has failed
	err    error         // to be read after that
}

// take adds a record, whose closing brace is left off, to the group that
// gathers. j.mu is held.
func (j *Journal) take(text []byte) *group {
	if j.group == nil {
		j.group = &group{lines: j.spare[:0], done: make(chan struct{})}
		j.spare = nil
	}
	j.group.lines = j.chain.append(j.group.lines, text)
	return j.group
}

// queue takes a record that is to be flushed without delay.
func (j *Journal) queue(text []byte) *group {
	g := j.take(text)
	j.flush()
	return g
}

// later takes a record that nobody waits for: it shares the flush of the next
// that somebody does wait for, or goes by itself when none comes soon. A flush
// of its own for every answer would take more of a slow run's time than all else.
func (j *Journal) later(text []byte) {
	j.take(text)
	if j.due {
		return
	}
	j.due = true
	time.AfterFunc(flushWithin, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.due = false
		j.flush()
	})
}

// flushWithin is how long an answer's record waits for company.
const flushWithin = 50 * time.Millisecond

// flush has the committer see to what has gathered. j.mu is held.
func (j *Journal) flush() {
	if j.group == nil || j.err != nil {
		return
	}
	j.group.wanted = true
	if j.committing {
		return
	}
	j.committing = true
	go j.commit()
}

// usable reports whether a record can be taken. j.mu is held.
func (j *Journal) usable() error {
	if j.err == nil && j.closed {
		return wrap(fmt.Errorf("%s: %w", j.path, os.ErrClosed))
	}
	return j.err
}

// wait returns once a group is flushed. j.mu is held, but not meanwhile.
func (j *Journal) wait(g *group) error {
	j.mu.Unlock()
	<-g.done
	j.mu.Lock()
	return g.err
}

// commit writes and flushes what has gathered, as often as somebody wants it.
// What comes while a flush is under way shares the next one, so that the number
// of flushes follows the disk and not the number of operations. There is one at
// a time; none is left behind by a journal that nobody writes to.
func (j *Journal) commit() {
	j.mu.Lock()
	for j.group != nil && j.group.wanted && j.err == nil {
		g := j.group
		j.group = nil
		j.mu.Unlock()
		_, err := j.file.Write(g.lines)
		if err == nil {
			err = j.file.Sync()
		}
		j.mu.Lock()
		// What the disk holds after a failure, nobody knows: a flush that failed
		// once may succeed the next time without having written anything.
		j.err = wrap(err)
		j.spare, g.err = g.lines, j.err
		close(g.done)
	}
	if g := j.group; g != nil && j.err != nil {
		j.group, g.err = nil, j.err
		close(g.done)
	}
	j.committing = false
	j.rested.Broadcast()
	j.mu.Unlock()
}

// close waits for what is under way and closes the file. j.mu is held.
func (j *Journal) close() error {
	j.flush()
	for j.committing {
		j.rested.Wait()
	}
	if j.closed {
		return j.usable()
	}
	j.closed = true
	if err := j.file.Close(); j.err == nil {
		return wrap(err)
	}
	return j.err
}
