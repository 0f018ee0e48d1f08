// Package bench makes rosters and apps of any size, serves the apps, and
// measures the program on them beside a bare baseline:
//
//	go test ./internal/bench -run none -bench . -timeout 0
//
// COMETSYNC_BENCH_USERS is the number of roster rows for BenchmarkPlan and BenchmarkGuards,
// COMETSYNC_BENCH_CREATES the number of users that BenchmarkApply creates, and
// COMETSYNC_BENCH_PROGRAM a program to measure instead of the one built from
// this tree, COMETSYNC_DUCKDB the node_modules with DuckDB for BenchmarkJoin. Data are kept in the directory for temporary files.
//
// What is measured runs in a process of its own, and so does all that it
// talks to: neither its time nor its memory may be mixed with the tests'.
// The package imports nothing of the program, which it knows by its command
// line alone; it also keeps testdata's workbook in step with the CSV.
package bench

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// generation is part of the name of every data directory: raise it when the
// data change, so that nobody measures yesterday's.
const generation = 1

// Data is a roster and an app that differ in some 8% of their users. The
// numbers are what a right plan comes to.
type Data struct {
	Dir string `json:"-"`

	Rows        int // of the roster
	Active      int // users of the app
	Deactivated int

	Create, Update, Deactivate, Reactivate int

	RosterBytes, RemoteBytes int64
}

// Roster is the path of the roster.
func (d *Data) Roster() string { return filepath.Join(d.Dir, "roster.csv") }

func (d *Data) remote() string { return filepath.Join(d.Dir, "remote") }
func (d *Data) index() string  { return filepath.Join(d.Dir, "remote.index") }

// Make gives the data with so many roster rows, from dir if they are there. The
// same number gives the same bytes.
func Make(dir string, rows int) (*Data, error) {
	d := &Data{Dir: filepath.Join(dir, fmt.Sprintf("cometsync-bench-%d-v%d", rows, generation))}
	facts := filepath.Join(d.Dir, "data.json")
	if text, err := os.ReadFile(facts); err == nil {
		return d, json.Unmarshal(text, d)
	}
	// Made aside and renamed, so that an interrupted run leaves no half data.
	temporary, err := os.MkdirTemp(dir, "cometsync-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	final := d.Dir
	d.Dir = temporary
	d.Rows = rows
	if err := d.writeRoster(); err != nil {
		return nil, err
	}
	if err := d.writeRemote(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(d.Dir, "data.json"), text, 0o600); err != nil {
		return nil, err
	}
	d.Dir = final
	if err := os.Rename(temporary, final); err != nil {
		if _, e := os.Stat(facts); e == nil {
			return d, nil // another process was faster
		}
		return nil, err
	}
	return d, nil
}

func (d *Data) writeRoster() error {
	f, err := os.Create(d.Roster())
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(bufio.NewWriterSize(f, 1<<20))
	if err := w.Write(header[:]); err != nil {
		return err
	}
	for row := range d.Rows {
		i := scatter(row, d.Rows, 0)
		p := newPerson(i)
		switch fateOf(i) {
		case created:
			d.Create++
		case updated:
			d.Update++
		case leaves:
			d.Deactivate++
			p.state = "inactive"
		case returns:
			d.Reactivate++
		case stays:
			p.state = "inactive"
		}
		cells := p.cells()
		if err := w.Write(cells[:]); err != nil {
			return err
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	d.RosterBytes, err = f.Seek(0, io.SeekCurrent)
	return err
}

// writeRemote writes the app's users in the order in which they are listed.
// Deactivated users are the oldest and come last, so that a listing of both
// is one run of bytes as well.
func (d *Data) writeRemote() error {
	users, err := os.Create(d.remote())
	if err != nil {
		return err
	}
	defer users.Close()
	index, err := os.Create(d.index())
	if err != nil {
		return err
	}
	defer index.Close()
	w := remoteWriter{users: bufio.NewWriterSize(users, 1<<20), index: bufio.NewWriterSize(index, 1<<20)}
	absent := d.Rows * 7 / 1000
	all := d.Rows + absent
	for n := range all {
		i := scatter(n, all, 1)
		p := newPerson(i)
		switch fate := fateOf(i); {
		case i >= d.Rows:
			d.Deactivate++
		case !fate.active():
			continue
		case fate == updated:
			p.age(i)
		}
		d.Active++
		w.add(&p, times{created: newest - 20*int64(n)})
	}
	for i := range all + 5 + d.Rows/10000 {
		if i < d.Rows && fateOf(i).deactivated() || i >= all {
			d.Deactivated++
			p := newPerson(i)
			created := newest - 20*int64(all+i)
			w.add(&p, times{created: created, deactivated: created + 5_000_000})
		}
	}
	d.RemoteBytes = w.at
	return w.flush()
}

// remoteWriter writes users, each followed by a comma, and where each begins:
// any page is then a run of bytes. Errors are kept until flush.
type remoteWriter struct {
	users, index *bufio.Writer
	at           int64
	text         []byte
}

func (w *remoteWriter) mark() {
	var offset [8]byte
	binary.LittleEndian.PutUint64(offset[:], uint64(w.at))
	w.index.Write(offset[:])
}

func (w *remoteWriter) add(p *person, t times) {
	w.mark()
	w.text = append(p.appendJSON(w.text[:0], t), ',')
	w.users.Write(w.text)
	w.at += int64(len(w.text))
}

func (w *remoteWriter) flush() error {
	w.mark() // the end
	return errors.Join(w.users.Flush(), w.index.Flush())
}

// newest is when the newest user of the app was created.
const newest = 1_770_000_000

// scatter is a permutation of the numbers below n, another for each salt:
// rosters and listings are sorted by different things, and a comparison must
// not profit from an order that both share.
func scatter(i, n, salt int) int {
	const prime = 2_654_435_761 // larger than any n, so it shares no factor with it
	return int((uint64(i)*prime + uint64(salt)*uint64(n)/3) % uint64(n))
}
