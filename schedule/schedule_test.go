package schedule_test

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
)

var line = must(phone.ParseNumber("+4930123456"))

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func of(hours schedule.Hours) schedule.Schedule {
	return schedule.New(map[phone.Pattern]schedule.Hours{line.Pattern(): hours}, schedule.Hours{}, nil)
}

func at(tb testing.TB, in *time.Location, text string) time.Time {
	tb.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04:05", text, in)
	if err != nil {
		tb.Fatal(err)
	}
	return moment
}

// TestStateSaysWhetherWhyAndUntilWhen ensures that the first rule of a day
// decides, to the second, and names itself.
func TestStateSaysWhetherWhyAndUntilWhen(t *testing.T) {
	t.Parallel()
	const never = ""
	for _, test := range []struct{ hours, at, state, until string }{
		{"mon-fri 9-18", "2026-11-23 08:59:59", "closed: outside mon-fri 09:00-18:00", "2026-11-23 09:00:00"},
		{"mon-fri 9-18", "2026-11-23 09:00:00", "open: mon-fri 09:00-18:00", "2026-11-23 18:00:00"},
		{"mon-fri 9-18", "2026-11-23 17:59:59", "open: mon-fri 09:00-18:00", "2026-11-23 18:00:00"},
		{"mon-fri 9-18", "2026-11-23 18:00:00", "closed: outside mon-fri 09:00-18:00", "2026-11-24 09:00:00"},
		{"mon-fri 9-18", "2026-11-27 18:00:00", "closed: outside mon-fri 09:00-18:00", "2026-11-30 09:00:00"},
		{"mon-fri 9-18", "2026-11-28 12:00:00", "closed: no hours on Saturday", "2026-11-30 09:00:00"},
		{"mon-fri 9-12, 13-18; sat 10-14", "2026-11-23 12:30:00", "closed: outside mon-fri 09:00-12:00, 13:00-18:00", "2026-11-23 13:00:00"},
		{"mon-fri 9-12, 13-18; sat 10-14", "2026-11-28 11:00:00", "open: sat 10:00-14:00", "2026-11-28 14:00:00"},
		// A night belongs to the day on which it begins.
		{"fri 22-6", "2026-11-28 05:59:59", "open: fri 22:00-06:00", "2026-11-28 06:00:00"},
		{"fri 22-6", "2026-11-28 06:00:00", "closed: no hours on Saturday", "2026-12-04 22:00:00"},
		{"fri 22-6", "2026-11-27 05:00:00", "closed: outside fri 22:00-06:00", "2026-11-27 22:00:00"},
		{"daily 22-6; off 2026-11-28", "2026-11-28 03:00:00", "open: mon-sun 22:00-06:00", "2026-11-28 06:00:00"},
		{"daily 22-6; off 2026-11-28", "2026-11-28 23:00:00", "closed: day off 2026-11-28", "2026-11-29 22:00:00"},
		{"daily 22-6; off 2026-11-28", "2026-11-29 03:00:00", "closed: outside mon-sun 22:00-06:00", "2026-11-29 22:00:00"},
		// Midnight closes nothing that continues.
		{"24/7", "2026-11-23 12:00:00", "open: mon-sun 00:00-24:00", never},
		{"closed", "2026-11-23 12:00:00", "closed: no hours on Monday", never},
		{"mon 0-24; tue 0-12", "2026-11-23 23:00:00", "open: mon 00:00-24:00", "2026-11-24 12:00:00"},
		// Days off, with and without a year, and leap days.
		{"24/7; off 25.12", "2026-12-25 00:00:00", "closed: day off 25.12", "2026-12-26 00:00:00"},
		{"24/7; off 25.12", "2026-12-26 00:00:00", "open: mon-sun 00:00-24:00", "2027-12-25 00:00:00"},
		{"24/7; off 2027-01-01", "2026-12-25 00:00:00", "open: mon-sun 00:00-24:00", "2027-01-01 00:00:00"},
		{"24/7; off 2027-01-01", "2027-01-02 00:00:00", "open: mon-sun 00:00-24:00", never},
		{"24/7; off 24.12..02.01", "2027-01-02 12:00:00", "closed: day off 24.12..02.01", "2027-01-03 00:00:00"},
		{"24/7; off 2026-12-24..2027-01-02", "2026-12-24 00:00:00", "closed: day off 2026-12-24..2027-01-02", "2027-01-03 00:00:00"},
		{"24/7; off 29.02", "2026-12-24 00:00:00", "open: mon-sun 00:00-24:00", "2028-02-29 00:00:00"},
		{"24/7; off 29.02", "2096-03-01 00:00:00", "open: mon-sun 00:00-24:00", "2104-02-29 00:00:00"},
		{"24/7; off 2026-01-01..2199-12-31", "2026-11-23 12:00:00", "closed: day off 2026-01-01..2199-12-31", "2200-01-01 00:00:00"},
		// Public holidays: of the whole country, of a part, and observed ones.
		{"24/7; holidays DE", "2026-12-25 12:00:00", "closed: public holiday Weihnachtstag", "2026-12-27 00:00:00"},
		{"24/7; holidays DE", "2027-01-06 12:00:00", "open: mon-sun 00:00-24:00", "2027-03-26 00:00:00"},
		{"24/7; holidays DE-BY", "2027-01-06 12:00:00", "closed: public holiday Heilige Drei Könige", "2027-01-07 00:00:00"},
		{"24/7; holidays US", "2026-07-03 12:00:00", "closed: public holiday Independence Day (observed)", "2026-07-05 00:00:00"},
		{"24/7; holidays US", "2021-12-31 12:00:00", "closed: public holiday New Year's Day (observed)", "2022-01-02 00:00:00"},
		{"24/7; holidays US, DE", "2026-07-03 12:00:00", "closed: public holiday Independence Day (observed)", "2026-07-05 00:00:00"},
		// Extra working days win over all that closes, their own year first.
		{"mon-fri 9-18; work 2026-11-28 10-14", "2026-11-28 11:00:00", "open: work 2026-11-28 10:00-14:00", "2026-11-28 14:00:00"},
		{"mon-fri 9-18; work 2026-11-28 10-14", "2026-11-28 14:00:00", "closed: outside work 2026-11-28 10:00-14:00", "2026-11-30 09:00:00"},
		{"mon-fri 9-18; work 2026-11-23 10-14", "2026-11-23 09:30:00", "closed: outside work 2026-11-23 10:00-14:00", "2026-11-23 10:00:00"},
		{"24/7; holidays DE; off 25.12; work 25.12 10-14", "2026-12-25 11:00:00", "open: work 25.12 10:00-14:00", "2026-12-25 14:00:00"},
		{"closed; work 24.12 10-14; work 2026-12-24 8-9", "2026-12-24 11:00:00", "closed: outside work 2026-12-24 08:00-09:00", "2027-12-24 10:00:00"},
	} {
		hours := parse(t, test.hours)
		moment := at(t, hours.Zone(), test.at)
		s := of(hours)
		if got := s.At(line, moment).String(); got != test.state {
			t.Errorf("%s at %s: %q, want %q", test.hours, test.at, got, test.state)
		}
		want := time.Time{}
		if test.until != never {
			want = at(t, hours.Zone(), test.until)
		}
		if got := s.Until(line, moment); !got.Equal(want) {
			t.Errorf("%s at %s: until %s, want %s", test.hours, test.at, got, want)
		}
	}
}

