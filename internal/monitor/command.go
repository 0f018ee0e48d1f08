package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// Command is a line for the shell.
type Command struct {
	Line        string
	Environment []string
	Output      io.Writer     // takes what it prints
	Time        time.Duration // that it has
}

// Run runs the command to its end, or to that of its time: then it and all that
// it started is killed.
func (c *Command) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.Time, errOverdue)
	defer cancel()
	cmd := shell(ctx, c.Line)
	cmd.Env, cmd.Stdout, cmd.Stderr = c.Environment, c.Output, c.Output
	cmd.WaitDelay = time.Second // whatever it left behind may hold its output
	err := cmd.Run()
	switch {
	case errors.Is(context.Cause(ctx), errOverdue) && err != nil:
		return fmt.Errorf("it did not end within %s and was killed", c.Time)
	case errors.Is(err, exec.ErrWaitDelay):
		return nil // it ended well; what it left behind goes on without a reader
	}
	return err
}

var errOverdue = errors.New("overdue")
