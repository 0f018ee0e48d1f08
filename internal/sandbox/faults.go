package sandbox

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// fault429 refuses a request before it counts.
const fault429 = "429"

// kind is a kind of fault. FaultHelp says what each does.
type kind struct {
	value   string                       // what VALUE is: "" for a rate; field, count or code
	calls   []string                     // nil = all
	delay   time.Duration                // unless another is given
	waits   bool                         // a duration is allowed
	work    func(*effects, Fault)        // what it does to the work; nil if it ends the request
	instead func(Fault) *answer          // comes instead of the work
	after   func(Fault, *answer) *answer // makes something else of the answer of the work
}

var (
	writeCalls = []string{"create", "update", "me", "import"}
	bulkCalls  = []string{"deactivate", "reactivate", "import"}
	listCalls  = []string{"list"}
)

var kinds = map[string]kind{
	"500": {instead: func(Fault) *answer { return fail(codeException, exceptionMessage) }},
	"502": {instead: func(Fault) *answer { return gateway(http.StatusBadGateway, 0) }},
	"503": {waits: true, instead: func(f Fault) *answer { return gateway(http.StatusServiceUnavailable, f.Delay) }},
	"504": {after: func(Fault, *answer) *answer { return gateway(http.StatusGatewayTimeout, 0) }},
	fault429: {waits: true, delay: time.Second, instead: func(f Fault) *answer {
		return tooMany(tooManyMessage, max(1, int(f.Delay/time.Second)))
	}},
	"401": {instead: func(Fault) *answer { return fail(codeKeyNotFound, "The API key does not exist.") }},
	"403": {instead: func(Fault) *answer { return fail(codeNoAccess, noAccess) }},
	"expired": {instead: func(Fault) *answer {
		return fail("ERR_SUBSCRIPTION_EXPIRED", "The subscription of the app has expired.")
	}},
	"redirect":   {instead: redirect},
	"cut-before": {instead: func(Fault) *answer { return &answer{broken: true} }},
	"cut-after":  {after: func(Fault, *answer) *answer { return &answer{broken: true} }},
	"truncate": {after: func(_ Fault, a *answer) *answer {
		a.half = true
		return a
	}},
	faultHalfway: {after: func(Fault, *answer) *answer { return fail(codeException, exceptionMessage) }},
	"empty":      {after: func(Fault, *answer) *answer { return &answer{status: http.StatusOK} }},
	"html":       {after: func(Fault, *answer) *answer { return gateway(http.StatusOK, 0) }},
	"slow":       {waits: true, delay: time.Second, work: func(e *effects, f Fault) { e.slow += f.Delay }},
	"drop":       {value: "field", calls: writeCalls, work: func(e *effects, f Fault) { e.drop = append(e.drop, f.Field) }},
	"forget":     {value: "field", calls: writeCalls, work: func(e *effects, f Fault) { e.forget = append(e.forget, f.Field) }},
	"partial":    {value: "count", calls: bulkCalls, work: func(e *effects, f Fault) { e.partial += max(1, f.Count) }},
	"short":      {calls: listCalls, work: func(e *effects, _ Fault) { e.short = true }},
	"nobody":     {calls: listCalls, work: func(e *effects, _ Fault) { e.nobody = true }},
	"code":       {value: "code", instead: Fault.refusal},
	"code-after": {value: "code", after: func(f Fault, _ *answer) *answer { return f.refusal() }},
}

// faultHalfway ends the work of a call on many users half-way.
const faultHalfway = "exception-after"

func (f Fault) refusal() *answer {
	message := exceptionMessage
	if f.Code == codeBadRequest {
		message = validationMessage
	}
	a := fail(f.Code, message)
	a.status = cmp.Or(f.Status, a.status)
	return a
}

func redirect(Fault) *answer {
	return &answer{status: http.StatusTemporaryRedirect, location: "https://elsewhere.invalid/v3/users", html: true}
}

const gatewayPage = "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n" +
	"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// gateway is the page of a gateway, which may ask to wait before the next request.
func gateway(status int, wait time.Duration) *answer {
	return &answer{status: status, html: true, retryAfter: int(wait / time.Second),
		body: fmt.Appendf(nil, gatewayPage, fmt.Sprintf("%d %s", status, http.StatusText(status)))}
}

// faults draws what goes wrong. A draw depends on the seed, on the request
// itself and on how often that was sent, not on what else is under way: a run
// with many connections meets the same faults as one with a single connection.
type faults struct {
	list []Fault
	seed uint64

	mu    sync.Mutex
	tries map[uint64]uint64 // by request; only kept if there are faults at all
	times []int             // how often each of list happened
}

// happened returns the counts by kind.
func (f *faults) happened() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	byKind := make(map[string]int)
	for i, n := range f.times {
		if n > 0 {
			byKind[f.list[i].Kind] += n
		}
	}
	return byKind
}

// effects are the faults of one request. Of those that end it only the first
// listed one happens; the others add up.
type effects struct {
	ends          Fault // the one that decides the answer, without a kind if there is none
	slow          time.Duration
	drop, forget  []string
	partial       int
	short, nobody bool
	random        *rand.Rand
}

func (f *faults) draw(call string, address *url.URL, body []byte) (e effects) {
	if len(f.list) == 0 {
		return e
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(call + " " + address.EscapedPath() + "?" + address.RawQuery + "\n"))
	_, _ = h.Write(body)
	key := h.Sum64()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries[key]++
	e.random = rand.New(rand.NewPCG(f.seed^key, f.tries[key]))
	for i, fault := range f.list {
		// One number for each fault, whether or not it applies, so that adding
		// one at the end leaves the draws of the others as they were.
		hit := fault.Rate <= 0 || e.random.Float64() < fault.Rate
		k, known := kinds[fault.Kind]
		fault.Delay = cmp.Or(max(fault.Delay, 0), k.delay)
		switch {
		case !known || !hit || !fault.appliesTo(call) || fault.Times > 0 && f.times[i] >= fault.Times:
			continue
		case k.work != nil:
			k.work(&e, fault)
		case e.ends.Kind != "":
			continue
		default:
			e.ends = fault
		}
		f.times[i]++
	}
	return e
}

// rows are the places of those of n rows that are done and answered.
func (e *effects) rows(n int) (at []int) {
	left := map[int]bool{}
	if e.partial > 0 {
		for _, i := range e.random.Perm(n)[:min(n, e.partial)] {
			left[i] = true
		}
	}
	if e.ends.Kind == faultHalfway {
		n = (n + 1) / 2
	}
	for i := range n {
		if !left[i] {
			at = append(at, i)
		}
	}
	return at
}

// instead is the answer of a fault that comes instead of the work, nil if there is none.
func (e *effects) instead() *answer {
	if instead := kinds[e.ends.Kind].instead; instead != nil {
		return e.after(instead(e.ends))
	}
	return nil
}

func (e *effects) after(a *answer) *answer {
	pooled := a.pooled
	if after := kinds[e.ends.Kind].after; after != nil {
		a = after(e.ends, a)
	}
	if pooled != nil && a.pooled == nil {
		buffers.Put(pooled)
	}
	a.delay = e.slow
	return a
}

func (f Fault) appliesTo(call string) bool {
	calls := kinds[f.Kind].calls
	return (f.Call == "" || f.Call == call) && (calls == nil || slices.Contains(calls, call))
}