// TestTheWallClockDecides ensures that changes of the clocks do what people
// who look at a clock expect.
func TestTheWallClockDecides(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, hours, at, status, until string }{
		// Berlin, 2027-03-28: 02:00 to 03:00 is skipped. 2026-10-25: it comes twice.
		{"Europe/Berlin", "sun 02:30-04", "2027-03-28T00:59:59Z", "closed", "2027-03-28T01:00:00Z"},
		{"Europe/Berlin", "sun 02:15-02:45", "2027-03-27T12:00:00Z", "closed", "2027-04-04T00:15:00Z"},
		{"Europe/Berlin", "sun 01-02:30", "2027-03-28T00:30:00Z", "open", "2027-03-28T01:00:00Z"},
		{"Europe/Berlin", "sun 02-02:30", "2026-10-25T00:29:59Z", "open", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "sun 02-02:30", "2026-10-25T00:30:00Z", "closed", "2026-10-25T01:00:00Z"},
		{"Europe/Berlin", "sun 02-02:30", "2026-10-25T01:00:00Z", "open", "2026-10-25T01:30:00Z"},
		{"Europe/Berlin", "sat 22-6", "2026-10-25T00:30:00Z", "open", "2026-10-25T05:00:00Z"},
		{"Europe/Berlin", "sat 22-6", "2027-03-28T00:30:00Z", "open", "2027-03-28T04:00:00Z"},
		// Zones without changes, and of half and quarter hours.
		{"Asia/Kolkata", "mon 9-18", "2026-11-23T03:29:59Z", "closed", "2026-11-23T03:30:00Z"},
		{"Asia/Kathmandu", "mon 9-18", "2026-11-23T03:15:00Z", "open", "2026-11-23T12:15:00Z"},
		{"UTC", "mon 9-18", "2026-11-23T09:00:00Z", "open", "2026-11-23T18:00:00Z"},
		// Lord Howe puts its clocks back by half an hour, at 02:00.
		{"Australia/Lord_Howe", "sun 01:30-01:45", "2026-04-04T14:45:00Z", "closed", "2026-04-04T15:00:00Z"},
		// Havana skips midnight: the day begins at 01:00.
		{"America/Havana", "sun 0-24", "2026-03-08T04:59:59Z", "closed", "2026-03-08T05:00:00Z"},
		// Samoa had no 30th of December 2011.
		{"Pacific/Apia", "thu 22-6; sat 03-04", "2011-12-30T09:30:00Z", "open", "2011-12-30T10:00:00Z"},
	} {
		hours, err := schedule.Parse(test.hours, zone(t, test.zone))
		if err != nil {
			t.Fatal(err)
		}
		moment, want := must(time.Parse(time.RFC3339, test.at)), must(time.Parse(time.RFC3339, test.until))
		s := of(hours)
		if got := s.At(line, moment); string(got.Status) != test.status {
			t.Errorf("%s: %s at %s: %s, want %s", test.zone, test.hours, test.at, got, test.status)
		}
		if got := s.Until(line, moment); !got.Equal(want) {
			t.Errorf("%s: %s at %s: until %s, want %s", test.zone, test.hours, test.at, got, want)
		}
	}
}

