//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// OnProgressSignal relays SIGUSR1, which asks a run how it is getting on.
func OnProgressSignal(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
