// Package sandbox is a CometChat-compatible API server for one app, kept in
// memory: an http.Handler with users, roles, tokens, bulk import, rate limits
// and faults on demand. Tests, demonstrations and other people's clients run
// against it over a real socket, so it follows what is known of the service
// and not what any one client happens to send.
//
// It refuses to know this program: it imports the standard library alone, has
// its own wire format and its own validation, and would otherwise agree with
// the client's mistakes. Messages, groups and calls are not its business.
//
// Where the service's behaviour is not known, Config has a switch, and the
// default is the reading that leaves a careless client the least room.
package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	machine "cometsync/internal/clock"
)

// Config is what a Sandbox needs to know. Only Key is required.
type Config struct {
	Key           string // REST key, with full access; without one every key is wrong
	AuthKey       string // key of the scope authOnly; "" = the app has none
	AppID         string // "" = any app id is accepted, and none as well
	StrictAuthKey bool   // AuthKey makes tokens only; otherwise it creates and updates users too

	LimitCore     int           // create, delete, deactivate, reactivate, login: requests a window; 0 = no limit
	LimitStandard int           // all other calls but import; 0 = no limit
	LimitImport   int           // bulk import; 0 = no limit
	Window        time.Duration // length of a rate window; 0 = one minute
	Headers       string        // spelling of the rate headers: "both" ("" too), "x-ratelimit", "x-rate-limit"
	HeadersWhen   string        // when they come: "always" ("" too), "never", "refused": only with a 429
	Foreign       int           // core requests a window by the app's own users, spread evenly from New on

	ListLag time.Duration // a write shows in lists only after this; get sees it at once
	Latency time.Duration // every answer takes at least this

	BatchMax        int  // uids in one deactivate or reactivate; 0 = 25, as documented; below 0 = any number
	ImportBytes     int  // bytes in one import body; 0 = no limit but the server's own of 64 MiB
	ImportOverwrite bool // an import row whose uid exists overwrites it; otherwise it fails
	ImportNested    bool // import answers nest twice: data.UID.data.data
	EmptyLists      bool // {} within metadata, or as all of it, becomes []
	MergeMetadata   bool // an update merges metadata by its top-level keys; otherwise it replaces
	Conflict409     bool // "exists already" is 409 instead of 400
	OddTotals       bool // pagination counts lie as in the service's own example: total 0, count too high

	Churn  int      // a new user appears on top of the list after every Churn list requests; 0 = never
	Vanish int      // a user is deleted for good after every Vanish list requests; 0 = never
	Keep   []string // uids that Vanish never takes

	Faults []Fault
	Seed   uint64           // of the draws of Faults
	Now    func() time.Time // nil = time.Now

	Sleep func(context.Context, time.Duration) error // how Latency waits; nil = by the time of this machine
}

// Counts is what a Sandbox has seen so far.
type Counts struct {
	Calls          map[string]int // requests by call name, whatever became of them
	Faults         map[string]int // faults that happened, by kind
	Refused        int            // requests answered with 429, by a limit or by a fault
	Foreign        int            // requests of the app's own users that were let through
	ForeignRefused int            // and those refused
}

// A Sandbox is one app. It is safe for concurrent use.
type Sandbox struct {
	cfg    Config
	now    func() time.Time
	keep   map[string]bool
	limits limits
	faults faults

	mu     sync.RWMutex // guards what follows
	store  store
	roles  map[string]*role
	bots   map[string]*bot    // by uid of a user
	tokens map[string][]token // by uid, oldest first; a saved state has none
	churn  churn

	countMu sync.Mutex
	calls   map[string]int
}

// New returns a sandbox without users, with the role "default" alone.
func New(cfg Config) *Sandbox {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Sleep == nil {
		cfg.Sleep = (*machine.Clock)(nil).Sleep
	}
	if cfg.Window <= 0 {
		cfg.Window = time.Minute
	}
	if cfg.BatchMax == 0 {
		cfg.BatchMax = 25
	}
	s := &Sandbox{
		cfg:    cfg,
		now:    cfg.Now,
		keep:   make(map[string]bool),
		limits: newLimits(&cfg),
		faults: faults{list: cfg.Faults, seed: cfg.Seed, tries: make(map[uint64]uint64), times: make([]int, len(cfg.Faults))},
		store:  store{users: make(map[string]*user), lag: cfg.ListLag},
		roles:  make(map[string]*role),
		bots:   make(map[string]*bot),
		tokens: make(map[string][]token),
		calls:  make(map[string]int),
	}
	for _, uid := range cfg.Keep {
		s.keep[lower(uid)] = true
	}
	s.roles[defaultRole] = &role{Role: defaultRole, Name: "Default Role", CreatedAt: seconds(s.now().Unix()), implied: true}
	return s
}

