//go:build linux || darwin || freebsd

package cli

import (
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"
)

// writable asks whether this account may write to what is at a path, and pass
// through it if it is a directory, without doing so.
func writable(path string) error {
	const write, pass = 2, 1
	mode := uint32(write)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		mode |= pass
	}
	if err := syscall.Access(path, mode); err != nil {
		return &fs.PathError{Op: "writing to", Path: path, Err: err}
	}
	return nil
}

// room is how many bytes this account can still write where a path is.
func room(path string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true
}

// others is the account that owns what info is of; "" if it is this one.
func others(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(s.Uid) == os.Geteuid() {
		return ""
	}
	uid := strconv.Itoa(int(s.Uid))
	if u, err := user.LookupId(uid); err == nil {
		return fmt.Sprintf("%s (%s)", u.Username, uid)
	}
	return uid
}

// OnProgressSignal relays SIGUSR1, which asks a run how it is getting on.
func OnProgressSignal(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
