package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Pages serves the user list and the roles of the data, and nothing else. A
// page is a run of bytes of a file, so that serving it costs next to nothing
// beside the client's work.
type Pages struct {
	path    string
	active  int
	offsets []int64 // of each user, and of the end
}

// NewPages opens the data.
func NewPages(d *Data) (*Pages, error) {
	text, err := os.ReadFile(d.index())
	if err != nil {
		return nil, err
	}
	p := &Pages{path: d.remote(), active: d.Active, offsets: make([]int64, len(text)/8)}
	for i := range p.offsets {
		p.offsets[i] = int64(binary.LittleEndian.Uint64(text[8*i:]))
	}
	return p, nil
}

// users is how many users there are.
func (p *Pages) users() int { return len(p.offsets) - 1 }

// run is where the bytes of the users from one up to another are, without the
// last comma.
func (p *Pages) run(from, to int) (offset, n int64) {
	if from >= to {
		return 0, 0
	}
	return p.offsets[from], p.offsets[to] - p.offsets[from] - 1
}

const envelope = `{"data":[`

// tail is what follows the users of a page.
func tail(total, count, perPage, page int) string {
	pages := max(1, (total+perPage-1)/perPage)
	return fmt.Sprintf(`],"meta":{"pagination":{"total":%d,"count":%d,"per_page":%d,"current_page":%d,"total_pages":%d}}}`,
		total, count, perPage, page, pages)
}

// ServeHTTP answers GET /v3/users and GET /v3/roles.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/v3/users":
		p.list(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/v3/roles":
		io.WriteString(w, envelope+roleList()+tail(len(roles)+1, len(roles)+1, 100, 1))
	default:
		refuse(w, http.StatusNotFound, "ERR_API_NOT_FOUND", "The API endpoint is invalid. Please verify the API call.")
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":{"message":%q,"devMessage":%[1]q,"source":"chat-api","code":%q}}`, message, code)
}

func roleList() string {
	var b strings.Builder
	for _, role := range roles {
		fmt.Fprintf(&b, `{"role":%q,"name":%[1]q,"createdAt":1629869300},`, role)
	}
	return b.String() + `{"role":"default","name":"Default Role","createdAt":1629869270}`
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	on := func(key string) bool { return q.Get(key) == "true" || q.Get(key) == "1" }
	number := func(key string, absent int) int {
		if q.Get(key) == "" {
			return absent
		}
		n, err := strconv.Atoi(q.Get(key))
		if err != nil {
			return 0
		}
		return n
	}
	page, perPage := number("page", 1), number("perPage", 100)
	if page < 1 || perPage < 1 || perPage > 1000 {
		refuse(w, http.StatusBadRequest, "ERR_BAD_REQUEST", "Failed to validate the data sent with the request.")
		return
	}
	first, end := 0, p.active
	switch {
	case on("onlyDeactivated"):
		first, end = p.active, p.users()
	case on("withDeactivated"):
		end = p.users()
	}
	from, to := end, end
	if pages := (end - first + perPage - 1) / perPage; page <= pages {
		from = first + (page-1)*perPage
		to = min(from+perPage, end)
	}
	offset, n := p.run(from, to)
	last := tail(end-first, to-from, perPage, page)

	f, err := os.Open(p.path)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "ERR_EXCEPTION", err.Error())
		return
	}
	defer f.Close()
	if !on("withTags") {
		users := make([]byte, n)
		if _, err := f.ReadAt(users, offset); err != nil {
			refuse(w, http.StatusInternalServerError, "ERR_EXCEPTION", err.Error())
			return
		}
		io.WriteString(w, envelope)
		w.Write(p.withoutTags(users, from, to))
		io.WriteString(w, last)
		return
	}
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		refuse(w, http.StatusInternalServerError, "ERR_EXCEPTION", err.Error())
		return
	}
	// With the length known and the source a file, the kernel does the copying.
	w.Header().Set("Content-Length", strconv.FormatInt(int64(len(envelope)+len(last))+n, 10))
	io.WriteString(w, envelope)
	io.CopyN(w, f, n)
	io.WriteString(w, last)
}

// withoutTags cuts the tags off the users whose bytes are text.
func (p *Pages) withoutTags(text []byte, from, to int) []byte {
	out := make([]byte, 0, len(text))
	for i := from; i < to; i++ {
		if i > from {
			out = append(out, ',')
		}
		start := p.offsets[i] - p.offsets[from]
		u := text[start : start+p.offsets[i+1]-p.offsets[i]-1]
		out = append(append(out, u[:bytes.LastIndex(u, []byte(tagsKey))]...), '}')
	}
	return out
}
