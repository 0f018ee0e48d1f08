package year

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// user is somebody of the app, as far as an export says.
type user struct {
	name, role, avatar, tags, metadata string
	gone                               bool
}

func (y *year) users() map[string]user {
	y.t.Helper()
	return parse(y.t, y.saved())
}

func parse(t *testing.T, state []byte) map[string]user {
	t.Helper()
	out := map[string]user{}
	for line := range bytes.Lines(state) {
		var u struct {
			UID, Name, Role, Avatar string
			Tags                    []string
			Metadata                map[string]any
			DeactivatedAt           int64
		}
		if err := json.Unmarshal(line, &u); err != nil {
			t.Fatal(err)
		}
		if u.UID == "" {
			continue // a role
		}
		slices.Sort(u.Tags)
		out[u.UID] = user{u.Name, u.Role, u.Avatar, strings.Join(u.Tags, "|"), flat(u.Metadata), u.DeactivatedAt > 0}
	}
	return out
}

// flat is metadata without what is empty.
func flat(metadata map[string]any) string {
	private, _ := metadata["@private"].(map[string]any)
	return fmt.Sprint(metadata["department"], metadata["class"], metadata["manager"], private["email"])
}

// wanted is somebody of the app, as the truth has them.
func (p *person) wanted() user {
	of := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	return user{p.name, p.role, p.avatar, p.tags, fmt.Sprint(of(p.department), of(p.class), of(p.manager), of(p.mail)), false}
}

// right wants the app to be as the truth is: everybody who is there, with all that
// is known of them, and nobody else with access.
func (y *year) right() {
	y.t.Helper()
	want := map[string]user{}
	for _, p := range y.school.of(func(*person) bool { return true }) {
		want[p.uid] = p.wanted()
	}
	now := y.users()
	ever := map[string]bool{}
	for _, p := range y.school.people {
		ever[p.uid] = true
	}
	for uid := range now {
		if !ever[uid] && !y.grace.strangers[uid] {
			y.t.Errorf("night %d: %s is nobody of the school", y.night, uid)
		}
	}
	maps.DeleteFunc(now, func(_ string, u user) bool { return u.gone })
	for uid := range y.grace.keep() {
		if _, is := now[uid]; !is {
			y.t.Errorf("night %d: %s, who may be somebody else's or is leaving, is gone", y.night, uid)
		}
		delete(now, uid)
	}
	if text := differing(now, want); text != "" {
		y.t.Fatalf("night %d: the app is not as the school is: %s", y.night, text)
	}
}

// held wants everybody to have access who had it before and is there.
func (y *year) held(before map[string]user) {
	y.t.Helper()
	now := y.users()
	for _, p := range y.school.of(func(*person) bool { return true }) {
		if was, had := before[p.uid]; had && !was.gone && now[p.uid].gone {
			y.t.Errorf("night %d: %s lost access", y.night, p.uid)
		}
	}
}

func differing(now, want map[string]user) string {
	var b strings.Builder
	n := 0
	tell := func(format string, args ...any) {
		if n++; n <= 5 {
			fmt.Fprintf(&b, format+"; ", args...)
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(want)) {
		if u, is := now[uid]; !is {
			tell("%s is missing", uid)
		} else if u != want[uid] {
			tell("%s is %+v, not %+v", uid, u, want[uid])
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(now)) {
		if _, is := want[uid]; !is {
			tell("%s is there", uid)
		}
	}
	if n > 5 {
		fmt.Fprintf(&b, "and %d more", n-5)
	}
	return b.String()
}
