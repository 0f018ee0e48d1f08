package html

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/report"
)

func TestCompare(t *testing.T) {
	show := func(v valueView) string {
		var b strings.Builder
		for _, p := range v.Parts {
			if p.Differs {
				fmt.Fprintf(&b, "[%s]", p.Text)
			} else {
				b.WriteString(p.Text)
			}
		}
		return b.String()
	}
	for _, c := range [][4]string{
		{`"Sales"`, `"Marketing"`, "Sales", "Marketing"},
		{`"Sales"`, `"Sales & Service"`, "Sales", "Sales[ & Service]"},
		{`"Sales"`, `"Salesman"`, "Sales", "Salesman"},
		{`"Head of Sales, Europe"`, `"Head of Marketing, Europe"`, "Head of [Sales], Europe", "Head of [Marketing], Europe"},
		{`"a b c"`, `"a b b c"`, "a b c", "a b [b ]c"},
		{`["a","b"]`, `["b","c"]`, "[a]b", "b[c]"},
		{`"` + report.Mask + `"`, `"` + report.Mask + `"`, report.Mask, report.Mask},
		{`1`, `2`, "1", "2"},
		{`"x é y"`, "\"x e\u0301 y\"", "x [é] y", "x [e\u0301] y"},
	} {
		b, a := compare(c[0], c[1])
		if show(b) != c[2] || show(a) != c[3] {
			t.Errorf("%s → %s: %s → %s", c[0], c[1], show(b), show(a))
		}
	}
}
