// Command cometsync brings the users of a CometChat app in line with a roster.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // TZ is heeded in a container of nothing but this program

	_ "golang.org/x/crypto/x509roots/fallback" // where the system has no certificates, as an image of the binary alone

	"cometsync/internal/cli"
)

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		first := cli.Interrupt((<-signals).(syscall.Signal))
		cancel(first)
		<-signals // the second one asks to leave at once
		cli.Leave(first.ExitCode())
	}()
	ask := make(chan os.Signal, 1)
	cli.OnProgressSignal(ask)
	os.Exit(cli.Main(ctx, cli.Process{
		Args:    os.Args[1:],
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Environ: os.Environ(),
		Now:     time.Now,
		Ask:     ask,
	}))
}
