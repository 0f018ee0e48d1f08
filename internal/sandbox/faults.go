package sandbox

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// The kinds of faults. FaultHelp says what each does.
const (
	fault500       = "500"
	fault502       = "502"
	fault503       = "503"
	fault504       = "504"
	fault429       = "429"
	fault401       = "401"
	fault403       = "403"
	faultExpired   = "expired"
	faultRedirect  = "redirect"
	faultCutBefore = "cut-before"
	faultCutAfter  = "cut-after"
	faultTruncate  = "truncate"
	faultException = "exception-after"
	faultEmpty     = "empty"
	faultHTML      = "html"
	faultSlow      = "slow"
	faultDrop      = "drop"
	faultForget    = "forget"
	faultPartial   = "partial"
	faultShort     = "short"
	faultNobody    = "nobody"
	faultCode      = "code"
	faultCodeAfter = "code-after"
)

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

func newFaults(list []Fault, seed uint64) faults {
	return faults{list: list, seed: seed, tries: make(map[uint64]uint64), times: make([]int, len(list))}
}

// happened returns the counts by kind, and how many requests the kind 429 refused.
func (f *faults) happened() (byKind map[string]int, refused int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	byKind = make(map[string]int)
	for i, n := range f.times {
		if n > 0 {
			byKind[f.list[i].Kind] += n
		}
	}
	return byKind, byKind[fault429]
}

// effects are the faults of one request. Of those that end it only the first
// listed one happens; the others add up.
type effects struct {
	ends          string // the kind that decides the answer, "" = none
	code          string // of the answer, and its status
	status        int
	wait          time.Duration
	slow          time.Duration
	drop, forget  []string
	partial       int
	short, nobody bool
	exception     bool // the work ends half-way
	random        *rand.Rand
}

func (f *faults) draw(q *request) effects {
	var e effects
	if len(f.list) == 0 {
		return e
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.call + " " + q.http.URL.EscapedPath() + "?" + q.http.URL.RawQuery + "\n"))
	_, _ = h.Write(q.body)
	key := h.Sum64()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries[key]++
	e.random = rand.New(rand.NewPCG(f.seed^key, f.tries[key]))
	for i, fault := range f.list {
		// One number for each fault, whether or not it applies, so that adding
		// one at the end leaves the draws of the others as they were.
		hit := fault.Rate <= 0 || e.random.Float64() < fault.Rate
		if !hit || !fault.appliesTo(q.call) || fault.Times > 0 && f.times[i] >= fault.Times || !e.add(fault) {
			continue
		}
		f.times[i]++
	}
	return e
}

// add reports whether the fault happens.
func (e *effects) add(f Fault) bool {
	switch f.Kind {
	case faultSlow:
		e.slow += f.delay()
	case faultDrop:
		e.drop = append(e.drop, f.Field)
	case faultForget:
		e.forget = append(e.forget, f.Field)
	case faultPartial:
		e.partial += max(1, f.Count)
	case faultShort:
		e.short = true
	case faultNobody:
		e.nobody = true
	default:
		if e.ends != "" || kinds[f.Kind].what == "" {
			return false
		}
		e.ends, e.wait = f.Kind, f.delay()
		e.exception = f.Kind == faultException
		e.code, e.status = f.Code, f.status()
	}
	return true
}

// leaveOut chooses the rows of a bulk call that are neither done nor answered.
func (e *effects) leaveOut(n int) map[int]bool {
	if e.partial == 0 {
		return nil
	}
	left := make(map[int]bool)
	for _, i := range e.random.Perm(n)[:min(n, e.partial)] {
		left[i] = true
	}
	return left
}

// refuse is the answer of a fault that turns the request away before it counts.
func (e *effects) refuse() (answer, bool) {
	if e.ends != fault429 {
		return answer{}, false
	}
	a := tooMany("Too many requests. Please try again later.", max(1, int(e.wait/time.Second)))
	a.delay = e.slow
	return *a, true
}

// refusal is the error of code and code-after.
func (e *effects) refusal() answer {
	if e.code == codeBadRequest {
		return fail(e.status, e.code, validationMessage)
	}
	return fail(e.status, e.code, "Something went wrong, please try again.")
}

// statuses go with the codes; one that is not among them is a failure of the server.
var statuses = map[string]int{
	codeBadRequest: http.StatusBadRequest, codeUIDExists: http.StatusBadRequest, codeRoleExists: http.StatusBadRequest,
	codeImportFormat: http.StatusBadRequest, codeEmptyApp: http.StatusBadRequest, "ERR_INVALID_UID": http.StatusBadRequest,
	codeEmptyKey: http.StatusUnauthorized, codeKeyNotFound: http.StatusUnauthorized,
	codeEmptyAuthToken: http.StatusUnauthorized, codeAuthTokenAbsent: http.StatusUnauthorized,
	codeNoAccess: http.StatusForbidden, codeExpired: http.StatusForbidden, "ERR_PLAN_RESTRICTION": http.StatusForbidden,
	"ERR_PLAN_QUOTA_RESTRICTION": http.StatusForbidden, "ERR_APP_ARCHIVED": http.StatusForbidden,
	"ERR_PERMISSION_DENIED": http.StatusForbidden,
	codeUIDNotFound:         http.StatusNotFound, codeAPINotFound: http.StatusNotFound, codeAPIVersion: http.StatusNotFound,
	codeInvalidApp: http.StatusNotFound, codeTokenNotFound: http.StatusNotFound, "ERR_ROLE_NOT_FOUND": http.StatusNotFound,
	"ERR_APP_NOT_FOUND": http.StatusNotFound, "ERR_BOT_NOT_FOUND": http.StatusNotFound,
	codeTooMany: http.StatusTooManyRequests,
}

func (f Fault) status() int {
	return cmp.Or(f.Status, statuses[f.Code], http.StatusInternalServerError)
}

const gatewayPage = "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%[1]s</h1></center>\r\n" +
	"<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"

// before is the answer of a fault that comes instead of the work.
func (e *effects) before() (a answer, stop bool) {
	switch e.ends {
	case fault500:
		a = exception()
	case fault502:
		a = gateway(http.StatusBadGateway)
	case fault503:
		a = gateway(http.StatusServiceUnavailable)
		a.retryAfter = int(e.wait / time.Second)
	case fault401:
		a = fail(http.StatusUnauthorized, codeKeyNotFound, "The API key does not exist.")
	case fault403:
		a = fail(http.StatusForbidden, codeNoAccess, "The API key does not have access to this endpoint.")
	case faultExpired:
		a = fail(http.StatusForbidden, codeExpired, "The subscription of the app has expired.")
	case faultRedirect:
		a = answer{status: http.StatusTemporaryRedirect, location: "https://elsewhere.invalid/v3/users", html: true}
	case faultCutBefore:
		a = answer{cut: cutAll}
	case faultCode:
		a = e.refusal()
	default:
		return a, false
	}
	a.delay = e.slow
	return a, true
}

// after is what a fault makes of the answer once the work is done.
func (e *effects) after(a answer) answer {
	pooled := a.pooled
	switch e.ends {
	case fault504:
		a = gateway(http.StatusGatewayTimeout)
	case faultCutAfter:
		a = answer{cut: cutAll}
	case faultTruncate:
		a.cut = cutHalf
	case faultException:
		a = exception()
	case faultCodeAfter:
		a = e.refusal()
	case faultEmpty:
		a = answer{status: http.StatusOK}
	case faultHTML:
		a = gateway(http.StatusOK)
	}
	if pooled != nil && a.pooled == nil {
		buffers.Put(pooled)
	}
	a.delay = e.slow
	return a
}
