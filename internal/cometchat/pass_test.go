package cometchat

import (
	"strings"
	"testing"
)

// Whoever goes between the reading of two pages pulls the rest up by one, and
// leaves no trace on what is read later, the last page included.
func TestListOneGoesBetweenPages(t *testing.T) {
	for request := 1; request < 15; request++ {
		for _, at := range []int{0, 15, 45, 77} {
			a := newApp(95)
			a.total = noTotal
			a.after = func(a *app, n int) {
				if n == request {
					a.remove(at)
				}
			}
			if got := a.list(t, 1, false); got.Gap != "" {
				t.Errorf("user %d goes after request %d: %+v", at, request, got)
			}
		}
	}
}

// One goes and another comes further down: the ends of the list look as ever.
func TestListOneGoesAnotherComes(t *testing.T) {
	for request := 1; request < 15; request++ {
		for _, times := range []bool{true, false} {
			a := newApp(95)
			a.total = noTotal
			if !times { // by uid, say
				clear(a.times)
			}
			a.after = func(a *app, n int) {
				if n == request {
					a.remove(25)
					a.add(70)
				}
			}
			a.list(t, 1, false)
		}
	}
}

// A newcomer who leaves again in the meantime.
func TestListOneComesAndGoes(t *testing.T) {
	for from := 1; from < 14; from++ {
		for to := from + 1; to < 15; to++ {
			a := newApp(95)
			a.total = noTotal
			a.after = func(a *app, n int) {
				switch n {
				case from:
					a.add(0)
				case to:
					a.remove(0)
				}
			}
			if got := a.list(t, 1, false); got.Gap != "" {
				t.Errorf("comes after %d, goes after %d: %+v", from, to, got)
			}
		}
	}
}

func TestListLosesPage(t *testing.T) {
	for name, distort := range map[string]func(page, size int, uids []string) []string{
		"empty": func(page, _ int, uids []string) []string {
			if page == 4 {
				return nil
			}
			return uids
		},
		"short": func(page, _ int, uids []string) []string {
			if page == 4 {
				return uids[:len(uids)/2]
			}
			return uids
		},
		"one less": func(page, _ int, uids []string) []string {
			if page == 4 {
				return uids[1:]
			}
			return uids
		},
		"short at the first size": func(page, size int, uids []string) []string {
			if page == 4 && size == 10 {
				return uids[:3]
			}
			return uids
		},
	} {
		a := newApp(95)
		a.distort = distort
		if got := a.list(t, 3, false); got.Gap == "" {
			t.Errorf("%s: %+v", name, got)
		}
		a = newApp(95) // and with users coming, which takes the other way
		a.distort = distort
		a.after = func(a *app, n int) {
			if n%3 == 0 {
				a.add(0)
			}
		}
		if got := a.list(t, 3, false); got.Gap == "" {
			t.Errorf("%s, with users coming: %+v", name, got)
		}
	}
}

// Users that are hidden from pages of one length: whoever turns up where
// nobody stood before shows that pages cannot be trusted.
func TestListHidesUser(t *testing.T) {
	a := newApp(95)
	comes := false
	a.distort = func(page, size int, uids []string) []string {
		comes = page == 3 && size == 10 // so that the list is read again in other pages
		for i, uid := range uids {
			if size == 10 && strings.HasSuffix(uid, "5") {
				uids[i] = "ghost" + uid // keeps the page as long as it should be
				a.times["ghost"+uid] = a.times[uid]
			}
		}
		return uids
	}
	a.after = func(a *app, _ int) {
		if comes {
			a.add(0)
		}
	}
	if got := a.list(t, 1, false); got.Gap == "" {
		t.Errorf("%+v", got)
	}
}

// A page that is given twice, in the place of the one that belongs there.
func TestListRepeatsPage(t *testing.T) {
	a := newApp(95)
	var third []string
	a.distort = func(page, size int, uids []string) []string {
		switch {
		case page == 3:
			third = uids
		case page == 4 && size == 10:
			return third
		}
		return uids
	}
	if got := a.list(t, 1, false); got.Users != 95 {
		t.Errorf("%+v", got)
	}
}

// A count that differs is looked into. Below what two cuts of the list show it
// is not believed; above it, and of all users, it is.
func TestListWrongTotal(t *testing.T) {
	a := newApp(95)
	a.total = func(n int) (int, int) { return n - 7, 9 }
	if got := a.list(t, 2, false); got.Users != 95 || got.Gap != "" || got.Pages < 20 {
		t.Errorf("%+v", got)
	}
	a = newApp(95)
	a.total = func(n int) (int, int) { return n + 7, 11 }
	if got := a.list(t, 2, false); got.Users != 95 || !strings.Contains(got.Gap, "counts 102 users and lists 95") {
		t.Errorf("%+v", got)
	}
	a = newApp(0)
	a.total = func(n int) (int, int) { return 7, 1 }
	if got := a.list(t, 2, false); got.Gap == "" {
		t.Error("an empty list of 7 users is complete")
	}
}

// A newcomer explains a count that moves, and not one that is larger than what
// the answer with it holds.
func TestListWrongTotalInBusyApp(t *testing.T) {
	for _, n := range []int{50, 95, 100, 487} {
		for come := 1; come < 8; come++ {
			for _, hidden := range []int{1, 18} {
				for _, workers := range []int{1, 4} {
					a := newApp(n)
					a.total = func(users int) (int, int) { return users + hidden, (users + hidden + 9) / 10 }
					a.after = func(a *app, request int) {
						if request == come {
							a.add(0)
						}
					}
					if got := a.list(t, workers, false); !strings.Contains(got.Gap, "the service counts ") {
						t.Errorf("%d users and %d hidden, one comes after request %d: %+v", n, hidden, come, got)
					}
				}
			}
		}
	}
	// a count that comes short is looked into as well
	a := newApp(5)
	a.total = func(users int) (int, int) { return users - 3, 1 }
	a.after = func(a *app, request int) {
		if request == 1 {
			a.add(0)
		}
	}
	if got := a.list(t, 1, false); got.Users != 6 || got.Gap != "" || got.Pages < 6 {
		t.Errorf("%+v", got)
	}
}
