package schedule_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/schedule"
)

var update = flag.Bool("update", false, "write what is read or computed now as what is wanted")

// filesReadAt is the time as of which the files are read.
var filesReadAt = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// readText returns what is read of a feed as text: closures, problems, error.
func readText(tb testing.TB, feed string) string {
	tb.Helper()
	calendar, problems, err := schedule.ReadICal(tb.Context(), strings.NewReader(feed), filesReadAt)
	var b strings.Builder
	b.WriteString(calendar.String())
	for _, problem := range problems {
		fmt.Fprintf(&b, "problem: %s\n", problem)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

// Ensure each kind of feed that programs publish closes what it closes for people who
// look at it, and the rest is reported.
func TestReadICal_Files(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/ical/*.ics")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		feed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, want := readText(t, string(feed)), strings.TrimSuffix(file, ".ics")+".want"
		if *update {
			if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// brokenLines break the grammar. badValues have a value that cannot be read, and no event
// needs them.
var (
	brokenLines = []string{
		"rubbish", "X-EMPTY", "X_UNDERSCORE:1", "X-BLANK : 1", "X-APPLE-RADIUS=49.9", "ORGANIZER;CN=Example SE", "::", ";", "\"",
		`ATTENDEE;CN="Jane "JJ" Doe":mailto:jane@example.org`, `ATTENDEE;CN="Jane:mailto:jane@example.org`, "See https://example.org/x for more",
		"BEGIN:X-FOLDER", "END:X-FOLDER", "BEGIN:", "END:", "END:VALARM", "BEGIN", "\xff\xfe:x", "X-\r\n \r\n a", "end:vjournal",
	}
	badValues = []string{
		"DTSTART:soon", "DTSTART:", "DTEND:20261301", "DURATION:-PT1H", "RRULE:often", "RRULE:FREQ=HOURLY", "RDATE:1.1.2027",
		"RDATE:20270101/soon", "EXDATE:none", "EXDATE;TZID=Nowhere:none", "SEQUENCE:one", "EXRULE:FREQ=", "EXRULE:seldom",
	}
)

// Ensure a bad line or event costs itself, wherever it stands in whatever feed.
func TestReadICal_BadPartsCostThemselves(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/ical/*.ics")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := strings.SplitAfter(string(must(os.ReadFile(rapid.SampledFrom(files).Draw(t, "file")))), "\n")
		want, before, err := schedule.ReadICal(t.Context(), strings.NewReader(strings.Join(lines, "")), filesReadAt)
		if err != nil {
			t.Skip("it cannot be read")
		}
		var bad string
		places := placesOf(lines, false)
		kind := rapid.SampledFrom([]string{"line", "value", "event"}).Draw(t, "kind")
		switch kind {
		case "line":
			bad = rapid.SampledFrom(brokenLines).Draw(t, "line")
		case "value":
			bad, places = rapid.SampledFrom(badValues).Draw(t, "value"), placesOf(lines, true)
		default:
			bad = "BEGIN:VEVENT\nUID:bad@example.org\n" + rapid.SampledFrom(slices.Concat(brokenLines, badValues)).Draw(t, "of") + "\nEND:VEVENT"
			places = slices.DeleteFunc(places, func(i int) bool { return lines[i] != "BEGIN:VEVENT\n" })
		}
		if len(places) == 0 {
			t.Skip("it has no place")
		}
		at := rapid.SampledFrom(places).Draw(t, "at")
		text := strings.Join(lines[:at], "") + bad + "\n" + strings.Join(lines[at:], "")
		calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(text), filesReadAt)
		if err != nil || calendar.String() != want.String() || kind != "value" && slices.Equal(problems, before) {
			t.Fatalf("with %q on line %d: %v, problems %q\n%s", bad, at+1, err, problems, cmp.Diff(want.String(), calendar.String()))
		}
	})
}

// placesOf returns the indexes of lines in a calendar before which a line may stand, or of
// those within an event.
func placesOf(lines []string, inEvent bool) (places []int) {
	within := map[string]bool{}
	for i, line := range lines {
		first := within["vcalendar"] && strings.Trim(line, " \t\n") != "" && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t")
		if first && (!inEvent || within["vevent"] && !within["valarm"]) {
			places = append(places, i)
		}
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(line)), ":")
		if name = strings.TrimSpace(name); name == "begin" || name == "end" {
			within[strings.TrimSpace(value)] = name == "begin"
		}
	}
	return places
}

// Ensure the size of a feed bounds the time to read it, whatever it is made of: the time
// must not grow with the square of it.
func TestReadICal_LongFeeds(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	fill := func(text string) string { return strings.Repeat(text, size/len(text)) }
	var turns strings.Builder
	for i := 0; turns.Len() < 4*size; i++ {
		turns.WriteString(event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:" +
			filesReadAt.Add(time.Duration(-i)*time.Hour).Format("20060102T150405") + "\nDTSTART;TZID=America/New_York:20200101T000000"))
		turns.WriteString("\n")
	}
	for name, lines := range map[string]string{
		"turns":        event("DTSTART;TZID=Europe/Berlin:20200101T000000\nRRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7") + "\n" + turns.String(),
		"parameters":   "X-A" + fill(";A=B") + ":C",
		"values":       "X-A;B=" + fill("C,") + "C:D",
		"quotes":       "X-A;B=" + fill(`"a",`) + ":D",
		"colons":       event("DTSTART;TZID=" + fill(":") + "20261224T120000"),
		"slashes":      event("DTSTART;TZID=" + fill("a/") + ":20261224T120000"),
		"dates":        event("DTSTART:20261224\nEXDATE:" + fill("20261224,") + "\nRDATE:" + fill("20270101,")),
		"rule":         event("DTSTART:20261224\nRRULE:FREQ=DAILY" + fill(";X-A=1")),
		"folded":       "X-A:" + fill("\r\n a"),
		"carriage":     fill("\r"),
		"blank":        fill(" \n"),
		"bad lines":    fill("a\n"),
		"begins":       fill("BEGIN:X-A\n"),
		"events":       fill("BEGIN:VEVENT\n"),
		"nested":       fill("BEGIN:X-A\n") + fill("END:X-B\n"),
		"ends":         fill("END:VEVENT\n"),
		"calendars":    fill("BEGIN:VCALENDAR\n"),
		"zones":        fill("BEGIN:VTIMEZONE\nTZID:a\nEND:VTIMEZONE\n"),
		"first digits": event("DTSTART:20261224\nEXDATE" + fill(":20261224")),
	} {
		begun := time.Now()
		if _, _, err := schedule.ReadICal(t.Context(), strings.NewReader(feedOf(lines)), filesReadAt); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if taken := time.Since(begun); taken > 10*time.Second {
			t.Errorf("%s: it takes %s", name, taken)
		} else {
			t.Logf("%s: %s", name, taken)
		}
	}
}

var problemForm = regexp.MustCompile(`^lines? \d[-\d, ]*(?: and \d+ more)?: [ -~]+$`)

// Ensure whatever comes is read without a panic, to what is stored and read again, with
// problems in words of our own.
func FuzzReadICal(f *testing.F) {
	files, err := filepath.Glob("testdata/ical/*.ics")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(string(must(os.ReadFile(file))))
	}
	f.Fuzz(func(t *testing.T, text string) {
		calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(text), filesReadAt)
		if err != nil {
			return
		}
		again, err := schedule.ParseCalendar(calendar.String())
		if err != nil || !again.Equal(calendar) {
			t.Fatalf("%q reads back as %q, %v", calendar, again, err)
		}
		for _, problem := range problems {
			if !problemForm.MatchString(problem) {
				t.Fatalf("problem %q", problem)
			}
		}
		if len(problems) > 100 {
			t.Fatalf("%d problems", len(problems))
		}
	})
}

// Ensure rules that never name a time do not hold up a read that no one waits for.
func TestReadICal_EndsInTime(t *testing.T) {
	t.Parallel()
	const never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\n"
	zones := strings.Replace(outlook, "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\n", strings.Repeat("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n", 10_000), 1)
	for name, feed := range map[string]string{
		"rules":  feedOf(event("DTSTART:20261224\n" + strings.Repeat(never, 10_000))),
		"events": feedOf(strings.Repeat(event("DTSTART:20261224\n"+never)+"\n", 10_000)),
		"zone":   feedOf(zones),
	} {
		bounded, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		begun := time.Now()
		_, _, err := schedule.ReadICal(bounded, strings.NewReader(feed), filesReadAt)
		cancel()
		if taken := time.Since(begun); !errors.Is(err, context.DeadlineExceeded) || taken > 5*time.Second {
			t.Errorf("%s: %v after %s", name, err, taken)
		}
	}
}

func TestNamesOfZones(t *testing.T) {
	t.Parallel()
	for _, names := range schedule.ZoneNames {
		for name, zone := range names {
			if _, err := schedule.LoadZone(zone); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Ensure a time that clocks show twice is the first of both, and one that they skip is
// counted by how they went before: by a name of the IANA list, and by a description.
func TestReadICal_TimesOfZones(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		in := must(time.LoadLocation(name))
		change := filesReadAt
		if next := changeOfClocks(in, filesReadAt); next.Before(filesReadAt.AddDate(1, 0, 0)) {
			change = next
		}
		near := change.Add(time.Duration(rapid.IntRange(-200, 200).Draw(t, "minutes")) * time.Minute).In(in)
		shown := time.Date(near.Year(), near.Month(), near.Day(), near.Hour(), near.Minute(), 0, 0, time.UTC)
		if rapid.Bool().Draw(t, "perhaps skipped") {
			_, before := change.Add(-time.Second).In(in).Zone()
			shown = change.Add(time.Duration(before)*time.Second + time.Duration(rapid.IntRange(0, 90).Draw(t, "after"))*time.Minute).UTC()
		}
		_, before := change.Add(-time.Second).In(in).Zone()
		want := shown.Add(-time.Duration(before) * time.Second)
		for moment := shown.Add(-15 * time.Hour); moment.Before(shown.Add(15 * time.Hour)); moment = moment.Add(time.Minute) {
			if at := moment.In(in); at.Format("20060102T1504") == shown.Format("20060102T1504") {
				want = moment
				break
			}
		}
		text := shown.Format("20060102T150405")
		feed := feedOf(description(in), event("DTSTART;TZID="+name+":"+text+"\nDURATION:PT1M\nSUMMARY:x"))
		for _, feed := range []string{feed, strings.ReplaceAll(feed, "TZID:"+name, "TZID:other"), strings.ReplaceAll(feed, name, "other")} {
			calendar, problems, err := schedule.ReadICal(t.Context(), strings.NewReader(feed), filesReadAt)
			if got, want := calendar.String(), want.Format(time.RFC3339)+".."+want.Add(time.Minute).Format(time.RFC3339)+" x\n"; err != nil || len(problems) > 0 || got != want {
				t.Fatalf("%s in %s: %s, %q, %v, want %s of\n%s", text, name, got, problems, err, want, feed)
			}
		}
	})
}

// description describes the clocks of a zone for the years about which the tests ask.
func description(zone *time.Location) string {
	var b strings.Builder
	b.WriteString("BEGIN:VTIMEZONE\nTZID:" + zone.String())
	at := filesReadAt.AddDate(-1, 0, 0).In(zone)
	for range 5 {
		_, before := at.Add(-time.Second).Zone()
		kind := "STANDARD"
		if at.IsDST() {
			kind = "DAYLIGHT"
		}
		fmt.Fprintf(&b, "\nBEGIN:%s\nDTSTART:%s\nTZOFFSETFROM:%s\nTZOFFSETTO:%s\nEND:%s", kind, at.UTC().Add(time.Duration(before)*time.Second).Format("20060102T150405"),
			at.Add(-time.Second).Format("-0700"), at.Format("-0700"), kind)
		_, next := at.ZoneBounds()
		if next.IsZero() {
			break
		}
		at = next.In(zone)
	}
	return b.String() + "\nEND:VTIMEZONE"
}
