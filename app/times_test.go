package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// now is a Monday.
func now(zone *time.Location) time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, zone) }

func berlin(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

func TestParseMoment(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	for text, want := range map[string]string{
		"now":                               "2026-11-23 12:00:00 +0100",
		"2026-12-24":                        "2026-12-24 00:00:00 +0100",
		"2026-12-24 18:30":                  "2026-12-24 18:30:00 +0100",
		"2026-12-24T18:30:15":               "2026-12-24 18:30:15 +0100",
		"2026-12-24T18:30:15Z":              "2026-12-24 19:30:15 +0100",
		"2026-12-24t18:30:15.5z":            "2026-12-24 19:30:15 +0100",
		"2026-12-24T18:30:15+01:00":         "2026-12-24 18:30:15 +0100",
		"2026-12-24 18:30:15\u221205:00":    "2026-12-25 00:30:15 +0100",
		"2026-12-24 18:30:15 +0200":         "2026-12-24 17:30:15 +0100",
		"Thu, 24 Dec 2026 18:30:15 +0200":   "2026-12-24 17:30:15 +0100",
		"2026-12-24 18:30 -05:00":           "2026-12-25 00:30:00 +0100",
		"18:30":                             "2026-11-23 18:30:00 +0100",
		"6:30 pm":                           "2026-11-23 18:30:00 +0100",
		"6pm":                               "2026-11-23 18:00:00 +0100",
		"12 a.m.":                           "2026-11-23 00:00:00 +0100",
		"24:00":                             "2026-11-24 00:00:00 +0100",
		"24.12.2026":                        "2026-12-24 00:00:00 +0100",
		"24.12.":                            "2026-12-24 00:00:00 +0100",
		"1.5.":                              "2027-05-01 00:00:00 +0200",
		"29.2.":                             "2028-02-29 00:00:00 +0100",
		"23.11.":                            "2026-11-23 00:00:00 +0100",
		"2026/12/24":                        "2026-12-24 00:00:00 +0100",
		"24 Dec 2026":                       "2026-12-24 00:00:00 +0100",
		"Dec 24":                            "2026-12-24 00:00:00 +0100",
		"December 24th, 2027 at 2:30 PM":    "2027-12-24 14:30:00 +0100",
		"24. dec 2026, 14:30":               "2026-12-24 14:30:00 +0100",
		"24.12.2026 14:30:15":               "2026-12-24 14:30:15 +0100",
		"14:30 24.12.2026":                  "2026-12-24 14:30:00 +0100",
		"14:30 on 24 Dec 2026":              "2026-12-24 14:30:00 +0100",
		"today":                             "2026-11-23 00:00:00 +0100",
		"Today 14:30":                       "2026-11-23 14:30:00 +0100",
		"yesterday":                         "2026-11-22 00:00:00 +0100",
		"yesterday 14:30":                   "2026-11-22 14:30:00 +0100",
		"14:30 yesterday":                   "2026-11-22 14:30:00 +0100",
		"yesterday at 2:30 p.m.":            "2026-11-22 14:30:00 +0100",
		"tomorrow, 9am":                     "2026-11-24 09:00:00 +0100",
		"monday":                            "2026-11-23 00:00:00 +0100",
		"Fri 18:00":                         "2026-11-27 18:00:00 +0100",
		"Thu 2026-12-24 18:00 CET":          "2026-12-24 18:00:00 +0100",
		"2026-12-24 17:00 UTC":              "2026-12-24 18:00:00 +0100",
		"\u00a024.12.2026\u202f14:30\u200b": "2026-12-24 14:30:00 +0100",
		"2026\u201012\u201124":              "2026-12-24 00:00:00 +0100",
		"１４：３０":                             "2026-11-23 14:30:00 +0100",
	} {
		got, err := ParseMoment(text, now(zone), zone)
		if shown := got.In(zone).Format("2006-01-02 15:04:05 -0700"); err != nil || shown != want {
			t.Errorf("ParseMoment(%q) = %s, %v; want %s", text, shown, err, want)
		}
	}
	const usage = "use for example 2026-11-23T14:30, 23.11.2026, yesterday 14:30 or 14:30"
	const anyOrder = ", since some people write the day first and others the month; write "
	for text, want := range map[string]string{
		"":                     `invalid time "": ` + usage,
		"soon":                 `invalid time "soon": ` + usage,
		"2h":                   `invalid time "2h": ` + usage,
		"9":                    `invalid time "9": ` + usage,
		"25:00":                `invalid time "25:00": ` + usage,
		"13pm":                 `invalid time "13pm": ` + usage,
		"24:01":                `invalid time "24:01": ` + usage,
		"yesterday 9":          `invalid time "yesterday 9": ` + usage,
		"today tomorrow":       `invalid time "today tomorrow": ` + usage,
		"24.12.2026 14:30 x":   `invalid time "24.12.2026 14:30 x": ` + usage,
		"24.12.2026 25.12":     `invalid time "24.12.2026 25.12": ` + usage,
		"2026-12-24 18:00 PST": `invalid time "2026-12-24 18:00 PST": ` + usage,
		"2026-13-01":           `invalid date "2026-13-01"; ` + usage,
		"30.02.2026":           `invalid date "30.02.2026"; ` + usage,
		"14.30":                `invalid date "14.30"; ` + usage,
		"24.12.26":             `invalid date "24.12.26"; write the year with four digits, such as 24.12.2026`,
		"11/01/2026":           `invalid date "11/01/2026"` + anyOrder + "2026-01-11 or 2026-11-01",
		"11/01/2026 14:30":     `invalid date "11/01/2026"` + anyOrder + "2026-01-11 or 2026-11-01",
		"24/12/2026":           `invalid date "24/12/2026"` + anyOrder + "2026-12-24",
		"12/24":                `invalid date "12/24"` + anyOrder + "24.12",
		"Fri 2026-12-24":       "2026-12-24 is a Thursday: correct one of them",
		"2226-12-24":           "invalid year 2226; use 2000 to 2199",
	} {
		if got, err := ParseMoment(text, now(zone), zone); err == nil || err.Error() != want {
			t.Errorf("ParseMoment(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

// A search looks back, and includes the day that it names as its end.
func TestReadTimes(t *testing.T) {
	at := now(time.Local)
	day := func(month time.Month, day int) time.Time {
		return time.Date(2026, month, day, 0, 0, 0, 0, time.Local)
	}
	for text, want := range map[string][2]time.Time{
		"2h":              {at.Add(-2 * time.Hour), at.Add(-2 * time.Hour)},
		"2 Weeks AGO":     {at.Add(-14 * 24 * time.Hour), at.Add(-14 * 24 * time.Hour)},
		"2 weeks ago":     {at.Add(-14 * 24 * time.Hour), at.Add(-14 * 24 * time.Hour)},
		"yesterday":       {day(11, 22), day(11, 23)},
		"today":           {day(11, 23), day(11, 24)},
		"monday":          {day(11, 23), day(11, 24)},
		"fri":             {day(11, 20), day(11, 21)},
		"1.5.":            {day(5, 1), day(5, 2)},
		"24 Dec":          {day(12, 24).AddDate(-1, 0, 0), day(12, 25).AddDate(-1, 0, 0)},
		"2026-11-01":      {day(11, 1), day(11, 2)},
		"yesterday 14:30": {day(11, 22).Add(14*time.Hour + 30*time.Minute), day(11, 22).Add(14*time.Hour + 30*time.Minute)},
	} {
		since, _, err := ReadTimes(text, "", at)
		_, until, otherErr := ReadTimes("", text, at)
		if err != nil || otherErr != nil || !since.Equal(want[0]) || !until.Equal(want[1]) {
			t.Errorf("ReadTimes(%q) = %s, %s, %v, %v; want %s", text, since, until, err, otherErr, want)
		}
	}
	for _, text := range []string{"1M", "1M ago", "3 M AGO"} {
		if since, until, err := ReadTimes(text, text, at); err == nil || !strings.Contains(err.Error(), "m for minutes, or ") {
			t.Errorf("ReadTimes(%q) = %s, %s, %v; want an error", text, since, until, err)
		}
	}
	if _, _, err := ReadTimes("soon", "", at); err == nil || err.Error() != `since: invalid time "soon": `+momentUsage+", or 2h for the last two hours" {
		t.Errorf("got %v", err)
	}
	for text, want := range map[[2]string]string{
		{"2h", "3h"}:               `since: "2h" is not before the end, "3h": nothing is between them`,
		{"7d", "8d"}:               `since: "7d" is not before the end, "8d": nothing is between them`,
		{"today", "yesterday"}:     `since: "today" is not before the end, "yesterday": nothing is between them`,
		{"2h", "2h"}:               `since: "2h" is not before the end, "2h": nothing is between them`,
		{"2026-11-24", ""}:         `since: "2026-11-24" is in the future`,
		{"tomorrow", "2027-01-01"}: `since: "tomorrow" is in the future`,
	} {
		if _, _, err := ReadTimes(text[0], text[1], at); err == nil || err.Error() != want {
			t.Errorf("ReadTimes%q: got %v, want %s", text, err, want)
		}
	}
}

// An entry that ends on a day is in effect on that day.
func TestReadEnd(t *testing.T) {
	t.Parallel()
	zone := berlin(t)
	for text, want := range map[string]string{
		"24.12.2026":        "2026-12-25 00:00",
		"24 Dec":            "2026-12-25 00:00",
		"1.5.":              "2027-05-02 00:00",
		"today":             "2026-11-24 00:00",
		"tomorrow":          "2026-11-25 00:00",
		"fri":               "2026-11-28 00:00",
		"18:00":             "2026-11-23 18:00",
		"24:00":             "2026-11-24 00:00",
		"24.12.2026 14:30":  "2026-12-24 14:30",
		"2026-12-24T13:30Z": "2026-12-24 14:30",
	} {
		got, err := ReadEnd(text, now(zone), zone)
		if shown := got.In(zone).Format("2006-01-02 15:04"); err != nil || shown != want {
			t.Errorf("ReadEnd(%q) = %s, %v; want %s", text, shown, err, want)
		}
	}
	for text, want := range map[string]string{
		"30d":        `"30d" says how long, not until when: use for example 24.12.2026, tomorrow or 18:00`,
		"now":        `"now" has passed at 2026-11-23 12:00: use a later time, for example tomorrow 18:00`,
		"11:59":      `"11:59" has passed at 2026-11-23 11:59: use a later time, for example tomorrow 18:00`,
		"yesterday":  `"yesterday" has passed at 2026-11-23 00:00: use a later time, for example tomorrow 18:00`,
		"2150-01-01": `"2150-01-01" is more than 100 years away`,
		"whenever":   `invalid time "whenever": ` + momentUsage,
	} {
		if got, err := ReadEnd(text, now(zone), zone); err == nil || err.Error() != want {
			t.Errorf("ReadEnd(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

// In whichever zone, a day has a beginning and an end, and every written form of a
// moment is that moment.
func TestMomentsOfAllZones(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{
			"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe",
		}).Draw(t, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1_000_000_000, 2_000_000_000).Draw(t, "at"), 0).In(zone)
		for _, layout := range []string{"2006-01-02", "2.1.2006", "2 Jan 2006", "January 2, 2006", "Mon 2006/1/2"} {
			read, err := readMoment(at.Format(layout), at, last)
			if err != nil || read.begin.After(at) || !read.end.After(at) || read.begin.Day() != at.Day() || read.end.Sub(read.begin) > 25*time.Hour {
				t.Fatalf("%s: %s is read as %v, %v", name, at.Format(layout), read, err)
			}
			with := at.Format(layout + " 15:04:05 MST")
			if read, err = readMoment(with, at, next); err != nil || read.begin.Format(layout+" 15:04:05 MST") != with && !read.begin.Equal(at) {
				// The clocks show some times twice.
				if read, err = readMoment(at.Format(layout+" 15:04:05"), at, next); err != nil || read.begin.Sub(at).Abs() > time.Hour {
					t.Fatalf("%s: %s is read as %s, %v", name, with, read.begin, err)
				}
			}
		}
	})
}

func FuzzReadMoment(f *testing.F) {
	for _, text := range []string{"24.12.2026 14:30", "Thu, 24 Dec, 2:30 pm", "14:30 yesterday", "2026-12-24T14:30:00+01:00", "11/01/2026", "29.2.", "24:00"} {
		f.Add(text)
	}
	at := now(time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		for _, which := range []direction{last, next} {
			read, err := readMoment(text, at, which)
			if err == nil && (read.begin.After(read.end) || read.end.Sub(read.begin) > 24*time.Hour || read.begin.IsZero()) {
				t.Errorf("%q: %v", text, read)
			}
		}
		if end, err := ReadEnd(text, at, time.UTC); err == nil && !end.After(at) {
			t.Errorf("%q ends at %s", text, end)
		}
	})
}

// TestTheZoneOfTheMachineHasAName ensures that working time never depends on
// what a machine calls local.
func TestTheZoneOfTheMachineHasAName(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	target := filepath.Join(folder, "zoneinfo", "Europe", "Berlin")
	for _, step := range []error{
		os.MkdirAll(filepath.Dir(target), 0o700),
		os.WriteFile(target, nil, 0o600),
		os.Symlink(target, filepath.Join(folder, "localtime")),
		os.WriteFile(filepath.Join(folder, "copied"), nil, 0o600),
		os.WriteFile(filepath.Join(folder, "timezone"), []byte("Asia/Tokyo\n"), 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for _, test := range []struct{ tz, link, file, want string }{
		{"America/New_York", "localtime", "timezone", "America/New_York"},
		{":America/New_York", "localtime", "timezone", "America/New_York"},
		{":/usr/share/zoneinfo/America/New_York", "localtime", "timezone", "America/New_York"},
		{"EST5EDT4,M3.2.0,M11.1.0", "localtime", "timezone", ""},
		{"", "localtime", "timezone", "Europe/Berlin"},
		{"", "copied", "timezone", "Asia/Tokyo"},
		{"", "missing", "timezone", "Asia/Tokyo"},
		{"", "copied", "missing", ""},
	} {
		zone := namedZone(test.tz, filepath.Join(folder, test.link), filepath.Join(folder, test.file))
		got := ""
		if zone != nil {
			got = zone.String()
		}
		if got != test.want {
			t.Errorf("TZ=%s, %s, %s: %q, want %q", test.tz, test.link, test.file, got, test.want)
		}
	}
}
