//go:build !(linux || darwin || freebsd)

package cli

import (
	"io/fs"
	"os"
)

// Of other systems it is not known how to ask without writing.

func writable(string) error               { return nil }
func room(string) (bytes uint64, ok bool) { return 0, false }
func others(fs.FileInfo) string           { return "" }

// OnProgressSignal does nothing where there is no SIGUSR1.
func OnProgressSignal(chan<- os.Signal) {}
