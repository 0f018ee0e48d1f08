package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
)

// told is a finished run's journal, line by line with line breaks.
func told(t testing.TB) [][]byte {
	t.Helper()
	j := story(t, t.TempDir())
	do(t, j.End(ended))
	text, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(bytes.Lines(text))
}

// lay puts a journal of the given text where its run's belongs.
func lay(t testing.TB, text []byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	path, err := locate(dir, head.Run)
	if err != nil {
		t.Fatal(err)
	}
	do(t, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600))
	return dir
}

// damaged wants a journal to be refused, and the line to be named.
func damaged(t *testing.T, what string, text []byte, line int) {
	t.Helper()
	dir := lay(t, text)
	_, err := Read(dir, head.Run)
	var damage *DamageError
	if !errors.As(err, &damage) || damage.Line != line || !strings.Contains(err.Error(), fmt.Sprintf("%s.jsonl:%d: ", head.Run, line)) {
		t.Errorf("%s: the error is %v, and line %d is to be named", what, err, line)
	}
	if _, _, err := Reopen(dir, head.Run, clock()); !errors.As(err, &damage) {
		t.Errorf("%s: reopened with %v", what, err)
	}
	if n, err := Prune(dir, head.Target, nil, func(*Summary) error { return nil }); n != 0 || err != nil {
		t.Errorf("%s: %d removed, %v", what, n, err)
	}
}

// TestDamage finds every line that is gone, moved, doubled or edited.
func TestDamage(t *testing.T) {
	lines := told(t)
	join := func(lines ...[]byte) []byte { return bytes.Join(lines, nil) }
	for i, line := range lines {
		n := i + 1
		without := join(slices.Delete(slices.Clone(lines), i, i+1)...)
		if n < len(lines) {
			damaged(t, fmt.Sprintf("line %d is gone", n), without, n)
			swapped := slices.Clone(lines)
			swapped[i], swapped[n] = swapped[n], swapped[i]
			damaged(t, fmt.Sprintf("lines %d and %d are swapped", n, n+1), join(swapped...), n)
		} else if r, err := Read(lay(t, without), head.Run); err != nil || r.End != nil {
			// No chain can tell this from a run that died: it is unfinished again.
			t.Errorf("without its end: %v, %v", r, err)
		}
		damaged(t, fmt.Sprintf("line %d stands twice", n), join(slices.Insert(slices.Clone(lines), i, line)...), n+1)
		damaged(t, fmt.Sprintf("an empty line before %d", n), join(slices.Insert(slices.Clone(lines), i, []byte("\n"))...), n)
		for at := range line[:len(line)-1] {
			edited := slices.Clone(lines)
			edited[i] = bytes.Clone(line)
			edited[i][at] ^= 1
			if edited[i][at] == '\n' {
				continue
			}
			text := join(edited...)
			if at%17 == 0 { // the whole way, and for every byte the shorter one
				damaged(t, fmt.Sprintf("byte %d of line %d is another", at, n), text, n)
			}
			l := follow("x", bytes.NewReader(text))
			err := error(nil)
			for err == nil {
				_, err = l.next()
			}
			var damage *DamageError
			if !errors.As(err, &damage) || damage.Line != n {
				t.Errorf("byte %d of line %d is another: %v", at, n, err)
			}
		}
	}
}

// TestTorn cuts an unfinished journal off at every byte of its last record, and
// at some of the one before: it reads as what was whole, and is taken up from there.
func TestTorn(t *testing.T) {
	lines := told(t)
	lines = lines[:len(lines)-1]
	whole := bytes.Join(lines, nil)
	cut := len(lines) - 2
	start, last := len(bytes.Join(lines[:cut], nil)), len(bytes.Join(lines[:cut+1], nil))
	for size := start; size <= len(whole); size++ {
		if size < last && size%13 > 0 {
			continue
		}
		for _, tail := range []string{"", "\x00\x00\x00"} {
			if tail != "" && size%31 > 0 {
				continue
			}
			text := append(bytes.Clone(whole[:size]), tail...)
			kept := bytes.LastIndexByte(text, '\n') + 1
			dir := lay(t, text)
			r, err := Read(dir, head.Run)
			if err != nil || r.Torn != (kept != len(text)) || r.End != nil || len(r.Plan.Operations) != 4 {
				t.Fatalf("%d bytes: %+v, %v", size, r, err)
			}
			n := bytes.Count(text, []byte("\n"))
			if r.Marks[3].Sent != (n == len(lines)) || (r.Results[2].Outcome != 0) != (n >= len(lines)-1) ||
				(r.Results[1].Outcome != 0) != (n >= len(lines)-2) {
				t.Errorf("%d bytes, %d lines: sent %v, results %v", size, n, r.Marks, r.Results)
			}
			if list, err := List(dir, started); err != nil || len(list) != 1 || list[0].Damage != nil ||
				list[0].End != nil || list[0].Sent+list[0].Done < 4 {
				t.Errorf("%d bytes: the list is %+v, %v", size, list, err)
			}
			j, again, err := Reopen(dir, head.Run, clock())
			if err != nil || !reflect.DeepEqual(again, r) {
				t.Fatalf("%d bytes: reopened as %+v, %v", size, again, err)
			}
			do(t, j.Sent(3), j.Settle(3, plan.Result{Outcome: plan.Applied}), j.End(End{Result: "interrupted"}))
			after, err := os.ReadFile(j.path)
			if err != nil || !bytes.HasPrefix(after, text[:kept]) {
				t.Errorf("%d bytes: what was there is another", size)
			}
			if r, err = Read(dir, head.Run); err != nil || r.Torn || r.End == nil || !r.Marks[3].Settled || r.Marks[0].Settled {
				t.Errorf("%d bytes: taken up, it reads %+v, %v", size, r, err)
			}
		}
	}
}

