package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
)

// Settings are changed together, shown with their defaults, and set back.
func TestSettings(t *testing.T) {
	t.Parallel()
	_, s := newList(t)
	settings := app.Settings{Store: s, Region: "DE"}
	assignments, err := settings.ReadAssignments([]string{"mode=observe", "own=030 231250", "repeat=on"})
	if err != nil {
		t.Fatal(err)
	}
	if err := settings.Set(t.Context(), assignments); err != nil {
		t.Fatal(err)
	}
	values := func() map[string]string {
		shown, idle, err := settings.Show(t.Context(), []string{"mode", "own"})
		if err != nil {
			t.Fatal(err)
		}
		if len(idle) != 1 {
			t.Errorf("rules that count nothing: %v", idle)
		}
		got := map[string]string{}
		for _, setting := range shown {
			got[setting.Name] = setting.Value + ", else " + setting.Default
		}
		return got
	}
	if diff := cmp.Diff(map[string]string{"mode": "observe, else enforce", "own": "+4930231250, else "}, values()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if assignments, err = settings.ReadDefaults([]string{"mode"}); err != nil {
		t.Fatal(err)
	}
	if err := settings.Set(t.Context(), assignments); err != nil {
		t.Fatal(err)
	}
	if got := values()["mode"]; got != "enforce, else enforce" {
		t.Errorf("set back: %s", got)
	}
}

// All that is wrong is named at once.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	_, err := app.Settings{}.ReadAssignments([]string{"mode", "action=x", "mode=observe", "mode=enforce", "colour=red"})
	for _, want := range []string{`"mode": use NAME=VALUE`, "mode is set twice", "colour", `"x"`} {
		wantAmong(t, err, "", want)
	}
	wantInvalid(t, app.CheckSettingNames([]string{"mode=x"}), "", "without =")
	_, err = app.Settings{}.ReadDefaults([]string{"colour"})
	wantInvalid(t, err, "", "colour")
}

// A value that Redis would not give back is refused: without a region, 030 is no number.
func TestReadAssignments_ReadsBack(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"030": false, "100,030": false, "100": true, "030 888": true, "": true} {
		_, err := app.Settings{Region: "DE"}.ReadAssignments([]string{"own=" + value})
		if (err == nil) != want {
			t.Errorf("own=%s: got %v", value, err)
		}
	}
}
