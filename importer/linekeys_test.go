package importer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestKeysOfLines(t *testing.T) {
	for _, c := range []struct {
		text, told string
		ignored    []string
	}{
		{`{"uid":"anna","name":"Anna","department":"x","email":"a@e.org"}` + "\n" + `{"uid":"ben","userName":"x","tag":["a"]}` + "\n",
			`no such keys: "department", "email", "userName" and "tag" (is it "tags"?); in JSON lines the keys are uid, name, avatar`,
			[]string{"department", "email", "userName", "tag"}},
		{`{"user_id":"anna","displayName":"Anna","picture":"https://e.org/a.png"}` + "\n",
			`"user_id" (is it "uid"?), "displayName" (is it "name"?) and "picture" (is it "avatar"?)`, []string{"user_id", "displayName",
				"picture"}},
		{`{"uid":"anna","Tags":["a"],"TAG":["b"]}` + "\n", `no such key: "TAG";`, []string{"TAG"}},
		{`{"uid":"anna","status":"online","hasBlockedMe":false,"conversationId":"x","updatedAt":1,"metadata":{"x":1}}` + "\n", "", nil},
	} {
		in := mustRead(t, Options{Dates: true}, write(t, "a.jsonl", c.text)).Intake()
		told := ""
		for _, n := range in.Notices {
			if n.Code == "ignored-column" {
				told += n.Message
			}
		}
		if !strings.Contains(told, c.told) || (told == "") != (c.told == "") || !slices.Equal(in.IgnoredColumns, c.ignored) {
			t.Errorf("%s: got %s %q, want %s", c.text, told, in.IgnoredColumns, c.told)
		}
	}
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "{\"uid\":\"u%d\",\"k%d\":1}\n", i, i)
	}
	in := mustRead(t, Options{Dates: true}, write(t, "a.jsonl", b.String())).Intake()
	if len(in.IgnoredColumns) != 100 || !strings.Contains(in.Notices[0].Message, `"k19" and 980 more;`) {
		t.Errorf("%d %+v", len(in.IgnoredColumns), in.Notices)
	}
}