// TestTornPlan has a run die while it writes its plan: nothing was sent, and
// what there is of the plan is not one.
func TestTornPlan(t *testing.T) {
	lines := told(t)[:6]
	whole := bytes.Join(lines, nil)
	for size := len(lines[0]); size <= len(whole); size += 29 {
		size = min(size, len(whole)-1)
		dir := lay(t, whole[:size])
		r, err := Read(dir, head.Run)
		if err != nil || r.Plan != nil || r.Intake != nil || len(r.Marks)+len(r.InDoubt()) > 0 || r.Torn != (size > len(lines[0])) ||
			r.Head.Host != "host-1" {
			t.Fatalf("%d bytes: %+v, %v", size, r, err)
		}
		j, _, err := Reopen(dir, head.Run, clock())
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Sent(0); err == nil {
			t.Errorf("%d bytes: an operation of a plan that is not whole is sent", size)
		}
		do(t, j.End(End{Result: "interrupted"}))
		if r, err = Read(dir, head.Run); err != nil || r.End == nil || r.Plan != nil || r.Torn {
			t.Errorf("%d bytes: brought to its end, it is %+v, %v", size, r, err)
		}
		if size == len(whole)-1 {
			break
		}
	}
}

// TestTornHead is a run that died in its first moment.
func TestTornHead(t *testing.T) {
	first := told(t)[0]
	for _, size := range []int{0, 1, 20, len(first) / 2, len(first) - 1} {
		dir := lay(t, first[:size])
		path, _ := locate(dir, head.Run)
		if _, err := Read(dir, head.Run); !errors.Is(err, ErrNothing) || !strings.Contains(err.Error(), path) {
			t.Errorf("%d bytes: %v", size, err)
		}
		if _, _, err := Reopen(dir, head.Run, clock()); !errors.Is(err, ErrNothing) {
			t.Errorf("%d bytes: reopened with %v", size, err)
		}
		if list, err := List(dir, started); err != nil || len(list) != 1 || list[0].Head.Run != head.Run ||
			list[0].Damage != nil || list[0].End != nil {
			t.Errorf("%d bytes: the list is %+v, %v", size, list, err)
		}
		if n, err := Prune(dir, head.Target, nil, nil); n != 0 || err != nil {
			t.Errorf("%d bytes: %d removed, %v", size, n, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if runs, err := unfinishedOf(dir); err != nil || len(runs) != 0 {
			t.Errorf("%d bytes: unfinished are %q, %v", size, runs, err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%d bytes: after Unfinished: %v", size, err)
		}
	}
}

// rechain gives lines the hashes that their order asks for: what the program
// itself would have to have written.
func rechain(lines ...string) []byte {
	var c chain
	var text []byte
	for _, line := range lines {
		text = c.append(text, []byte(strings.TrimSuffix(line, "}")))
	}
	return text
}

// TestNonsense is refused although its chain holds.
func TestNonsense(t *testing.T) {
	var plain []string
	for _, line := range told(t) {
		plain = append(plain, string(body(bytes.TrimSuffix(line, []byte("\n"))))+"}")
	}
	if text := rechain(plain...); !bytes.Equal(text, bytes.Join(told(t), nil)) {
		t.Fatalf("unchanged, it is\n%s", text)
	}
	with := func(at int, lines ...string) []byte {
		return rechain(slices.Insert(slices.Clone(plain), at, lines...)...)
	}
	last := len(plain) - 1
	for name, c := range map[string]struct {
		text []byte
		line int
		want string
	}{
		"no head": {rechain(plain[1:]...), 0, "this version reads cometsync.journal/v1"},
		"another form": {rechain(`{"head":"cometsync.journal/v2"}`), 0,
			"its format is cometsync.journal/v2, which a newer version wrote, and this version reads cometsync.journal/v1; use the " +
				"version that wrote it"},
		"a head that is not JSON": {rechain(`{"head":}`), 1, "invalid"},
		"a second head":           {with(1, plain[0]), 2, "no record that belongs here"},
		"an operation too early":  {with(1, plain[3]), 2, "should have 0 operations"},
		"an operation too many":   {with(6, plain[3]), 7, "should have 4 operations"},
		"an operation too few":    {rechain(slices.Delete(slices.Clone(plain), 3, 4)...), 6, "should have 4 operations"},
		"an operation of no use":  {with(2, `{"operation":{"op":"delete"}}`), 3, "unknown operation"},
		"a plan of no use": {rechain(plain[0], `{"plan":{"schema":"x"},"operations":0}`), 0,
			"reads cometsync.plan/v1; use the version"},
		"a plan of less": {rechain(plain[0], strings.Replace(plain[1], `"operations":4`, `"operations":-1`, 1)), 2,
			"-1 operations"},
		"a second plan":         {with(6, plain[1]), 7, "no record that belongs here"},
		"sent beyond":           {with(last, `{"sent":[4]}`), last + 1, "operation 4 of 4"},
		"sent below":            {with(last, `{"sent":[-1]}`), last + 1, "operation -1 of 4"},
		"sent before the plan":  {with(1, `{"sent":[0]}`), 2, "operation 0 of 0"},
		"done beyond":           {with(last, `{"done":4,"outcome":"applied"}`), last + 1, "operation 4 of 4"},
		"done, not sent":        {with(8, `{"done":3,"outcome":"applied"}`), 9, "was not sent"},
		"done, no outcome":      {with(last, `{"done":3}`), last + 1, "no outcome"},
		"done, another outcome": {with(last, `{"done":3,"outcome":"lost"}`), last + 1, "unknown outcome"},
		"left beyond":           {with(last, `{"left":4,"outcome":"drifted"}`), last + 1, "operation 4 of 4"},
		"left before the plan":  {with(1, `{"left":0,"outcome":"drifted"}`), 2, "operation 0 of 0"},
		"left, no outcome":      {with(8, `{"left":3}`), 9, "no outcome"},
		"left, applied":         {with(8, `{"left":3,"outcome":"applied"}`), 9, "operation 3 is applied, and was not sent"},
		"left, unknown":         {with(8, `{"left":3,"outcome":"unknown"}`), 9, "operation 3 is unknown, and was not sent"},
		"left, sent before":     {with(last, `{"left":3,"outcome":"drifted"}`), last + 1, "operation 3 is left, and was sent"},
		"left, sent later":      {with(8, `{"left":3,"outcome":"drifted"}`), last + 1, "operation 3 was left, and is sent"},
		"left, done later": {with(8, `{"left":3,"outcome":"drifted"}`, `{"done":3,"outcome":"failed"}`), 10,
			"operation 3 is done, and was not sent"},
		"left twice": {with(8, `{"left":3,"outcome":"drifted"}`, `{"left":3,"outcome":"drifted"}`), 10,
			"operation 3 is left a second time"},
		"a time that is none": {with(last, `{"sent":[3],"at":"noon"}`)[:len(bytes.Join(told(t)[:last],
			nil))+len(`{"sent":[3],"at":"noon"`)+hashLen+1], last + 1, "noon"},
		"something else":     {with(last, `{"other":1}`), last + 1, "no record that belongs here"},
		"more after the end": {rechain(append(slices.Clone(plain), `{"sent":[0]}`)...), last + 2, "after the end"},
	} {
		_, err := Read(lay(t, c.text), head.Run)
		var damage *DamageError
		if is := errors.As(err, &damage); err == nil || !strings.Contains(err.Error(), c.want) || is != (c.line > 0) || is &&
			damage.Line != c.line {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLongLines passes the reader's buffer.
func TestLongLines(t *testing.T) {
	for _, n := range []int{readBuffer - hashLen - 20, readBuffer - hashLen, readBuffer, 3*readBuffer + 5} {
		long := `{"x":"` + strings.Repeat("y", n) + `"}`
		l := follow("x", bytes.NewReader(rechain(long, `{"z":1}`, long)))
		for _, want := range []string{long, `{"z":1}`, long} {
			line, err := l.next()
			if err != nil || string(body(line))+"}" != want {
				t.Fatalf("%d: a line of %d bytes, %v", n, len(line), err)
			}
		}
	}
}
