package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/typed"
)

const (
	// maxText bounds a text of working time, in bytes.
	maxText = 16 << 10
	// firstYear and lastYear bound dates, so that a typing error is refused.
	firstYear, lastYear = 2000, 2199
)

const usage = "use days and times such as mon-fri 09:00-18:00, 24/7 or closed, or one of zone, off, holidays, work, calendar"

// Parse parses working time as the package comment describes it. The zone
// counts if the text names none; if it is nil or time.Local, whose name means
// something else on every machine, the text must name one. An error says which
// clause it is about and what to write.
func Parse(text string, zone *time.Location) (Hours, error) {
	if len(text) > maxText {
		return Hours{}, fmt.Errorf("the working time has %d bytes; it may have %d", len(text), maxText)
	}
	p := parser{}
	number := 0
	for clause := range strings.FieldsFuncSeq(text, endsClause) {
		clause = strings.TrimFunc(clause, typed.IsBlank)
		if clause == "" {
			continue
		}
		number++
		if err := p.clause(clause); err != nil {
			return Hours{}, fmt.Errorf("clause %d, %q: %w", number, quotable(clause), err)
		}
	}
	if number == 0 {
		return Hours{}, errors.New("it has no working time; " + usage)
	}
	return p.finish(zone)
}

type parser struct {
	hours  Hours
	closed [7]bool // days that are said to be closed
	never  bool    // "closed" for all of the week
}

func (p *parser) finish(zone *time.Location) (Hours, error) {
	h := p.hours
	if h.zone == nil {
		if zone == nil || zone == time.Local {
			return Hours{}, errors.New("the time zone is missing; add for example: zone Europe/Berlin")
		}
		h.zone = zone
	}
	open := slices.ContainsFunc(h.week[:], func(spans []span) bool { return len(spans) > 0 })
	if !open && len(h.work) == 0 && !p.never && !slices.Contains(p.closed[:], true) {
		return Hours{}, errors.New("it has no hours; add for example mon-fri 09:00-18:00, or closed")
	}
	for weekday, spans := range h.week {
		if len(spans) > 0 && (p.never || p.closed[weekday]) {
			return Hours{}, fmt.Errorf("%s has hours and is also closed; remove one of them", time.Weekday(weekday))
		}
	}
	h.normalise()
	for weekday, spans := range h.week {
		if err := fitsDay(time.Weekday(weekday).String(), spans); err != nil {
			return Hours{}, err
		}
	}
	for _, work := range h.work {
		if err := fitsDay(work.days.String(), work.spans); err != nil {
			return Hours{}, err
		}
	}
	return h, nil
}

// fitsDay refuses intervals that, together, pass midnight and last a day
// or longer: no text can express them.
func fitsDay(name string, spans []span) error {
	for _, s := range spans {
		if s.to > minutesPerDay && s.to-s.from >= minutesPerDay {
			return fmt.Errorf("the intervals of %s cover more than a day; let them end at 24:00 and begin the next day at 00:00", name)
		}
	}
	return nil
}

// endsClause reports whether a character ends a clause: a semicolon or a line break.
func endsClause(c rune) bool {
	return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", c) || typed.Plain(string(c)) == ";"
}

func (p *parser) clause(clause string) error {
	// An address keeps its characters.
	if word, rest := cutWord(clause); word == "calendar" || word == "calendars" {
		return p.calendars(rest)
	}
	clause = typed.Plain(clause)
	word, rest := cutWord(clause)
	switch word {
	case "24/7", "always":
		return p.always(rest)
	case "closed", "never":
		if rest != "" {
			return fmt.Errorf("closed must be a clause of its own; for single days use off %s", rest)
		}
		p.never = true
		return nil
	case "zone", "tz", "timezone":
		return p.zone(rest)
	case "off":
		return p.off(rest)
	case "holiday", "holidays":
		return p.holidays(rest)
	case "work":
		return p.work(rest)
	}
	return p.week(clause)
}

// cutWord cuts the first word off, in lower case, at a blank or at the : or =
// that may follow a keyword. The rest begins behind both.
func cutWord(clause string) (word, rest string) {
	after := func(c rune) bool {
		plain := typed.Plain(string(c))
		return plain == "" || plain == ":" || plain == "="
	}
	end := strings.IndexFunc(clause, after)
	if end < 0 {
		end = len(clause)
	}
	return typed.Lower(clause[:end]), strings.TrimLeftFunc(clause[end:], after)
}

func (p *parser) always(rest string) error {
	if rest != "" {
		return errors.New("24/7 must be a clause of its own; add a semicolon after it")
	}
	for weekday := range p.hours.week {
		p.hours.week[weekday] = append(p.hours.week[weekday], span{0, minutesPerDay})
	}
	return nil
}

func (p *parser) zone(name string) error {
	zone, err := LoadZone(name)
	if err != nil {
		return err
	}
	if p.hours.zone != nil && p.hours.zone.String() != zone.String() {
		return fmt.Errorf("the zone is already %s; remove one of them", p.hours.zone)
	}
	p.hours.zone = zone
	return nil
}

// zones caches zones by their names, some hundreds at most: loading
// one reads a file.
var zones sync.Map

// LoadZone returns the time zone of an IANA name, such as Europe/Berlin, in
// any case. "Local" is invalid.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return nil, errors.New("the name of the zone is missing; use for example zone Europe/Berlin")
	}
	if known, found := zones.Load(name); found {
		return known.(*time.Location), nil
	}
	for _, spelling := range []string{name, strings.ToUpper(name), titled(name)} {
		if zone, err := time.LoadLocation(spelling); err == nil && zone != time.Local {
			if spelling == name {
				zones.Store(name, zone)
			}
			return zone, nil
		}
	}
	return nil, fmt.Errorf("unknown time zone %q; use a name of the IANA list, such as Europe/Berlin", shown(name))
}

// titled writes a name as the IANA list does: Africa/Dar_es_Salaam.
func titled(name string) string {
	var b strings.Builder
	start := 0
	for i, c := range name + "/" {
		if c != '/' && c != '_' && c != '-' {
			continue
		}
		word := strings.ToLower(name[start:i])
		if word != "" && word != "of" && word != "es" && word != "au" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
		if i < len(name) {
			b.WriteRune(c)
		}
		start = i + 1
	}
	return b.String()
}

func (p *parser) holidays(rest string) error {
	names := strings.FieldsFunc(rest, func(c rune) bool { return c == ',' || c == ' ' })
	if len(names) == 0 {
		return errors.New("the country is missing; use for example holidays DE or holidays DE-BY")
	}
	for _, name := range names {
		code, err := regionCode(name)
		if err != nil {
			return err
		}
		p.hours.holidays = append(p.hours.holidays, code)
	}
	return nil
}

// quotable returns the part of a clause that an error may show: not the address of a
// calendar, which may be a secret.
func quotable(clause string) string {
	if word, _ := cutWord(clause); strings.HasPrefix(word, "calendar") {
		return word + " …"
	}
	return shown(clause)
}

// shown returns the text, shortened for an error.
func shown(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
