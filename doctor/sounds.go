package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// starSound is the default of a sound in the star codes.
var starSound = regexp.MustCompile(`\$\{(RINGFENCE_SOUND_\w+)\}" = ""\]\?([^:]*):`)

// checkStarSounds checks that the sounds of the star codes are installed.
func checkStarSounds(e Evidence) []Finding {
	plan, _, _ := e.knownPlan()
	var missing, lines []string
	for _, step := range plan[asteriskconf.StarContext]["s"] {
		match := starSound.FindStringSubmatch(step.App)
		if match == nil || e.Console.Globals[match[1]] != "" {
			continue
		}
		absent := slices.DeleteFunc(strings.Split(match[2], "&"), func(name string) bool { return !e.Sounds.missing(name) })
		missing = append(missing, absent...)
		if len(absent) > 0 && !e.Sounds.missing(beep) {
			lines = append(lines, e.rx("dialplan set global "+match[1]+" "+beep))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	return one(newFinding("star-codes", Warn, fmt.Sprintf(
		"Asterisk has no sound %s in %s, so a telephone that dials a star code does not hear the result: install Asterisk's core and extra sounds, or name others, also in [globals] of %s",
		places(missing), e.Sounds.Folder, e.Files.path(e.Files.own())), lines...))
}

// beep is a sound that nearly every Asterisk has.
const beep = "beep"

// SoundEvidence are the names of the sounds below Asterisk's folder of sounds.
type SoundEvidence struct {
	Folder string
	// Names have no extension and no language. It is nil if the folder cannot be read.
	Names map[string]bool
}

func (e SoundEvidence) missing(name string) bool { return e.Names != nil && !e.Names[name] }

// maxSounds bounds how many files are listed.
const maxSounds = 50_000

// readSounds lists the sounds below Asterisk's data folder.
func readSounds(data string) SoundEvidence {
	e := SoundEvidence{Folder: filepath.Join(data, "sounds")}
	if data == "" {
		return SoundEvidence{}
	}
	names, seen := make(map[string]bool), 0
	err := filepath.WalkDir(e.Folder, func(path string, _ os.DirEntry, err error) error {
		if seen++; err != nil || seen > maxSounds {
			return err
		}
		relative, err := filepath.Rel(e.Folder, path)
		if err != nil {
			return err
		}
		relative = strings.TrimSuffix(relative, filepath.Ext(relative))
		names[relative] = true
		// The first folder may be that of a language.
		if _, below, found := strings.Cut(relative, string(filepath.Separator)); found {
			names[below] = true
		}
		return nil
	})
	if err == nil && seen <= maxSounds {
		e.Names = names
	}
	return e
}
