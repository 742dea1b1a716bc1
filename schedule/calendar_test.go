package schedule_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
)

// feedOf makes an iCal feed of events and other components.
func feedOf(components ...string) string {
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n" + strings.Join(components, "\n") + "\nEND:VCALENDAR\n"
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// utf16 returns a text as Windows writes it.
func utf16(text string) string {
	var b strings.Builder
	for _, c := range "\ufeff" + text {
		b.WriteByte(byte(c))
		b.WriteByte(byte(c >> 8))
	}
	return b.String()
}

func event(lines string) string {
	return "BEGIN:VEVENT\nUID:1@test\nDTSTAMP:20261101T000000Z\n" + strings.TrimSpace(lines) + "\nEND:VEVENT"
}

var readAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// outlook describes a zone under a name that the IANA list hasn't got.
const outlook = `BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE`

// TestFeedsAreReadAsWhatTheyClose ensures that every kind of event closes what
// people who look at the calendar expect.
func TestFeedsAreReadAsWhatTheyClose(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ feed, want string }{
		"a day":               {feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:Christmas Eve")), "2026-12-24..2026-12-24 Christmas Eve\n"},
		"days":                {feedOf(event("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20270102\nSUMMARY:Company holidays")), "2026-12-24..2027-01-01 Company holidays\n"},
		"days by duration":    {feedOf(event("DTSTART;VALUE=DATE:20261224\nDURATION:P2D\nSUMMARY:Off")), "2026-12-24..2026-12-25 Off\n"},
		"UTC":                 {feedOf(event("DTSTART:20261203T120000Z\nDTEND:20261203T140000Z\nSUMMARY:Team day")), "2026-12-03T12:00:00Z..2026-12-03T14:00:00Z Team day\n"},
		"a zone":              {feedOf(event("DTSTART;TZID=Europe/Berlin:20261203T120000\nDURATION:PT1H30M\nSUMMARY:Team day")), "2026-12-03T11:00:00Z..2026-12-03T12:30:00Z Team day\n"},
		"a prefixed zone":     {feedOf(event("DTSTART;TZID=\"/example.org/20260101/Europe/Berlin\":20261203T120000\nDURATION:PT1H\nSUMMARY:x")), "2026-12-03T11:00:00Z..2026-12-03T12:00:00Z x\n"},
		"a described zone":    {feedOf(outlook, event("DTSTART;TZID=Customized Time Zone:20270702T120000\nDURATION:PT1H\nSUMMARY:x")), "2027-07-02T10:00:00Z..2027-07-02T11:00:00Z x\n"},
		"in winter":           {feedOf(outlook, event("DTSTART;TZID=Customized Time Zone:20270102T120000\nDURATION:PT1H\nSUMMARY:x")), "2027-01-02T11:00:00Z..2027-01-02T12:00:00Z x\n"},
		"floating":            {feedOf(event("DTSTART:20261203T120000\nDTEND:20261203T140000\nSUMMARY:Lunch")), "2026-12-03T12:00:00..2026-12-03T14:00:00 Lunch\n"},
		"free time":           {feedOf(event("DTSTART;VALUE=DATE:20261224\nTRANSP:TRANSPARENT\nSUMMARY:Holiday")), "2026-12-24..2026-12-24 Holiday\n"},
		"cancelled":           {feedOf(event("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED\nSUMMARY:Holiday")), ""},
		"no length":           {feedOf(event("DTSTART:20261203T120000Z\nSUMMARY:Reminder")), ""},
		"no name":             {feedOf(event("DTSTART;VALUE=DATE:20261224")), "2026-12-24..2026-12-24 event\n"},
		"a strange name":      {feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:A\\, B\\n\x1b[31m  C")), "2026-12-24..2026-12-24 A, B [31m C\n"},
		"a name in no UTF-8":  {feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:\xff A\xe9")), "2026-12-24..2026-12-24 A\n"},
		"long ago":            {feedOf(event("DTSTART;VALUE=DATE:20250101\nSUMMARY:x")), ""},
		"far ahead":           {feedOf(event("DTSTART;VALUE=DATE:20290101\nSUMMARY:x")), ""},
		"began long ago":      {feedOf(event("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20261201\nSUMMARY:Works")), "2026-01-01..2026-11-30 Works\n"},
		"every year":          {feedOf(event("DTSTART;VALUE=DATE:20101224\nRRULE:FREQ=YEARLY\nSUMMARY:Eve")), "2026-12-24..2026-12-24 Eve\n2027-12-24..2027-12-24 Eve\n"},
		"until a day":         {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;UNTIL=20261215\nSUMMARY:x")), "2026-12-01..2026-12-01 x\n2026-12-08..2026-12-08 x\n2026-12-15..2026-12-15 x\n"},
		"so many times":       {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x")), "2026-12-01..2026-12-01 x\n2026-12-02..2026-12-02 x\n"},
		"by the clock":        {feedOf(event("DTSTART;TZID=Europe/Berlin:20270327T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x")), "2027-03-27T08:00:00Z..2027-03-27T09:00:00Z x\n2027-03-28T07:00:00Z..2027-03-28T08:00:00Z x\n"},
		"until in UTC":        {feedOf(event("DTSTART;TZID=Asia/Tokyo:20261201T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20261202T000000Z\nSUMMARY:x")), "2026-12-01T00:00:00Z..2026-12-01T01:00:00Z x\n2026-12-02T00:00:00Z..2026-12-02T01:00:00Z x\n"},
		"one is renamed":      {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x"), event("RECURRENCE-ID;VALUE=DATE:20261202\nDTSTART;VALUE=DATE:20261202\nSUMMARY:y")), "2026-12-01..2026-12-01 x\n2026-12-02..2026-12-02 y\n"},
		"but not then":        {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261202\nSUMMARY:x")), "2026-12-01..2026-12-01 x\n2026-12-03..2026-12-03 x\n"},
		"but not then, UTC":   {feedOf(event("DTSTART;TZID=Europe/Berlin:20261201T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20261202T080000Z\nSUMMARY:x")), "2026-12-01T08:00:00Z..2026-12-01T09:00:00Z x\n"},
		"and then":            {feedOf(event("DTSTART;VALUE=DATE:20261201\nRDATE;VALUE=DATE:20261210,20261212\nSUMMARY:x")), "2026-12-01..2026-12-01 x\n2026-12-10..2026-12-10 x\n2026-12-12..2026-12-12 x\n"},
		"one is moved":        {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x"), event("RECURRENCE-ID;VALUE=DATE:20261202\nDTSTART;VALUE=DATE:20261204\nSUMMARY:y")), "2026-12-01..2026-12-01 x\n2026-12-04..2026-12-04 y\n"},
		"one is cancelled":    {feedOf(event("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2\nSUMMARY:x"), event("RECURRENCE-ID;VALUE=DATE:20261202\nDTSTART;VALUE=DATE:20261202\nSTATUS:CANCELLED")), "2026-12-01..2026-12-01 x\n"},
		"the same day twice":  {feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:x"), event("DTSTART;VALUE=DATE:20261224\nSUMMARY:x")), "2026-12-24..2026-12-24 x\n"},
		"a mark at the start": {"\ufeff" + feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:x")), "2026-12-24..2026-12-24 x\n"},
		"UTF-16":              {utf16(feedOf(event("DTSTART;VALUE=DATE:20261224\nSUMMARY:Übergabe"))), "2026-12-24..2026-12-24 Übergabe\n"},
		"empty":               {"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", ""},
	} {
		calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(test.feed), readAt)
		if err != nil || len(problems) > 0 || calendar.String() != test.want {
			t.Errorf("%s: %q, %v, %v, want %q", name, calendar, problems, err, test.want)
		}
	}
}

// TestUnreadableEventsAreReported ensures that one bad event doesn't cost
// the others, and that what is no calendar is refused.
func TestUnreadableEventsAreReported(t *testing.T) {
	t.Parallel()
	good := event("DTSTART;VALUE=DATE:20261224\nSUMMARY:good")
	const form = ": use for example 20261224 or 20261224T120000Z"
	for lines, want := range map[string]string{
		"SUMMARY:bad\nDESCRIPTION:an event that has a name and nothing else at all": "line 4: the event has no DTSTART: add for example DTSTART;VALUE=DATE:20261224",
		"SUMMARY:bad\nDTSTART;X-OF=what people type into fields:tomorrow":           "line 8: DTSTART: invalid date or time" + form,
		"SUMMARY:bad\nDTSTART:":                                                                                         "line 8: DTSTART: invalid date or time" + form,
		"SUMMARY:bad\nDTSTART;TZID=Nowhere:20261203T120000":                                                             "line 8: DTSTART: unknown time zone: the zone of the hours counts; use a name such as Europe/Berlin",
		"SUMMARY:bad\nDTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY":                                                    "line 8: DTSTART: the year is out of range: use 1583 to 2199",
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nDTSTART;VALUE=DATE:20261204":                                         "line 9: DTSTART: the event has it twice: the first counts",
		"SUMMARY:bad\nDTSTART:20261203T120000Z\nDTEND:20261203T110000Z":                                                 "line 9: DTEND: it is before DTSTART: it does not count",
		"SUMMARY:bad\nDTSTART:20261203T120000Z\nDURATION:1h":                                                            "line 9: DURATION: invalid duration: use for example PT1H30M or P1D",
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nRRULE:FREQ=SOMETIMES":                                                "line 9: RRULE: invalid rule: use for example FREQ=WEEKLY;BYDAY=MO,TU: only the first time counts",
		"SUMMARY:bad\nDTSTART:20261203T120000Z\nDURATION:PT1M\nRRULE:FREQ=HOURLY":                                       "line 10: RRULE: events that repeat several times a day are not supported: only the first time counts",
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nEXDATE:x\nRRULE:FREQ=DAILY":                                          "line 9: EXDATE: invalid date or time" + form,
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nRDATE:20270101/x":                                                    "line 9: RDATE: invalid period: use for example 20261224T120000Z/20261224T130000Z",
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nRECURRENCE-ID;VALUE=DATE:x":                                          "line 9: RECURRENCE-ID: invalid date or time" + form,
		"SUMMARY:bad\nDTSTART;VALUE=DATE:20261203\nRRULE:FREQ=DAILY;BYMONTHDAY=2000":                                    "line 9: RRULE: invalid rule: use for example FREQ=WEEKLY;BYDAY=MO,TU: only the first time counts",
		"SUMMARY:bad\nDTSTART:16040101T000000\nDURATION:PT1M\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=1,2": "line 10: RRULE: it repeats too often: only the first time counts",
	} {
		calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(feedOf(event(lines), good)), readAt)
		if err != nil || !strings.Contains(calendar.String(), "2026-12-24..2026-12-24 good\n") || len(problems) != 1 || problems[0] != want {
			t.Errorf("%s:\n got %q, %q, %v\nwant %q", lines, calendar, problems, err, want)
		}
	}
	for text, want := range map[string]string{
		"":       "invalid iCal feed: it does not begin with BEGIN:VCALENDAR",
		"<html>": "invalid iCal feed: it does not begin with BEGIN:VCALENDAR",
		"BEGIN:VEVENT\nDTSTART:20261224\nEND:VEVENT":                   "invalid iCal feed: it does not begin with BEGIN:VCALENDAR",
		"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nDTSTART:20261224": "invalid iCal feed: it ends within the component that begins on line 3: the file is incomplete",
		"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nEND:VEVENT\nBEGI": "invalid iCal feed: it ends without END:VCALENDAR: the file is incomplete",
		feedOf(strings.TrimSpace(manyEvents(2001))):                    "it closes more than 2000 times in a year; use a smaller calendar",
	} {
		if _, _, err := schedule.ReadICal(t.Context(), strings.NewReader(text), readAt); err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := schedule.ReadICal(ended, strings.NewReader(feedOf(good)), readAt); err == nil {
		t.Error("a feed is still read when no one waits for it")
	}
}

// Ensure a problem names its line in the file as an editor shows it, with
// folded, blank and very long lines before it.
func TestProblemsNameTheirLines(t *testing.T) {
	t.Parallel()
	bad := "BEGIN:VEVENT\nUID:2\nDTSTART:soon\nEND:VEVENT\n"
	for name, test := range map[string]struct {
		text string
		want int
	}{
		"plain":        {"BEGIN:VCALENDAR\n" + bad, 4},
		"blank lines":  {"BEGIN:VCALENDAR\n\n\r\n" + bad, 6},
		"blank before": {"\n\nBEGIN:VCALENDAR\n" + bad, 6},
		"folded":       {"BEGIN:VCALENDAR\nX-A:a\n b\n c\n" + bad, 7},
		"long":         {"BEGIN:VCALENDAR\nX-A:" + strings.Repeat("a", 10_000) + "\n" + bad, 5},
		"folded begin": {"BEGIN:VCALENDAR\nBEG\n IN:VEVENT\n" + strings.TrimPrefix(bad, "BEGIN:VEVENT\n"), 5},
		"second":       {"BEGIN:VCALENDAR\n" + event("DTSTART;VALUE=DATE:20261224") + "\n" + bad, 9},
		"CR CR LF":     {"BEGIN:VCALENDAR\r\r\nVERSION:2.0\r\r\n" + bad, 5},
		"CR":           {"BEGIN:VCALENDAR\rVERSION:2.0\r" + strings.ReplaceAll(bad, "\n", "\r"), 5},
	} {
		_, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(test.text+"END:VCALENDAR\n"), readAt)
		want := fmt.Sprintf("line %d: DTSTART: invalid date or time: use for example 20261224 or 20261224T120000Z", test.want)
		if err != nil || len(problems) != 1 || problems[0] != want {
			t.Errorf("%s: %q, %v, want %s", name, problems, err, want)
		}
	}
}

// canary is used as a secret in a feed.
const canary = "hunter22canary"

// Ensure no problem and no error shows text of a feed, wherever it stands.
func TestNoTextOfAFeedIsShown(t *testing.T) {
	t.Parallel()
	whole := feedOf(outlook, event("DTSTART;TZID=Customized Time Zone:20261203T120000\nDTEND;TZID=Customized Time Zone:20261203T130000\n"+
		"RRULE:FREQ=WEEKLY;BYDAY=TH;UNTIL=20270101T000000Z\nEXDATE:20261210T110000Z\nRDATE:20261211T110000Z\nSTATUS:CONFIRMED"),
		event("DTSTART:20261203T120000Z\nDURATION:PT1H\nRECURRENCE-ID:20261210T110000Z"))
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, len(whole)).Draw(t, "from")
		to := rapid.IntRange(from, min(len(whole), from+40)).Draw(t, "to")
		if rapid.Bool().Draw(t, "value") {
			// The whole value of a property.
			if colon := strings.IndexAny(whole[from:], ":;="); colon >= 0 {
				from += colon + 1
				to = from + strings.IndexAny(whole[from:], "\r;:")
			}
		}
		text := whole[:from] + canary + whole[max(from, to):]
		_, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(text), readAt)
		if shown := fmt.Sprint(problems, err); strings.Contains(strings.ToLower(shown), canary) {
			t.Fatalf("%q shows the canary of\n%s", shown, text)
		}
	})
}

func manyEvents(n int) string {
	var b strings.Builder
	for i := range n {
		at := readAt.Add(time.Duration(i) * time.Hour).Format("20060102T150405Z")
		b.WriteString(event("DTSTART:"+at+"\nDURATION:PT1M\nSUMMARY:x") + "\n")
	}
	return b.String()
}

const closedAt = "https://example.org/closed.ics"

func withCalendar(tb testing.TB, hours, calendar string) schedule.Schedule {
	tb.Helper()
	read, err := schedule.ParseCalendar(calendar)
	if err != nil {
		tb.Fatal(err)
	}
	return schedule.New(map[phone.Pattern]schedule.Hours{line.Pattern(): parse(tb, hours+"; calendar "+closedAt)}, schedule.Hours{},
		map[string]schedule.Calendar{closedAt: read})
}

// TestCalendarsClose ensures that whole days count as days off of the zone,
// that events with a time close their span, and that extra working days stay.
func TestCalendarsClose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ hours, calendar, at, state, until string }{
		{"daily 9-18", "2026-12-24..2026-12-25 Off", "2026-12-24 12:00:00", "closed: calendar: Off", "2026-12-26 09:00:00"},
		{"daily 22-6", "2026-12-24..2026-12-24 Off", "2026-12-24 03:00:00", "open: mon-sun 22:00-06:00", "2026-12-24 06:00:00"},
		{"daily 22-6", "2026-12-24..2026-12-24 Off", "2026-12-24 23:00:00", "closed: calendar: Off", "2026-12-25 22:00:00"},
		{"daily 9-18", "2026-12-03T11:00:00Z..2026-12-03T13:00:00Z Team day", "2026-12-03 11:00:00", "open: mon-sun 09:00-18:00", "2026-12-03 12:00:00"},
		{"daily 9-18", "2026-12-03T11:00:00Z..2026-12-03T13:00:00Z Team day", "2026-12-03 12:00:00", "closed: calendar: Team day", "2026-12-03 14:00:00"},
		{"daily 9-18", "2026-12-03T12:00:00..2026-12-03T14:00:00 Lunch", "2026-12-03 13:59:59", "closed: calendar: Lunch", "2026-12-03 14:00:00"},
		{"daily 9-18", "2026-12-03T12:00:00..2026-12-03T14:00:00 Lunch", "2026-12-03 14:00:00", "open: mon-sun 09:00-18:00", "2026-12-03 18:00:00"},
		{"24/7", "2026-12-03T11:00:30Z..2026-12-03T11:00:31Z Blink", "2026-12-03 11:00:00", "open: mon-sun 00:00-24:00", "2026-12-03 12:00:30"},
		{"24/7", "2026-12-01T11:00:00Z..2026-12-09T11:00:00Z Long\n2026-12-02T11:00:00Z..2026-12-02T12:00:00Z Inside", "2026-12-03 11:00:00", "closed: calendar: Long", "2026-12-09 12:00:00"},
		{"daily 9-18; work 2026-12-24 10-14", "2026-12-24..2026-12-24 Off\n2026-12-24T00:00:00..2026-12-25T00:00:00 Off", "2026-12-24 12:00:00", "open: work 2026-12-24 10:00-14:00", "2026-12-24 14:00:00"},
		{"daily 9-18; off 24.12", "2026-12-24..2026-12-24 Off", "2026-12-24 12:00:00", "closed: day off 24.12", "2026-12-25 09:00:00"},
		{"daily 9-18", "", "2026-12-24 12:00:00", "open: mon-sun 09:00-18:00", "2026-12-24 18:00:00"},
	} {
		s := withCalendar(t, test.hours, test.calendar)
		berlin := zone(t, "Europe/Berlin")
		moment := at(t, berlin, test.at)
		if got := s.At(line, moment).String(); got != test.state {
			t.Errorf("%s, %q at %s: %q, want %q", test.hours, test.calendar, test.at, got, test.state)
		}
		if got, want := s.Until(line, moment), at(t, berlin, test.until); !got.Equal(want) {
			t.Errorf("%s, %q at %s: until %s, want %s", test.hours, test.calendar, test.at, got, want)
		}
	}
}

// TestUntilWithCalendars holds what calendars close against a scan minute
// by minute, across changes of the clocks.
func TestUntilWithCalendars(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := must(time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone")))
		start := changeOfClocks(in, time.Unix(rapid.Int64Range(1700000000, 1900000000).Draw(t, "around"), 0)).In(in).Truncate(time.Minute)
		var closures strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "closures") {
			from := start.Add(time.Duration(rapid.IntRange(-48*60, 48*60).Draw(t, "from")) * time.Minute)
			to := from.Add(time.Duration(rapid.IntRange(1, 30*60).Draw(t, "length")) * time.Minute)
			layout := rapid.SampledFrom([]string{time.DateOnly, "2006-01-02T15:04:05", time.RFC3339}).Draw(t, "kind")
			if layout == time.RFC3339 {
				from, to = from.UTC(), to.UTC()
			}
			closures.WriteString(from.Format(layout) + ".." + to.Format(layout) + " x\n")
		}
		calendar := must(schedule.ParseCalendar(closures.String()))
		text := drawHours(t, start) + "; calendar " + closedAt
		hours, err := schedule.Parse(text, in)
		if err != nil {
			t.Skip(err)
		}
		s := schedule.New(map[phone.Pattern]schedule.Hours{line.Pattern(): hours}, schedule.Hours{}, map[string]schedule.Calendar{closedAt: calendar})
		moment := start.Add(time.Duration(rapid.Int64Range(-48*3600, 24*3600).Draw(t, "seconds")) * time.Second)
		status, got := s.At(line, moment).Status, s.Until(line, moment)
		for next := moment.Truncate(time.Minute).Add(time.Minute); next.Before(moment.Add(72 * time.Hour)); next = next.Add(time.Minute) {
			if s.At(line, next).Status != status {
				if !got.Equal(next) {
					t.Fatalf("%s with\n%sat %s it is %s until %s, but the scan says %s", hours, calendar, moment.In(in), status, got, next.In(in))
				}
				return
			}
		}
		if !got.IsZero() && got.Before(moment.Add(72*time.Hour)) {
			t.Fatalf("%s with\n%sat %s it is %s until %s, but the scan finds no change", hours, calendar, moment.In(in), status, got)
		}
	})
}

func TestParseCalendarErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"tomorrow x": `line 1, "tomorrow x": invalid time "tomorrow"`,
		"2026-12-24..2026-12-24 x\n2026-12-24..x y": `line 2, "2026-12-24..x y": parsing time "x" as "2006-01-02": cannot parse "x" as "2006"`,
	} {
		if _, err := schedule.ParseCalendar(text); err == nil || err.Error() != want {
			t.Errorf("ParseCalendar(%q): %v, want %s", text, err, want)
		}
	}
}

