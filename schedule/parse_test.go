package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/schedule"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loaded, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loaded
}

func parse(tb testing.TB, text string) schedule.Hours {
	tb.Helper()
	hours, err := schedule.Parse(text, zone(tb, "Europe/Berlin"))
	if err != nil {
		tb.Fatalf("Parse(%q): %v", text, err)
	}
	return hours
}

// TestHoursAreReadAsPeopleWriteThem ensures that every spelling comes out in
// the one form that is kept.
func TestHoursAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	const berlin = "; zone Europe/Berlin"
	for text, want := range map[string]string{
		"mon-fri 09:00-18:00":                       "mon-fri 09:00-18:00" + berlin,
		"Mon - Fri 9-18":                            "mon-fri 09:00-18:00" + berlin,
		"Monday to Friday 9am to 6pm":               "mon-fri 09:00-18:00" + berlin,
		"Mo–Fr 9:00 – 18:00":                        "mon-fri 09:00-18:00" + berlin,
		"mon.-fri.: 9 a.m.-6 p.m.":                  "mon-fri 09:00-18:00" + berlin,
		"weekdays 9..18":                            "mon-fri 09:00-18:00" + berlin,
		"mon, tue, weds, thurs & fridays 9-18":      "mon-fri 09:00-18:00" + berlin,
		"mon-wed 9-18\nthu 9-18; fri 9-18":          "mon-fri 09:00-18:00" + berlin,
		"mon-fri 9:00-12:30,13:30-18:00":            "mon-fri 09:00-12:30, 13:30-18:00" + berlin,
		"Mon-Fri 9-5":                               "mon-fri 09:00-17:00" + berlin,
		"mon-fri 9 - 5:00":                          "mon-fri 09:00-17:00" + berlin,
		"mon-fri 9-5pm":                             "mon-fri 09:00-17:00" + berlin,
		"mon-fri 9am-5":                             "mon-fri 09:00-17:00" + berlin,
		"mon-fri 9am-17":                            "mon-fri 09:00-17:00" + berlin,
		"mon-fri 9-17":                              "mon-fri 09:00-17:00" + berlin,
		"mon-fri 09:00-5:00":                        "mon-fri 09:00-17:00" + berlin,
		"mon-fri 09:00-05:00":                       "mon-fri 09:00-05:00" + berlin,
		"mon-fri 8:30-4:30":                         "mon-fri 08:30-16:30" + berlin,
		"mon-fri 5-1":                               "mon-fri 05:00-13:00" + berlin,
		"mon-fri 12-8":                              "mon-fri 12:00-20:00" + berlin,
		"mon-fri 9-17h; sat 9h30 - 12 H, 20h-6h":    "mon-fri 09:00-17:00; sat 09:30-12:00, 20:00-06:00" + berlin,
		"mon-fri 9am…12pm, 1 p.m...5 p.m. 18h..20h": "mon-fri 09:00-12:00, 13:00-17:00, 18:00-20:00" + berlin,
		"mon-fri 8:30-12 Uhr, 13h05-17 uhr":         "mon-fri 08:30-12:00, 13:05-17:00" + berlin,
		"work 5.12 9h-12h30":                        "closed; zone Europe/Berlin; work 05.12 09:00-12:30",
		"mon-fri 9-12, 1-5":                         "mon-fri 09:00-12:00, 13:00-17:00" + berlin,
		"mon-fri 9-12:30, 1:30-6":                   "mon-fri 09:00-12:30, 13:30-18:00" + berlin,
		"mon-fri 10-2, 6-10":                        "mon-fri 10:00-14:00, 18:00-22:00" + berlin,
		"mon-fri 9am-12pm, 1-5":                     "mon-fri 09:00-12:00, 13:00-17:00" + berlin,
		"mon-fri 8-10, 11-1, 2-4":                   "mon-fri 08:00-10:00, 11:00-13:00, 14:00-16:00" + berlin,
		"mon-fri 22-6":                              "mon-fri 22:00-06:00" + berlin,
		"mon-fri 22-6, 7-9":                         "mon-fri 07:00-09:00, 22:00-06:00" + berlin,
		"mon-fri 10pm-6":                            "mon-fri 22:00-06:00" + berlin,
		"mon-fri 1pm-5":                             "mon-fri 13:00-17:00" + berlin,
		"mon-fri 9pm-11":                            "mon-fri 21:00-23:00" + berlin,
		"mon-fri 8am-8":                             "mon-fri 08:00-20:00" + berlin,
		"mon-fri 12pm-12":                           "mon-fri 12:00-24:00" + berlin,
		"mon-fri 1-5pm":                             "mon-fri 13:00-17:00" + berlin,
		"mon-fri 10-2am":                            "mon-fri 22:00-02:00" + berlin,
		"mon-fri 12-5pm":                            "mon-fri 12:00-17:00" + berlin,
		"mon-fri 12-12am":                           "mon-fri 12:00-24:00" + berlin,
		"mon-fri 8-12pm":                            "mon-fri 08:00-12:00" + berlin,
		"work 2026-12-05 9-5":                       "closed; zone Europe/Berlin; work 2026-12-05 09:00-17:00",
		"mon-fri 9:00\u202fAM \u2013 5:00\u202fPM":  "mon-fri 09:00-17:00" + berlin,
		"mon\u2010fri\u20099\u200b:00\u22125":       "mon-fri 09:00-17:00" + berlin,
		"Ｍｏｎ－Ｆｒｉ　９：００～１７：００":                                          "mon-fri 09:00-17:00" + berlin,
		"mon-fri\u00a09-18；\u2003ｚｏｎｅ：Europe/London\u2028sat 10-14":   "mon-fri 09:00-18:00; sat 10:00-14:00; zone Europe/London",
		"24/7; off 24.12\u202f\u2013\u202f1.1., 2027\u201012\u201024": "24/7; zone Europe/Berlin; off 24.12..01.01, 2027-12-24",
		"24/7; off 2026/12/24, 24th Dec, Dec 1st 2027, 2027.5.1":      "24/7; zone Europe/Berlin; off 24.12, 2026-12-24, 2027-05-01, 2027-12-01",
		"24/7; holidays\u202fDE\u2011BY":                              "24/7; zone Europe/Berlin; holidays DE-BY",
		"24/7; calendar\u00a0https://example.org/a\u200b.ics\ufeff":   "24/7; zone Europe/Berlin; calendar https://example.org/a%E2%80%8B.ics",
		"mon-fri 13:30-18 9-12:30":                                    "mon-fri 09:00-12:30, 13:30-18:00" + berlin,
		"mon 9-12; mon 12-18; mon 10-13":                              "mon 09:00-18:00" + berlin,
		"fri-mon 8-12":                                                "mon, fri-sun 08:00-12:00" + berlin,
		"mon-fri 22:00-06:00":                                         "mon-fri 22:00-06:00" + berlin,
		"sat 18-0":                                                    "sat 18:00-24:00" + berlin,
		"sat 12pm-12am":                                               "sat 12:00-24:00" + berlin,
		"weekend 0-24":                                                "sat-sun 00:00-24:00" + berlin,
		"daily 0-24":                                                  "24/7" + berlin,
		"24/7":                                                        "24/7" + berlin,
		"ALWAYS; Zone: europe/london":                                 "24/7; zone Europe/London",
		"closed":                                                      "closed" + berlin,
		"daily closed":                                                "closed" + berlin,
		"mon-sat 9-18; sun closed":                                    "mon-sat 09:00-18:00" + berlin,
		"mon-sat 9-18, sun off":                                       "",
		"24/7; tz utc":                                                "24/7; zone UTC",
		"24/7; zone africa/dar_es_salaam":                             "24/7; zone Africa/Dar_es_Salaam",
		"24/7; zone AMERICA/PORT-AU-PRINCE":                           "24/7; zone America/Port-au-Prince",
		"24/7; off 25.12":                                             "24/7; zone Europe/Berlin; off 25.12",
		"24/7; off 25.12., 2027-1-1 1.5.2027":                         "24/7; zone Europe/Berlin; off 25.12, 2027-01-01, 2027-05-01",
		"24/7; off 25 Dec, Jan 1 2027, 1. may":                        "24/7; zone Europe/Berlin; off 01.05, 25.12, 2027-01-01",
		"24/7; off 2026-12-24..2027-01-02":                            "24/7; zone Europe/Berlin; off 2026-12-24..2027-01-02",
		"24/7; off 24.12.-2.1.":                                       "24/7; zone Europe/Berlin; off 24.12..02.01",
		"24/7; off dec 24 to jan 2":                                   "24/7; zone Europe/Berlin; off 24.12..02.01",
		"24/7; off 29.02":                                             "24/7; zone Europe/Berlin; off 29.02",
		"24/7; holidays de-by":                                        "24/7; zone Europe/Berlin; holidays DE-BY",
		"24/7; holiday us, de_by DE-BY":                               "24/7; zone Europe/Berlin; holidays DE-BY, US",
		"closed; work 2026-12-05 10-14":                               "closed; zone Europe/Berlin; work 2026-12-05 10:00-14:00",
		"work 2026-12-05 10-14":                                       "closed; zone Europe/Berlin; work 2026-12-05 10:00-14:00",
		"work 5.12.2026, 12.12.2026 10-12, 13-15":                     "closed; zone Europe/Berlin; work 2026-12-05 10:00-12:00, 13:00-15:00; work 2026-12-12 10:00-12:00, 13:00-15:00",
		"work 24.12 10-12 31.12 10-14, 24.12 8-11":                    "closed; zone Europe/Berlin; work 24.12 08:00-12:00; work 31.12 10:00-14:00",
		"24/7; calendar https://example.org/a.ics, webcal://example.org/b.ics":           "24/7; zone Europe/Berlin; calendar https://example.org/a.ics; calendar https://example.org/b.ics",
		"24/7; calendar https://a.example/x,y.ics,HTTPS://b.example/b.ics,file:///c.ics": "24/7; zone Europe/Berlin; calendar file:///c.ics; calendar https://a.example/x,y.ics; calendar https://b.example/b.ics",
		`24/7; calendar "https://example.org/a.ics"`:                                     "24/7; zone Europe/Berlin; calendar https://example.org/a.ics",
		"24/7; calendar file:///etc/ringfence/closed.ics":                                "24/7; zone Europe/Berlin; calendar file:///etc/ringfence/closed.ics",
	} {
		hours, err := schedule.Parse(text, zone(t, "Europe/Berlin"))
		if got := hours.String(); got != want {
			t.Errorf("Parse(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestErrorsSayWhichClauseAndWhatToWrite ensures that no one has to guess.
func TestErrorsSayWhichClauseAndWhatToWrite(t *testing.T) {
	t.Parallel()
	const usage = "use days and times such as mon-fri 09:00-18:00, 24/7 or closed, or one of zone, off, holidays, work, calendar"
	const dates = "use 25.12 for every year, 2026-12-25 for one, or a range such as 24.12..26.12"
	for text, want := range map[string]string{
		"":                              "it has no working time; " + usage,
		" ; ;":                          "it has no working time; " + usage,
		"9-18":                          `clause 1, "9-18": the days before the time are missing; use for example mon-fri 9-18, or daily 9-18`,
		"mon-fri 9-18; foo":             `clause 2, "foo": invalid day "foo"; ` + usage,
		"m 9-18":                        `clause 1, "m 9-18": invalid day "m"; ` + usage,
		"!":                             `clause 1, "!": invalid clause; ` + usage,
		"mon":                           `clause 1, "mon": the times are missing; use for example 09:00-18:00`,
		"mon-":                          `clause 1, "mon-": a day is missing after mon-; use for example mon-fri`,
		"mon 9":                         `clause 1, "mon 9": the interval that begins at 09:00 has no end; use for example 09:00-18:00`,
		"mon 9-":                        `clause 1, "mon 9-": invalid end of an interval ""; use for example 09:00-18:00`,
		"mon 9-9":                       `clause 1, "mon 9-9": the interval begins and ends at 09:00; for the whole day use 00:00-24:00`,
		"mon 24-6":                      `clause 1, "mon 24-6": no interval can begin at 24:00; use 00:00 on the next day`,
		"mon 9-25":                      `clause 1, "mon 9-25": invalid time "25"; use 00:00 to 24:00`,
		"mon 9:60-12":                   `clause 1, "mon 9:60-12": invalid time "9:60"; use 00:00 to 24:00`,
		"mon 13pm-14":                   `clause 1, "mon 13pm-14": invalid time "13pm"; with am and pm, hours go from 1 to 12`,
		"mon 9.30-12":                   `clause 1, "mon 9.30-12": invalid time "9.30-12"; use hours and minutes with a colon, such as 09:30`,
		"mon 0900-1200":                 `clause 1, "mon 0900-1200": invalid time "0900-1200"; use hours and minutes with a colon, such as 09:30`,
		"mon 9-18 tue 9-18":             `clause 1, "mon 9-18 tue 9-18": invalid time "tue 9-18"; use an interval such as 09:00-18:00, and a semicolon before the next clause`,
		"24/7 mon 9-18":                 `clause 1, "24/7 mon 9-18": 24/7 must be a clause of its own; add a semicolon after it`,
		"closed 25.12":                  `clause 1, "closed 25.12": closed must be a clause of its own; for single days use off 25.12`,
		"mon 9-18; closed":              `Monday has hours and is also closed; remove one of them`,
		"mon 9-18; mon closed":          `Monday has hours and is also closed; remove one of them`,
		"mon 5-23, 22-6":                `the intervals of Monday cover more than a day; let them end at 24:00 and begin the next day at 00:00`,
		"work 24.12 5-23, 22-6":         `the intervals of 24.12 cover more than a day; let them end at 24:00 and begin the next day at 00:00`,
		"zone UTC; off 25.12":           `it has no hours; add for example mon-fri 09:00-18:00, or closed`,
		"24/7; zone":                    `clause 2, "zone": the name of the zone is missing; use for example zone Europe/Berlin`,
		"24/7; zone Berlin":             `clause 2, "zone Berlin": unknown time zone "Berlin"; use a name of the IANA list, such as Europe/Berlin`,
		"24/7; zone local":              `clause 2, "zone local": unknown time zone "local"; use a name of the IANA list, such as Europe/Berlin`,
		"zone UTC; zone Europe/Berlin":  `clause 2, "zone Europe/Berlin": the zone is already UTC; remove one of them`,
		"24/7; off":                     `clause 2, "off": the days are missing; ` + dates,
		"24/7; off 12/25":               `clause 2, "off 12/25": invalid date "12/25", since some people write the day first and others the month; write 25.12`,
		"24/7; off 11/01/2026":          `clause 2, "off 11/01/2026": invalid date "11/01/2026", since some people write the day first and others the month; write 2026-01-11 or 2026-11-01`,
		"24/7; off 11-01-2026":          `clause 2, "off 11-01-2026": invalid date "11-01-2026", since some people write the day first and others the month; write 2026-01-11 or 2026-11-01`,
		"24/7; off 5/5/26":              `clause 2, "off 5/5/26": invalid date "5/5/26", since some people write the day first and others the month; write 2026-05-05`,
		"24/7; off 24/24":               `clause 2, "off 24/24": invalid date "24/24"; ` + dates,
		"24/7; off 24.12.26":            `clause 2, "off 24.12.26": invalid date "24.12.26"; write the year with four digits, such as 24.12.2026`,
		"mon 4-1":                       `clause 1, "mon 4-1": 04:00-01:00 can be read in two ways; write 04:00-13:00 or 16:00-01:00`,
		"mon 1-5":                       `clause 1, "mon 1-5": 01:00-05:00 can be read in two ways; write 01:00-05:00 with leading zeros, or 13:00-17:00`,
		"mon-fri 1-5, 9-12":             `clause 1, "mon-fri 1-5, 9-12": 01:00-05:00 can be read in two ways; write 01:00-05:00 with leading zeros, or 13:00-17:00`,
		"mon 9-12am":                    `clause 1, "mon 9-12am": 12am is midnight; write 09:00-12:00, or 21:00-24:00`,
		"24/7; off 30.2":                `clause 2, "off 30.2": invalid date "30.2"; ` + dates,
		"24/7; off 2027-02-29":          `clause 2, "off 2027-02-29": invalid date "2027-02-29"; ` + dates,
		"24/7; off 1.13":                `clause 2, "off 1.13": invalid date "1.13"; ` + dates,
		"24/7; off 2226-12-25":          `clause 2, "off 2226-12-25": invalid year 2226; use 2000 to 2199`,
		"24/7; off 25.12.2026-26.12":    `clause 2, "off 25.12.2026-26.12": 2026-12-25..26.12 has only one year; add the other, or remove it`,
		"24/7; off 2027-1-2..2026-12-1": `clause 2, "off 2027-1-2..2026-12-1": 2027-01-02..2026-12-01 ends before it begins; write the earlier day first`,
		"24/7; off 25.12-x":             `clause 2, "off 25.12-x": invalid end "x" of the days from 25.12; ` + dates,
		"24/7; work 25.12":              `clause 2, "work 25.12": the times are missing; use for example 09:00-18:00`,
		"24/7; work 10-14":              `clause 2, "work 10-14": invalid day "10-14"; ` + dates,
		"24/7; holidays":                `clause 2, "holidays": the country is missing; use for example holidays DE or holidays DE-BY`,
		"24/7; holidays UK":             `clause 2, "holidays UK": unknown country "UK"; use GB-ENG, GB-NIR, GB-SCT or GB-WLS, or GB for what all of them have`,
		"24/7; holidays DE-XX":          `clause 2, "holidays DE-XX": the public holidays of "DE-XX" are unknown; choose from DE, DE-BB, DE-BE, DE-BW, DE-BY, DE-HB, DE-HE, DE-HH, DE-MV, DE-NI, DE-NW, DE-RP, DE-SH, DE-SL, DE-SN, DE-ST, DE-TH`,
		"24/7; holidays AU":             `clause 2, "holidays AU": the public holidays of "AU" are unknown; choose from AU-ACT, AU-NSW, AU-NT, AU-QLD, AU-SA, AU-TAS, AU-VIC, AU-WA`,
		"24/7; calendar":                `clause 2, "calendar …": the address is missing; use for example calendar https://example.org/closed.ics`,
		"24/7; calendar ftp://u:p@h/x":  `clause 2, "calendar …": invalid address; use for example calendar https://example.org/closed.ics`,
		"24/7; calendar file://x/y":     `clause 2, "calendar …": invalid file; use its whole path, such as calendar file:///etc/ringfence/closed.ics`,
	} {
		if _, err := schedule.Parse(text, zone(t, "Europe/Berlin")); err == nil || err.Error() != want {
			t.Errorf("Parse(%q):\n got %v\nwant %s", text, err, want)
		}
	}
	const noZone = "the time zone is missing; add for example: zone Europe/Berlin"
	for _, none := range []*time.Location{nil, time.Local} {
		if _, err := schedule.Parse("24/7", none); err == nil || err.Error() != noZone {
			t.Errorf("Parse without a zone: %v, want %s", err, noZone)
		}
	}
	if _, err := schedule.Parse(strings.Repeat(" ", 20000), time.UTC); err == nil {
		t.Error("Parse takes a text of 20000 bytes")
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"mon-fri 09:00-18:00; sat 10:00-14:00; zone Europe/Berlin; off 25.12, 2027-01-01; holidays DE-BY; work 2026-12-05 10:00-14:00; calendar https://example.org/closed.ics",
		"fri-mon 22-6, 8am-12; off 24.12..1.1 dec 3 2026; work 24 dec 9-12", "24/7", "closed", "sun closed; 24.12",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		hours, err := schedule.Parse(text, time.UTC)
		if err != nil {
			return
		}
		canonical := hours.String()
		again, err := schedule.Parse(canonical, nil)
		if err != nil {
			t.Fatalf("Parse(%q) = %q, which cannot be read back: %v", text, canonical, err)
		}
		if again.String() != canonical {
			t.Fatalf("Parse(%q) = %q, which reads back as %q", text, canonical, again)
		}
	})
}
