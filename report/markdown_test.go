package report_test

import (
	"strings"
	"testing"
)

// Every line that calls somebody is escaped, whatever the texts.
func TestSummaryTakesNothingForMarkup(t *testing.T) {
	content := render(t, mustNew(t, filled(func(place string) string { return place + " | <x> @all `" })).WriteSummary)
	for line := range strings.Lines(content) {
		if strings.HasPrefix(line, "#") && strings.Contains(line, "@all") && !strings.Contains(line, "`@`") {
			t.Errorf("%s calls somebody", line)
		}
	}
}
