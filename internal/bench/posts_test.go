package bench

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Posts is how fast users can be created by a program that does nothing else.
type Posts struct {
	Requests int
	Seconds  float64
}

// Post creates the roster's users, of whom it makes the bodies beforehand, with
// so many requests under way, and looks at nothing but the status.
func Post(base string, d *Data, concurrency int) (Posts, error) {
	bodies, err := d.bodies()
	if err != nil {
		return Posts{}, err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrency}}
	for _, role := range roles {
		if err := post(client, base+"/roles", fmt.Appendf(nil, `{"role":%q,"name":%[1]q}`, role)); err != nil {
			return Posts{}, err
		}
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	problems := make(chan error, concurrency)
	start := time.Now()
	for range concurrency {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(bodies) {
					return
				}
				if err := post(client, base+"/users", bodies[i]); err != nil {
					problems <- err
					return
				}
			}
		})
	}
	workers.Wait()
	p := Posts{len(bodies), time.Since(start).Seconds()}
	close(problems)
	return p, <-problems
}

func post(client *http.Client, url string, body []byte) error {
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("apikey", "sandbox")
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, text)
	}
	return err
}

func (d *Data) bodies() ([][]byte, error) {
	f, err := os.Open(d.Roster())
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	var bodies [][]byte
	for _, row := range rows[1:] {
		if row[7] != "active" {
			continue
		}
		user := map[string]any{"uid": row[0], "name": row[1], "avatar": row[2], "link": row[3], "role": row[4],
			"tags": strings.Split(row[5], "|"),
			"metadata": map[string]any{"department": row[8], "address": map[string]any{"city": row[9]},
				"@private": map[string]any{"email": row[10]}}}
		if row[6] != "" {
			user["statusMessage"] = row[6]
		}
		body, err := json.Marshal(user)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}
