package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong now and then. ParseFault reads one from text.
type Fault struct {
	Call   string        // the call that it happens to; "" = all that it can happen to
	Kind   string        // one of the kinds of FaultHelp
	Rate   float64       // share of the requests, up to 1; 0 = all
	Delay  time.Duration // of slow; Retry-After of 429 and 503, in whole seconds
	Count  int           // of partial: uids or rows left out; 0 = one
	Field  string        // of drop and forget
	Code   string        // of code and code-after
	Status int           // of code and code-after; 0 = the code's own
	Times  int           // it ends after having happened so often; 0 = never
}

// FaultHelp describes the text form of faults, for the help of a command.
const FaultHelp = `A fault is [CALL:]KIND=VALUE[,OPTION]... such as 500=5% or create:cut-after=1%,times=3

CALL   list get create update delete deactivate reactivate roles createrole
       bots token tokens revoke revokeone me import; without it, every call
       that the kind can happen to
VALUE  the share of the requests, 5% or 0.05, or what is said there
OPTION a share (where VALUE is none; default 100%); a duration such as 2s
       (slow, 429, 503); a status such as 409 (code, code-after); times=N: no
       more after the N-th time

Instead of the work:
  500          500 with the code ERR_EXCEPTION
  502, 503     a gateway's HTML page; 503 with Retry-After if it has a duration
  429          too many requests, Retry-After 1 or the duration; costs no limit
  401          the key is unknown (AUTH_ERR_APIKEY_NOT_FOUND)
  403          the key may not do that (AUTH_ERR_NO_ACCESS)
  expired      the subscription has ended (ERR_SUBSCRIPTION_EXPIRED)
  redirect     307 to another host
  cut-before   the connection is closed
  code=CODE    an error with this code and without details, such as
               ERR_BAD_REQUEST or ERR_PLAN_RESTRICTION, and its status
After the work is done:
  504          a gateway's time-out page
  cut-after    the connection is closed
  truncate     the connection is closed half-way through the body
  code-after=CODE  like code, as of an inner service that failed (ERR_WS_...)
  exception-after  500 with the code ERR_EXCEPTION; of a bulk call or an import
               the first half of the rows is done
  empty        200 without a body
  html         200 with an HTML page
And the answer is 200, but:
  slow         it comes after a second, or after the duration
  drop=FIELD   the field is not stored, and is missing from the answer as well
               (create, update, me, import; createdAt and lastActiveAt are
               fields of an import alone)
  forget=FIELD the field is not stored, and the answer shows it as if it were
  partial=N    N uids are not done and in no list (deactivate, reactivate,
               import)
  short        half of the page is missing (list)
  nobody       the list is empty and its counts are 0 (list)`

var faultFields = []string{"name", "avatar", "link", "role", "statusMessage", "metadata", "tags", "createdAt", "lastActiveAt"}

// ParseFault reads the text form of one fault; see FaultHelp.
func ParseFault(s string) (Fault, error) {
	f, err := parseFault(s)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", s, err)
	}
	return f, nil
}

func parseFault(s string) (Fault, error) {
	var f Fault
	head, options, _ := strings.Cut(s, ",")
	name, value, _ := strings.Cut(head, "=")
	if call, rest, ok := strings.Cut(name, ":"); ok {
		f.Call, name = strings.TrimSpace(call), rest
		if names := callNames(); !slices.Contains(names, f.Call) {
			return f, fmt.Errorf("unknown call %q; choose from %s", f.Call, strings.Join(names, ", "))
		}
	}
	f.Kind = strings.TrimSpace(name)
	k, ok := kinds[f.Kind]
	if !ok {
		return f, fmt.Errorf("unknown kind %q; choose from %s", f.Kind, strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	if f.Call != "" && !f.appliesTo(f.Call) {
		return f, fmt.Errorf("%s does not happen to %s; it happens to %s", f.Kind, f.Call, strings.Join(k.calls, ", "))
	}
	if err := f.setValue(k, strings.TrimSpace(value)); err != nil {
		return f, err
	}
	if options == "" {
		return f, nil
	}
	for option := range strings.SplitSeq(options, ",") {
		if err := f.setOption(k, strings.TrimSpace(option)); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *Fault) setValue(k kind, value string) (err error) {
	f.Rate = 1
	switch k.value {
	case "field":
		if f.Field = value; !slices.Contains(faultFields, value) {
			return fmt.Errorf("unknown field %q; choose from %s", value, strings.Join(faultFields, ", "))
		}
	case "code":
		f.Code = value
		if rest, ok := strings.CutPrefix(strings.TrimPrefix(value, "AUTH_"), "ERR_"); !ok ||
			strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
			return fmt.Errorf("%q is not an error code; write %s=ERR_EXCEPTION", value, f.Kind)
		}
	case "count":
		if f.Count, err = strconv.Atoi(value); err != nil || f.Count < 1 {
			return fmt.Errorf("%q is not a number of uids; write %s=3", value, f.Kind)
		}
	default:
		if value == "" {
			return fmt.Errorf("the share of requests is missing; write %s=5%%", f.Kind)
		}
		return f.setRate(value)
	}
	return nil
}

func (f *Fault) setRate(s string) error {
	number, percent := strings.CutSuffix(s, "%")
	r, err := strconv.ParseFloat(number, 64)
	if percent {
		r /= 100
	}
	if err != nil || !(r > 0 && r <= 1) {
		return fmt.Errorf("%q is not a share of requests; write it as 5%% or 0.05, above 0 and up to 100%%", s)
	}
	f.Rate = r
	return nil
}

func (f *Fault) setOption(k kind, option string) (err error) {
	if n, ok := strings.CutPrefix(option, "times="); ok {
		if f.Times, err = strconv.Atoi(n); err != nil || f.Times < 1 {
			return fmt.Errorf("%q is not a number of times; write times=3", n)
		}
		return nil
	}
	d, noDuration := time.ParseDuration(option)
	n, noNumber := strconv.Atoi(option)
	switch {
	case noDuration == nil && option != "0" && !k.waits:
		return fmt.Errorf("%s takes no duration %q; slow, 429 and 503 do", f.Kind, option)
	case noDuration == nil && option != "0" && d <= 0:
		return fmt.Errorf("the duration %q is not above zero", option)
	case noDuration == nil && option != "0":
		f.Delay = d
		return nil
	case noNumber == nil && k.value == "code" && n >= 400 && n <= 599:
		f.Status = n
		return nil
	case k.value == "":
		return fmt.Errorf("unknown option %q; options are times=N and a duration such as 2s", option)
	}
	return f.setRate(option)
}
