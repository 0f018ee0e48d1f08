package bench

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// listing is a page of users as a plain program would declare it.
type listing struct {
	Data []listed `json:"data"`
	Meta struct {
		Pagination struct {
			Total   int `json:"total"`
			Count   int `json:"count"`
			PerPage int `json:"per_page"`
			Page    int `json:"current_page"`
			Pages   int `json:"total_pages"`
		} `json:"pagination"`
	} `json:"meta"`
}

type listed struct {
	UID           string   `json:"uid"`
	Name          string   `json:"name"`
	Avatar        string   `json:"avatar"`
	Link          string   `json:"link"`
	Role          string   `json:"role"`
	Status        string   `json:"status"`
	StatusMessage string   `json:"statusMessage"`
	Metadata      metadata `json:"metadata"`
	Tags          []string `json:"tags"`
	CreatedAt     int64    `json:"createdAt"`
	UpdatedAt     int64    `json:"updatedAt"`
	LastActiveAt  int64    `json:"lastActiveAt"`
	DeactivatedAt int64    `json:"deactivatedAt"`
}

type metadata struct {
	Department string `json:"department"`
	Address    struct {
		City    string `json:"city"`
		Country string `json:"country"`
	} `json:"address"`
	Private struct {
		Email string `json:"email"`
	} `json:"@private"`
}

// Baseline is what reading both sides costs with the standard library and
// nothing else, one after the other.
type Baseline struct {
	CSV, JSON   float64 // seconds
	Rows, Users int
}

// Measure reads the roster with encoding/csv, then the pages of 1,000 users
// with encoding/json, from disk page by page, and keeps nothing.
func Measure(d *Data) (Baseline, error) {
	var b Baseline
	start := time.Now()
	f, err := os.Open(d.Roster())
	if err != nil {
		return b, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	for {
		_, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return b, err
		}
		b.Rows++
	}
	b.CSV = time.Since(start).Seconds()

	p, err := NewPages(d)
	if err != nil {
		return b, err
	}
	remote, err := os.Open(p.path)
	if err != nil {
		return b, err
	}
	defer remote.Close()
	start = time.Now()
	const perPage = 1000
	var text []byte
	for from := 0; from < p.users(); from += perPage {
		to := min(from+perPage, p.users())
		offset, n := p.run(from, to)
		text = append(append(text[:0], envelope...), make([]byte, n)...)
		if _, err := remote.ReadAt(text[len(envelope):], offset); err != nil {
			return b, err
		}
		text = append(text, tail(p.users(), to-from, perPage, from/perPage+1)...)
		var page listing
		if err := json.Unmarshal(text, &page); err != nil {
			return b, err
		}
		b.Users += len(page.Data)
	}
	b.JSON = time.Since(start).Seconds()
	if b.Rows != d.Rows+1 || b.Users != d.Active+d.Deactivated {
		return b, errors.New("the data are not what they say")
	}
	return b, nil
}
