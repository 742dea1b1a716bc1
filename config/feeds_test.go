package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Ensure that folders and networks are read as they are typed, and that what could
// allow something else than meant is refused.
func TestFeedOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ option, text, want, wrong string }{
		{option: "feed-folders", text: "/srv/lists", want: "/srv/lists"},
		{option: "feed-folders", text: " /srv/lists/ , /srv/a b/../c", want: "/srv/lists /srv/c"},
		{option: "feed-folders", text: "srv", wrong: `invalid folder "srv": use whole paths, for example /srv/lists,/srv/calendars`},
		{option: "feed-folders", text: "/srv,", wrong: `invalid folder ""`},
		{option: "feed-folders", text: "~/lists", wrong: `invalid folder "~/lists"`},
		{option: "feed-networks", text: "10.1.2.0/24, 127.0.0.1,::1 ,fd00::/8", want: "10.1.2.0/24 127.0.0.1/32 ::1/128 fd00::/8"},
		{option: "feed-networks", text: "::ffff:127.0.0.1", want: "127.0.0.1/32"},
		{option: "feed-networks", text: "0.0.0.0/0", want: "0.0.0.0/0"},
		{option: "feed-networks", text: "10.1.2.3/24", wrong: `invalid network "10.1.2.3/24": use 10.1.2.0/24, or 10.1.2.3 for one address`},
		{option: "feed-networks", text: "localhost", wrong: `invalid network "localhost": use for example 10.1.2.0/24, 10.1.2.3 or fd00::/8`},
		{option: "feed-networks", text: "10.1.2.0/33", wrong: `invalid network "10.1.2.0/33"`},
		{option: "feed-networks", text: "10.0.0.1,", wrong: `invalid network ""`},
		{option: "feed-networks", text: "fe80::1%eth0", wrong: `invalid address "fe80::1%eth0": leave out the zone after the %`},
		{option: "feed-networks", text: "::ffff:10.0.0.0/104", wrong: "write it as an IPv4 network"},
	} {
		var read Config
		var err error
		for _, o := range feedOptions() {
			if o.Name == test.option {
				err = o.set(&read, test.text)
			}
		}
		var got []string
		got = append(got, read.FeedFolders...)
		for _, network := range read.FeedNetworks {
			got = append(got, network.String())
		}
		if diff := cmp.Diff(test.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.option, test.text, diff)
		}
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s %q: error %v, want %q", test.option, test.text, err, test.wrong)
		}
	}
}