// oddRule is a valid recurrence rule on which rrule-go panics.
const oddRule = "RRULE:FREQ=YEARLY;BYDAY=20SA;BYMONTH=10"

// Ensure an event or a zone on which a library panics is reported and costs no
// other event.
func TestReadICal_LibraryPanics(t *testing.T) {
	t.Parallel()
	christmas := event("DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas")
	zone := strings.ReplaceAll(outlook, "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10", oddRule)
	for name, feed := range map[string]string{
		"event":       feedOf(event("DTSTART:20201024T100000Z\nDTEND:20201024T110000Z\n"+oddRule+"\nSUMMARY:odd"), christmas),
		"zone":        feedOf(zone, event("DTSTART;TZID=Customized Time Zone:20261203T120000\nDURATION:PT1H\nSUMMARY:odd"), christmas),
		"moved event": feedOf(zone, event("RECURRENCE-ID;TZID=Customized Time Zone:20261203T120000\nDTSTART:20261203T130000Z\nDURATION:PT1H\nSUMMARY:odd"), christmas),
	} {
		calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(feed), readAt)
		if err != nil || len(problems) != 1 || !strings.Contains(calendar.String(), "Christmas") {
			t.Errorf("%s: %q, problems %q, error %v; want Christmas and one problem", name, calendar, problems, err)
		}
	}
}
