package importer

import (
	"strings"
	"testing"

	"cometsync/internal/user"
)

func TestRowsThatAStrayQuoteHasSwallowed(t *testing.T) {
	for _, c := range []struct{ text, column string }{
		{"uid,name\nu20,\"N20\nu21,N21\nu22,N22\nu23,N23\"\n", "name"},
		{"uid;name\r\nu20;\"N20\r\nu21;N21\"\r\n", "name"},
		{"name,uid\n\"N20,u20\nN21\",u21\n", "name"},
		{"uid,first name,last name\nu20,\"A,B\nu21,C\",D\n", "first name"},
		{"uid,role,x\nu20,\"a,\nu21,\",\n", "role"},
		{"uid,statusMessage\nu20,\"x\nu21,y\nu22,z\"\n", "statusMessage"},
		{"uid,statusMessage\nu20,\"x\nu21,\nu22,\"\n", "statusMessage"},
		{"uid,statusMessage\nu20,\"Out on Friday.\nBack Monday.\nu21,N21\nu22,\"\n", "statusMessage"},
		{"uid,name,tags\nu20,N20,\"a\nu21,N21,b\n U22,N22,c\"\n", "tags"},
		{"uid,name,metadata.@private.note\nu20,N20,\"a\nu21,N21,b\"\n", "metadata.@private.note"},
		{"uid,Office,name\nu20,\"1,N20\nu21,2\",N21\n", "Office"},
		{"name,uid,Office\nN20,u20,\"1\nN21,u21,2\"\n", "Office"},
		{"Office,uid,name\n\"1,u20,N20\n2\",u21,N21\n", "Office"},
		{"uid,metadata\nu20,\"{}\nu21,{}\"\n", "metadata"},
		{"uid,createdAt\n20,\"1673421419\n0,1673421419\"\n", "createdAt"},
		{"name,lastActiveAt,uid\nN20,\"2023-01-11,\nN21,2023-01-11\",u21\n", "lastActiveAt"},
	} {
		in := csvText(t, Options{Dates: true}, c.text).Intake()
		if in.Rejected != 1 || in.Users != 0 || in.Rejects.At(0).UID != "" {
			t.Errorf("%q: %+v", c.text, in)
			continue
		}
		d := in.Rejects.At(0).Defects[0]
		if d.Code != user.QuoteBroken || d.Column != c.column || !strings.Contains(d.Message,
			"looks like rows that a stray quote has swallowed; close or remove the quote") ||
			d.Private != strings.Contains(c.column, "@private") {
			t.Errorf("%q: %+v", c.text, d)
		}
	}
	in := csvText(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, "uid,note,name\na@b.example,\"x,A\n"+
		"c@d.example,y\",B\n").Intake()
	if in.Rejected != 1 {
		t.Errorf("with other ids: %+v", in)
	}
}

func TestTextOverSeveralLinesIsText(t *testing.T) {
	for _, text := range []string{
		"uid,name\nu1,\"Anna\nKim\"\n",
		"uid,name,role\nu1,\"Kim,\nAnna\",x\n",
		"uid,statusMessage\nu1,\"Out on Friday,\nback Monday, call Kim\"\n",
		"uid,statusMessage\nu1,\"Hello,\nbye\"\n",
		"uid,statusMessage\nu1,\"Hello\nKim, Lee, Anna\nBye\"\n",
		"uid,name,statusMessage\nu1,N,\"I like tea,\ncoffee, and\nmilk\"\n",
		"uid,metadata.address\nu1,\"Main St 1,\nTurku,\nFinland\"\n",
		"uid,metadata.address\nu1,\"12 Main St\nSpringfield, IL 62701\"\n",
		"uid,metadata.address,name\nu1,\"Kim Lee, Apt 4,\n12 Main St, Turku,\nFinland\",N\n",
		"metadata.bio,uid,name\n\"Hi, Anna, here\nbye\",u1,N\n",
		"uid,metadata\nu1,\"{\n\"\"a\"\": [\n1,\n2\n],\n\"\"b\"\": [true,\nfalse,3,\n4,5]}\"\n",
		"uid,tags\nu1,\"[\"\"a\"\",\n\"\"b\"\"]\"\n",
		"uid;statusMessage\nu1;\"a,b\nc,d\"\n",
		"uid\n\"u1\n\"\n",
	} {
		if in := csvText(t, Options{}, text).Intake(); in.Users != 1 || in.Rejected != 0 {
			t.Errorf("%q: %v", text, in.Rejects.Slice())
		}
	}
	// Where quotes are ours, so are the line breaks.
	r, err := readLines(t, `{"uid":"u1","name":"N\nu2,a,b,c,d,e,f,g,h,i,j\nu3,a,b,c,d,e,f,g,h,i,j"}`)
	if err != nil || r.Intake().Users != 1 {
		t.Errorf("%v %v", r, err)
	}
}
