package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/schedule"
)

type policyFile struct {
	Settings map[string]string `json:"settings"`
	Rules    []blacklist.Entry `json:"rules"`
	// Hours are the texts of working time by dialled number, Calendars the closed
	// times of each calendar by its address.
	Hours     map[string]string `json:"hours,omitempty"`
	Calendars map[string]string `json:"calendars,omitempty"`
}

// readPolicy reads the policy of a file, or the defaults if there is none. What it
// cannot read of it, perhaps because a newer program has written it, is left out and
// is among the problems.
func readPolicy(file string) (policy Policy, problems []error) {
	policy = Policy{Version: fileVersion, Settings: DefaultSettings()}
	if file == "" {
		return policy, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // The operator names the folder.
	if errors.Is(err, fs.ErrNotExist) {
		return policy, nil
	}
	if err != nil {
		return policy, []error{fmt.Errorf("the defaults apply: %w", err)}
	}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return policy, []error{fmt.Errorf("the defaults apply: read %s: %w", file, err)}
	}
	texts := func(part string) map[string]string {
		found, wrong, err := readTexts(parts[part])
		if err != nil {
			problems = append(problems, fmt.Errorf("read %s: %s is not an object of texts", file, part))
		}
		for _, name := range wrong {
			name = strconv.Quote(name)
			if part == "calendars" {
				name = "a part" // The address may be a secret.
			}
			problems = append(problems, fmt.Errorf("read %s: %s: %s is not a text", file, part, name))
		}
		return found
	}
	for name, value := range texts("settings") {
		if err := policy.Settings.Set(name, value, ""); err != nil {
			problems = append(problems, fmt.Errorf("read %s: setting %s: %w", file, strconv.Quote(name), err))
		}
	}
	times, unread := schedule.Read(texts("hours"), texts("calendars"))
	for _, err := range unread {
		problems = append(problems, fmt.Errorf("read %s: %w", file, err))
	}
	policy.Schedule = times
	rules, unread := readRules(parts["rules"])
	for _, err := range unread {
		problems = append(problems, fmt.Errorf("read %s: %w", file, err))
	}
	policy.Rules = blacklist.NewRules(rules)
	return policy, problems
}

// readTexts reads an object of texts, and returns the names of what is none.
func readTexts(text json.RawMessage) (texts map[string]string, wrong []string, err error) {
	if text == nil {
		return nil, nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, nil, err
	}
	texts = make(map[string]string, len(values))
	for name, value := range values {
		var read *string
		if err := json.Unmarshal(value, &read); err != nil || read == nil {
			wrong = append(wrong, name)
			continue
		}
		texts[name] = *read
	}
	slices.Sort(wrong)
	return texts, wrong, nil
}

// readRules reads entries as the list has them: an entry of which only a part
// cannot be read, such as an action that this program does not know, is one.
func readRules(text json.RawMessage) (rules []blacklist.Entry, problems []error) {
	if text == nil {
		return nil, nil
	}
	var each []json.RawMessage
	if err := json.Unmarshal(text, &each); err != nil {
		return nil, []error{fmt.Errorf("rules: %w", err)}
	}
	for i, one := range each {
		var read, entry blacklist.Entry
		err := json.Unmarshal(one, &read)
		if err == nil {
			entry, err = blacklist.ParseLine(string(blacklist.AppendLine(nil, &read)))
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("rule %d: %w", i+1, err))
		}
		if entry.Kind != "" {
			rules = append(rules, entry)
		}
	}
	return rules, problems
}

// writePolicy replaces the file in one step: after a crash, and after a loss of power,
// it is the old or the new one.
func writePolicy(file string, policy Policy) error {
	if file == "" {
		return nil
	}
	saved := policyFile{Settings: map[string]string{}, Rules: policy.Rules.Entries()}
	for _, setting := range policy.Settings.List() {
		saved.Settings[setting.Name] = setting.Value
	}
	saved.Hours, saved.Calendars = policy.Schedule.Texts()
	text, err := json.MarshalIndent(saved, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(text)
	if err == nil {
		err = temporary.Sync()
	}
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return syncFolder(filepath.Dir(file))
}

// syncFolder writes to the disk which files a folder has.
func syncFolder(name string) error {
	folder, err := os.Open(name) //nolint:gosec // The operator names the folder.
	if err != nil {
		return err
	}
	if err = folder.Sync(); errors.Is(err, syscall.EINVAL) {
		err = nil // This file system has no such step.
	}
	return errors.Join(err, folder.Close())
}