// TestNumbersWithoutHours ensures that nothing is closed that no one closed,
// and that the default serves numbers without their own.
func TestNumbersWithoutHours(t *testing.T) {
	t.Parallel()
	other := must(phone.ParseNumber("+4930888"))
	sunday := at(t, time.UTC, "2026-11-29 12:00:00")
	for name, s := range map[string]schedule.Schedule{"zero": {}, "empty": of(schedule.Hours{})} {
		if got := s.At(line, sunday); got.Status != schedule.Unknown || got.Closed() || got.String() != "unknown: no working time is set for this number" {
			t.Errorf("%s: %q", name, got)
		}
		if got := s.Until(line, sunday); !got.IsZero() {
			t.Errorf("%s: until %s", name, got)
		}
		if times := s.For(line.Pattern()); !times.Hours().IsZero() || times.Of == line.Pattern() {
			t.Errorf("%s: hours %s", name, times.Hours())
		}
	}
	s := schedule.New(map[phone.Pattern]schedule.Hours{line.Pattern(): parse(t, "24/7")}, parse(t, "mon-fri 9-18"), nil)
	if got := s.At(line, sunday).Status; got != schedule.Open {
		t.Errorf("the number's own hours: %s", got)
	}
	if got := s.At(other, sunday).Status; got != schedule.Closed {
		t.Errorf("the hours of all others: %s", got)
	}
	if got := s.At(phone.Number{}, sunday).Status; got != schedule.Closed {
		t.Errorf("a missing number: %s", got)
	}
	if times := s.For(other.Pattern()); times.Of != (phone.Pattern{}) || !times.Hours().Equal(parse(t, "mon-fri 9-18")) {
		t.Errorf("the hours of another number are %s, of %s", times.Hours(), times.Of)
	}
	if !s.Equal(schedule.New(s.Numbers(), s.Others(), s.Calendars())) || s.Equal(of(parse(t, "24/7"))) {
		t.Error("a schedule is not what it was made of")
	}
}

