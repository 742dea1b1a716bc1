package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/calllog"
)

func TestWithBars(t *testing.T) {
	t.Parallel()
	rows := []calllog.Tally{
		{Name: "a", Calls: 20, Refused: 5}, {Name: "b", Calls: 1, Refused: 1}, {Name: "ü"}, {Name: "d", Calls: 10, Refused: 9},
	}
	const table = "DAY  CALLS\na    20\nb    1\nü    0\nd    10\n"
	for _, test := range []struct {
		width int
		want  string
	}{
		{0, table},
		{20, table},
		{22, "DAY  CALLS\na    20     ███▒▒▒▒▒▒▒\nb    1      █\nü    0\nd    10     ████▒\n"},
		{1000, "DAY  CALLS\na    20     " + strings.Repeat("█", 15) + strings.Repeat("▒", 45) +
			"\nb    1      ███\nü    0\nd    10     " + strings.Repeat("█", 27) + "▒▒▒\n"},
	} {
		if diff := cmp.Diff(test.want, withBars(table, rows, test.width)); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", test.width, diff)
		}
	}
}
