//go:build !unix

package cli

import "os"

// OnProgressSignal does nothing where there is no SIGUSR1.
func OnProgressSignal(chan<- os.Signal) {}