// TestRanges ensures that a number has its own hours, else those of the longest range
// that has it, else the default.
func TestRanges(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"default": "closed; zone UTC", "+493023125*": "sun 01-02; zone UTC", "+4930231250*": "sun 02-03; zone UTC",
		"+493023125012": "sun 03-04; zone UTC", "1*": "sun 04-05; zone UTC", "+4930231251": "sun 5-6; zone UTC",
	}
	s, problems := schedule.Read(texts, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for asked, want := range map[string]string{
		"+493023125012": "+493023125012", "+493023125013": "+4930231250*", "+4930231250": "+4930231250*", "+4930231251": "+4930231251",
		"+49302312510": "+493023125*", "+493023126": "", "+493023125": "+493023125*", "100": "1*", "1*": "1*", "200": "", "+1000": "",
		"+4930231250*": "+4930231250*", "+49302312501*": "+4930231250*", "+49302312*": "", "": "",
	} {
		var pattern phone.Pattern
		if asked != "" {
			pattern = must(phone.ParsePattern(asked))
		}
		times := s.For(pattern)
		if got := times.Of.String(); got != want {
			t.Errorf("%q has the hours of %q, want %q", asked, got, want)
		}
		if want == "" {
			want = schedule.Default
		}
		if got := times.Hours().String(); !times.Hours().Equal(parse(t, texts[want])) {
			t.Errorf("%q has the hours %s, want those of %s", asked, got, want)
		}
		if moment := at(t, time.UTC, "2026-11-29 02:30:00"); !pattern.IsPrefix() &&
			(s.At(pattern.Number(), moment) != times.At(moment) || !s.Until(pattern.Number(), moment).Equal(times.Until(moment))) {
			t.Errorf("%q: At and Until are not those of For", asked)
		}
	}
	if got, _ := s.Texts(); !maps.Equal(got, map[string]string{
		"default": "closed; zone UTC", "+493023125*": "sun 01:00-02:00; zone UTC", "+4930231250*": "sun 02:00-03:00; zone UTC",
		"+493023125012": "sun 03:00-04:00; zone UTC", "1*": "sun 04:00-05:00; zone UTC", "+4930231251": "sun 05:00-06:00; zone UTC",
	}) {
		t.Errorf("texts: %v", got)
	}
}

func BenchmarkAt(b *testing.B) {
	hours := parse(b, "mon-fri 9-12, 13-18; sat 10-14; off 24.12..1.1, 2027-05-03; holidays DE-BY; work 2026-12-05 10-14")
	s, now := of(hours), time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)
	for b.Loop() {
		s.At(line, now)
	}
}

// TestTextsAreReadBack ensures that what is kept is what was there, and that
// what cannot be read costs nothing else.
func TestTextsAreReadBack(t *testing.T) {
	t.Parallel()
	hours := map[string]string{schedule.Default: "24/7; zone UTC", "+4930888": "closed; zone UTC; calendar https://example.org/a", "100": "24/7; zone UTC"}
	calendars := map[string]string{"https://example.org/a": "2026-12-24..2026-12-26 Off\n"}
	damaged := maps.Clone(hours)
	maps.Copy(damaged, map[string]string{"101": "24/7", "Bob": "24/7; zone UTC", "withheld": "24/7; zone UTC"})
	for text, want := range map[string]int{"": 0, "rubbish": 1} {
		all := maps.Clone(calendars)
		if text != "" {
			all["https://example.org/b?key=secret"] = text
		}
		s, problems := schedule.Read(damaged, all)
		if len(problems) != 3+want {
			t.Errorf("problems: %v", errors.Join(problems...))
		}
		gotHours, gotCalendars := s.Texts()
		if !maps.Equal(gotHours, hours) || !maps.Equal(gotCalendars, calendars) {
			t.Errorf("read back: %v, %v", gotHours, gotCalendars)
		}
	}
	_, problems := schedule.Read(map[string]string{"101": "24/7"}, nil)
	const want = `working time of "101": the time zone is missing; add for example: zone Europe/Berlin`
	if len(problems) != 1 || problems[0].Error() != want {
		t.Errorf("problems: %v, want %s", problems, want)
	}
}
