package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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

func readPolicy(file string) (Policy, error) {
	policy := Policy{Version: fileVersion, Settings: DefaultSettings()}
	if file == "" {
		return policy, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // The operator names the folder.
	if errors.Is(err, fs.ErrNotExist) {
		return policy, nil
	}
	if err != nil {
		return policy, err
	}
	var saved policyFile
	if err := json.Unmarshal(text, &saved); err != nil {
		return policy, fmt.Errorf("read %s: %w", file, err)
	}
	settings := DefaultSettings()
	for name, value := range saved.Settings {
		if err := settings.Set(name, value, ""); err != nil {
			return policy, fmt.Errorf("read %s: %w", file, err)
		}
	}
	times, problems := schedule.Read(saved.Hours, saved.Calendars)
	if err := errors.Join(problems...); err != nil {
		return policy, fmt.Errorf("read %s: %w", file, err)
	}
	policy.Settings = settings
	policy.Schedule = times
	policy.Rules = blacklist.NewRules(saved.Rules)
	return policy, nil
}

// writePolicy replaces the file in one step: after a crash it is the old or the new one.
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
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