// Counts returns what was seen up to now.
func (s *Sandbox) Counts() Counts {
	c := Counts{Faults: s.faults.happened()}
	s.countMu.Lock()
	c.Calls = maps.Clone(s.calls)
	s.countMu.Unlock()
	c.Refused, c.Foreign, c.ForeignRefused = s.limits.seen(s.now())
	c.Refused += c.Faults[fault429]
	return c
}

// SetForeign changes how many core requests a window the app's own users make,
// from now on.
func (s *Sandbox) SetForeign(perWindow int) { s.limits.setForeign(perWindow, s.now()) }

// request is one call, recognised and allowed, as its handler sees it.
type request struct {
	checker // of the fields of its body, for a call that reads them; else of its query
	call    *call
	uid     string // of the path, lower-cased
	caller  caller
	http    *http.Request
	fault   effects
	now     time.Time
}

// ServeHTTP answers one request. The path begins with /v3 or /v3.0; a server
// that mounts the sandbox deeper strips its own prefix. A connection is broken by
// the panic http.ErrAbortHandler, which net/http's server understands.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.now()
	s.send(w, r, s.answer(w.Header(), r), began)
}

// answer takes a request through all that may refuse it, and then does its work.
func (s *Sandbox) answer(headers http.Header, r *http.Request) *answer {
	call, uid := route(r)
	if call == nil {
		return unroutable(r)
	}
	s.countMu.Lock()
	s.calls[call.name]++
	s.countMu.Unlock()
	q := &request{call: call, uid: uid, http: r}
	if refusal := cmp.Or(s.checkApp(r), s.identify(q)); refusal != nil {
		return refusal
	}
	limit := cmp.Or(call.body, maxBody)
	if limit == maxImportBody && s.cfg.ImportBytes > 0 {
		limit = min(limit, s.cfg.ImportBytes)
	}
	body, err := readBody(r, limit)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone: nothing to do, nobody to tell
	}
	// The fault is drawn before the limit is asked: a refused request does not
	// consume, whoever refuses it.
	q.fault = s.faults.draw(call.name, r.URL, body)
	q.now = s.now()
	if q.fault.ends.Kind == fault429 {
		return q.fault.instead()
	}
	rate, refusal := s.limits.take(call.budget, q.now)
	if s.cfg.HeadersWhen != "never" && (s.cfg.HeadersWhen != "refused" || refusal != nil) {
		rate.setHeaders(headers, s.cfg.Headers)
	}
	if refusal != nil {
		return refusal
	}
	if a := q.fault.instead(); a != nil {
		return a
	}
	ok := true
	if call.reads {
		q.in, ok = parseFields(body)
	} else {
		q.in = fields{}
		for name, values := range r.URL.Query() {
			q.in[name] = json.RawMessage(values[0])
		}
	}
	switch {
	case len(body) > limit:
		a := fail(codeBadRequest, "The request body is over "+strconv.Itoa(limit)+" bytes.")
		a.status = http.StatusRequestEntityTooLarge
		return q.fault.after(a)
	case !ok:
		return q.fault.after(fail(codeBadRequest, "The request body is not a JSON object."))
	case call.ofUser && s.find(uid) == nil:
		return q.fault.after(unknownUID(uid))
	}
	return q.fault.after(call.work(s, q))
}

// Bounds of request bodies, in bytes. The service documents 10 KB for a POST;
// bulk calls carry lists whose length it does not bound.
const (
	maxBody       = 10 << 10
	maxBulkBody   = 4 << 20
	maxImportBody = 64 << 20
)

// readBody reads at most one byte more than limit, which is how the caller
// knows that there was more.
func readBody(r *http.Request, limit int) ([]byte, error) {
	if r.Body == nil || r.ContentLength == 0 {
		return nil, nil
	}
	if n := r.ContentLength; n > 0 && n <= int64(limit) {
		body := make([]byte, n)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
}
