package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// doubtStore stores settings, and takes every entry.
type doubtStore struct {
	ListStore
	settings policy.Settings
}

func (s doubtStore) Settings(context.Context) (policy.Settings, error) { return s.settings, nil }

func (s doubtStore) Put(_ context.Context, entries []blacklist.Entry, _ ...blacklist.Field) ([]blacklist.Change, error) {
	return make([]blacklist.Change, len(entries)), nil
}

// What may refuse calls that somebody needs is refused; what matches nobody is a
// warning, and so is the former with --force.
func TestDoubts(t *testing.T) {
	settings := policy.DefaultSettings()
	settings.StarExtensions = []string{"front-desk", "7654321"}
	if err := settings.Set("own", "+493023125012", ""); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		region, text    string
		refused, warned string
	}{
		{"DE", "110", "110 is an emergency number", ""},
		{"GB", "999", "999 is an emergency number", ""},
		{"", "112", "112 is an emergency number", ""},
		{"DE", "+49112", "+49112 is an emergency number", ""},
		{"DE", "100", "100 is a short number", ""},
		{"DE", "12345", "12345 is a short number", ""},
		{"", "100", "100 is a short number", ""},
		{"DE", "#310#", "#310# is a short number", ""},
		{"DE", "12", "fewer than 3 digits", ""},
		{"DE", "+493023125012", "is an own number", ""},
		{"DE", "030 23125012", "is an own number", ""},
		{"DE", "+4930231*", "covers the own number", ""},
		{"DE", "+4940*", "fewer than 5 digits", ""},
		{"US", "7654321", "7654321 is an extension of the setting star-extensions", "7654321 has no area code"},
		{"DE", "7654321", "+497654321 is an extension of the setting star-extensions", "check that +497654321 is meant"},
		{"DE", "+497654321", "is an extension of the setting star-extensions", ""},
		{"DE", "666200", "", "666200 is a short code or an extension: it matches only"},
		{"", "666200", "", "666200 is a short code or an extension: it matches only"},
		{"US", "555-0123", "", "5550123 has no area code"},
		{"DE", "212-555-0199", "", "check that +492125550199 is meant"},
		{"DE", "+120255501234", "", "has a length that no number"},
		{"DE", "+444123456789", "", "does not exist by the numbering plan"},
		{"DE", "030 666200", "", ""},
		{"DE", "+442079460123", "", ""},
		{"DE", "+44207*", "", ""},
		{"DE", "+54 9 11 55*", "", "+541155* has landlines as well"},
		{"DE", "+541155*", "", ""},
		{"US", "202-555-0123", "", ""},
	} {
		for _, kind := range []blacklist.Kind{blacklist.Block, blacklist.Allow} {
			for _, force := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %s %s force=%t", kind, test.text, test.region, force), func(t *testing.T) {
					var warned []string
					list := List{
						Store: doubtStore{settings: settings}, Region: phone.Region(test.region), Now: time.Now,
						Warn: func(doubt string) { warned = append(warned, doubt) },
					}
					rules, lines, err := list.ReadRules([]Line{{Text: test.text}}, phone.Pattern{})
					if err != nil {
						t.Fatal(err)
					}
					_, err = list.Put(t.Context(), EntryInput{Kind: kind, Lines: lines, Force: force}, rules)
					if refused := test.refused != "" && kind == blacklist.Block && !force; refused != (err != nil) || refused && !strings.Contains(err.Error(), test.refused) {
						t.Errorf("got %v, want %q", err, test.refused)
					}
					if err != nil {
						return
					}
					want := []string{test.warned}
					if kind == blacklist.Block {
						want = append(want, test.refused) // It is forced.
					}
					all := strings.Join(warned, "; ")
					for _, text := range want {
						if !strings.Contains(all, text) || all != "" && strings.Join(want, "") == "" {
							t.Errorf("warned of %q, want %q", warned, want)
						}
					}
				})
			}
		}
	}
}
