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
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
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
	bots   map[string]*bot // by uid of a user
	tokens tokens
	churn  churn

	countMu sync.Mutex
	calls   map[string]int
}

// New returns a sandbox without users, with the role "default" alone.
func New(cfg Config) *Sandbox {
	if cfg.Now == nil {
		cfg.Now = time.Now
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
		faults: newFaults(cfg.Faults, cfg.Seed),
		store:  store{users: make(map[string]*user), lag: cfg.ListLag},
		roles:  make(map[string]*role),
		bots:   make(map[string]*bot),
		tokens: tokens{owner: make(map[string]string), of: make(map[string][]token)},
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
	c := Counts{Calls: make(map[string]int)}
	s.countMu.Lock()
	for name, n := range s.calls {
		c.Calls[name] = n
	}
	s.countMu.Unlock()
	var byFault int
	c.Faults, byFault = s.faults.happened()
	c.Refused, c.Foreign, c.ForeignRefused = s.limits.seen(s.now())
	c.Refused += byFault
	return c
}

// SetForeign changes how many core requests a window the app's own users make,
// from now on.
func (s *Sandbox) SetForeign(perWindow int) { s.limits.setForeign(perWindow, s.now()) }

// request is one call, recognised and allowed, as its handler sees it.
type request struct {
	call   string
	uid    string // of the path, lower-cased
	caller caller
	http   *http.Request
	body   []byte
	fault  effects
	now    time.Time
}

// ServeHTTP answers one request. The path begins with /v3 or /v3.0; a server
// that mounts the sandbox deeper strips its own prefix. A connection is broken by
// the panic http.ErrAbortHandler, which net/http's server understands.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	if preflight(w, r) {
		return
	}
	call, uid, refusal := route(r)
	if refusal == nil {
		s.countMu.Lock()
		s.calls[call]++
		s.countMu.Unlock()
	}
	q := &request{call: call, uid: uid, http: r}
	if refusal == nil {
		refusal = s.checkApp(r)
	}
	if refusal == nil {
		q.caller, refusal = s.identify(call, r.Header)
	}
	if refusal != nil {
		s.send(w, q, *refusal, began)
		return
	}

	limit := s.bodyLimit(call)
	body, err := readBody(r, limit)
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone: nothing to do, nobody to tell
	}
	q.body = body
	// The fault is drawn before the limit is asked: a refused request does not
	// consume, whoever refuses it.
	q.fault = s.faults.draw(q)
	q.now = s.now()
	if a, stop := q.fault.refuse(); stop {
		s.send(w, q, a, began)
		return
	}
	rate, refusal := s.limits.take(call, q.now)
	if s.cfg.HeadersWhen != "never" && (s.cfg.HeadersWhen != "refused" || refusal != nil) {
		rate.setHeaders(w.Header(), s.cfg.Headers)
	}
	if refusal != nil {
		s.send(w, q, *refusal, began)
		return
	}
	if a, stop := q.fault.before(); stop {
		s.send(w, q, a, began)
		return
	}
	var a answer
	if len(body) > limit {
		a = fail(http.StatusRequestEntityTooLarge, codeBadRequest,
			"The request body is over "+strconv.Itoa(limit)+" bytes.")
	} else {
		a = handlers[call](s, q)
	}
	s.send(w, q, q.fault.after(a), began)
}

// handlers has the work of every call.
var handlers = map[string]func(*Sandbox, *request) answer{
	callList:       (*Sandbox).list,
	callGet:        (*Sandbox).get,
	callCreate:     (*Sandbox).create,
	callUpdate:     (*Sandbox).update,
	callDelete:     (*Sandbox).delete,
	callDeactivate: (*Sandbox).deactivate,
	callReactivate: (*Sandbox).reactivate,
	callRoles:      (*Sandbox).listRoles,
	callCreateRole: (*Sandbox).createRole,
	callBots:       (*Sandbox).listBots,
	callToken:      (*Sandbox).makeToken,
	callTokens:     (*Sandbox).listTokens,
	callGetToken:   (*Sandbox).getToken,
	callRevoke:     (*Sandbox).revokeTokens,
	callRevokeOne:  (*Sandbox).revokeToken,
	callMe:         (*Sandbox).me,
	callImport:     (*Sandbox).dataImport,
}

// Bounds of request bodies, in bytes. The service documents 10 KB for a POST;
// bulk calls carry lists whose length it does not bound.
const (
	maxBody       = 10 << 10
	maxBulkBody   = 4 << 20
	maxImportBody = 64 << 20
)

func (s *Sandbox) bodyLimit(call string) int {
	switch call {
	case callDeactivate, callReactivate:
		return maxBulkBody
	case callImport:
		if s.cfg.ImportBytes > 0 && s.cfg.ImportBytes < maxImportBody {
			return s.cfg.ImportBytes
		}
		return maxImportBody
	}
	return maxBody
}

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
