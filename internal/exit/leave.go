package exit

import (
	"os"
	"sync"
)

// unfinished are files and directories that are of use only to this process.
var unfinished = struct {
	sync.Mutex
	paths map[string]bool
}{paths: map[string]bool{}}

// Unfinished has a path removed if the process ends at once, until what it gives is called.
func Unfinished(path string) (finished func()) {
	unfinished.Lock()
	defer unfinished.Unlock()
	unfinished.paths[path] = true
	return func() {
		unfinished.Lock()
		defer unfinished.Unlock()
		delete(unfinished.paths, path)
	}
}

// Now ends the process at once, as a second signal asks for.
func Now(code int) {
	unfinished.Lock()
	for path := range unfinished.paths {
		for range 10 { // who writes there does not stop for that
			if os.RemoveAll(path) == nil {
				break
			}
		}
	}
	os.Exit(code)
}
