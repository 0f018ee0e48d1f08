package journal

import (
	"fmt"
	"os"
)

// file is what a journal needs of its file.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Close() error
}

// queue takes a record, whose closing brace is left off, and gives its number.
// It is on its way to the disk when queue returns. j.mu is held.
func (j *Journal) queue(text []byte) uint64 {
	j.pending = j.chain.append(j.pending, text)
	j.queued++
	if !j.committing {
		j.committing = true
		go j.commit()
	}
	return j.queued
}

// usable says whether a record can be taken. j.mu is held.
func (j *Journal) usable() error {
	if j.err == nil && j.closed {
		return wrap(fmt.Errorf("%s: %w", j.path, os.ErrClosed))
	}
	return j.err
}

// wait returns once the record with the number is flushed. j.mu is held.
func (j *Journal) wait(n uint64) error {
	for j.synced < n && j.err == nil {
		j.flushed.Wait()
	}
	if j.synced >= n {
		return nil
	}
	return j.err
}

// commit writes and flushes what has gathered, as often as something has. What
// comes while a flush is under way shares the next one, so that the number of
// flushes follows the disk and not the number of operations. There is one at a
// time; none is left behind by a journal that nobody writes to.
func (j *Journal) commit() {
	j.mu.Lock()
	for len(j.pending) > 0 && j.err == nil {
		group, upTo := j.pending, j.queued
		j.pending = j.spare[:0]
		j.mu.Unlock()
		_, err := j.file.Write(group)
		if err == nil {
			err = j.file.Sync()
		}
		j.mu.Lock()
		j.spare = group
		if err != nil {
			// What the disk holds now, nobody knows: a flush that failed once
			// may succeed the next time without having written anything.
			j.err = wrap(err)
		} else {
			j.synced = upTo
		}
		j.flushed.Broadcast()
	}
	j.committing = false
	j.flushed.Broadcast()
	j.mu.Unlock()
}

// close waits for what is under way and closes the file. j.mu is held.
func (j *Journal) close() error {
	for j.committing {
		j.flushed.Wait()
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
