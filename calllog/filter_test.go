package calllog_test

import (
	"testing"
	"time"

	"github.com/ringfence/ringfence/calllog"
)

func TestFilter_Matches(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	record := calllog.Record{
		Time: noon, Caller: "+4930123", Dialled: "100", Verdict: calllog.Refused, Check: "list",
		Rule: "block +4930* for calls to 100", Hours: calllog.Closed,
	}
	for name, test := range map[string]struct {
		filter calllog.Filter
		want   bool
	}{
		"zero":            {calllog.Filter{}, true},
		"caller":          {calllog.Filter{Caller: "+4930123"}, true},
		"other caller":    {calllog.Filter{Caller: "+493012"}, false},
		"prefix":          {calllog.Filter{Caller: "+493012*"}, true},
		"other prefix":    {calllog.Filter{Caller: "+49301234*"}, false},
		"dialled":         {calllog.Filter{Dialled: "100"}, true},
		"other dialled":   {calllog.Filter{Dialled: "200"}, false},
		"range":           {calllog.Filter{Dialled: "10*"}, true},
		"own range":       {calllog.Filter{Dialled: "100*"}, true},
		"other range":     {calllog.Filter{Dialled: "2*"}, false},
		"verdict":         {calllog.Filter{Verdict: calllog.Refused}, true},
		"check":           {calllog.Filter{Check: "list"}, true},
		"other check":     {calllog.Filter{Check: "prefix"}, false},
		"rule":            {calllog.Filter{Rule: "+4930*"}, true},
		"other rule":      {calllog.Filter{Rule: "+493*"}, false},
		"dialled of rule": {calllog.Filter{Rule: "100"}, false},
		"hours":           {calllog.Filter{Hours: calllog.Closed}, true},
		"other hours":     {calllog.Filter{Hours: calllog.Open}, false},
		"other verdict":   {calllog.Filter{Verdict: calllog.Passed}, false},
		"since inclusive": {calllog.Filter{Since: noon}, true},
		"until exclusive": {calllog.Filter{Until: noon}, false},
	} {
		if got := test.filter.Matches(record); got != test.want {
			t.Errorf("%s: Matches = %v, want %v", name, got, test.want)
		}
	}
}
