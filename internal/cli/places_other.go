//go:build !(linux || darwin || freebsd)

package cli

import "io/fs"

// Of other systems it is not known how to ask without writing.

func writable(string) error               { return nil }
func room(string) (bytes uint64, ok bool) { return 0, false }
func others(fs.FileInfo) string           { return "" }
