package doctor

import (
	"fmt"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// checkSettings checks that the settings in Redis work with this Asterisk.
func checkSettings(e Evidence) []Finding {
	if !e.Redis.Settings.Known {
		return nil
	}
	findings := slices.Concat(checkMode(e), checkMessage(e), checkStarExtensions(e), checkStarSounds(e))
	if len(findings) == 0 {
		return one(newFinding("settings", OK, "the settings work with this Asterisk"))
	}
	return findings
}

func checkMode(e Evidence) []Finding {
	if !e.Redis.Settings.Observes {
		return nil
	}
	return one(newFinding("mode", Warn, "the setting mode is observe: verdicts are only logged, and no caller is refused",
		e.Target.ringfence("settings set mode=enforce")))
}

// tone is a sound that needs no file.
const tone = "tone:congestion"

func checkMessage(e Evidence) []Finding {
	settings := e.Redis.Settings
	name, isFile := strings.CutPrefix(settings.Sound, "sound:")
	if !isFile || !settings.PlaysMessage && settings.Sound == settings.DefaultSound || !e.Sounds.missing(name) {
		return nil
	}
	line := "settings set message-sound=" + tone
	if standard := strings.TrimPrefix(settings.DefaultSound, "sound:"); standard != name && !e.Sounds.missing(standard) {
		line = "settings reset message-sound"
	}
	return one(newFinding("message", Warn, fmt.Sprintf(
		"Asterisk has no sound %s in %s, so a caller who gets a message hears nothing (setting message-sound): put it there, or choose another", name, e.Sounds.Folder),
		e.Target.ringfence(line)))
}

func checkStarExtensions(e Evidence) []Finding {
	const check = "star-codes"
	all := e.Redis.Settings.StarExtensions
	if len(all) == 0 {
		return nil
	}
	var findings []Finding
	plan, remark, known := e.knownPlan()
	if known && len(plan[asteriskconf.StarContext]) == 0 {
		lines := append([]string{e.write(asteriskconf.StarFile)}, e.tryInclude(asteriskconf.StarFile)...)
		if e.Files.Extensions != nil && len(e.Files.Extensions.includes(asteriskconf.StarFile)) == 0 {
			lines = append(lines, e.addInclude(asteriskconf.StarFile)...)
		}
		findings = append(findings, newFinding(check, Warn, fmt.Sprintf(
			"the setting star-extensions names telephones, but the dialplan has no star codes%s: install them, and write their lines into the context of your telephones", remark),
			append(lines, e.reload())...))
	}
	if e.Console.Endpoints == nil {
		return findings
	}
	var unknown, there []string
	for _, name := range all {
		if slices.ContainsFunc(e.Console.Endpoints, func(p Endpoint) bool { return p.Name == name }) {
			there = append(there, name)
		} else {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		findings = append(findings, newFinding(check, Warn, "the setting star-extensions names what is no PJSIP endpoint: "+places(unknown),
			e.Target.ringfence("settings set star-extensions="+strings.Join(there, ","))))
	}
	return findings
}

// checkFetches checks that feeds and calendars can be fetched.
func checkFetches(e Evidence) []Finding {
	var findings []Finding
	for _, f := range e.Redis.Fetches {
		if f.Failures == 0 {
			continue
		}
		lines, what := []string{e.Target.ringfence("feed run " + shellWord(f.Name))}, "its entries are those of the last success"
		if f.Kind == "calendar" {
			lines, what = nil, "its closing times are those of the last success, and ringfence serve tries again"
		}
		times := "once"
		if f.Failures > 1 {
			times = fmt.Sprintf("%d times", f.Failures)
		}
		findings = append(findings, newFinding(f.Kind, Warn, fmt.Sprintf("the %s %s has failed %s: %s; %s", f.Kind, f.Name, times, f.Outcome, what), lines...))
	}
	if len(e.Redis.Fetches) > 0 && len(findings) == 0 {
		return one(newFinding("feeds", OK, "feeds and calendars are fetched"))
	}
	return findings
}
