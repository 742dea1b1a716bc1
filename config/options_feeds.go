package config

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
)

// feedOptions are what feeds and calendars may read. They are not settings in Redis,
// since write access to Redis must not allow to read files and internal servers.
func feedOptions() []Option {
	return []Option{
		{
			Name: "feed-folders", Audience: Fetches | Serves,
			Usage: "the `FOLDERS`, separated by commas, below which feeds and calendars may read files with file://; without one, they read no file",
			set:   func(c *Config, text string) error { return parseFolders(&c.FeedFolders, text) },
		},
		{
			Name: "feed-networks", Audience: Fetches | Serves,
			Usage: "the `NETWORKS`, separated by commas, such as 10.1.2.0/24 or 127.0.0.1, that feeds and calendars may read from; without one, they read from public servers only",
			set:   func(c *Config, text string) error { return parseNetworks(&c.FeedNetworks, text) },
		},
	}
}

func parseFolders(into *[]string, text string) error {
	var folders []string
	for folder := range strings.SplitSeq(text, ",") {
		if folder = strings.TrimSpace(folder); !filepath.IsAbs(folder) {
			return fmt.Errorf("invalid folder %q: use whole paths, for example /srv/lists,/srv/calendars", folder)
		}
		folders = append(folders, filepath.Clean(folder))
	}
	*into = folders
	return nil
}

func parseNetworks(into *[]netip.Prefix, text string) error {
	var networks []netip.Prefix
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		network, err := netip.ParsePrefix(one)
		if address, bare := netip.ParseAddr(one); bare == nil {
			address = address.Unmap()
			network, err = netip.PrefixFrom(address, address.BitLen()), nil
			if address.Zone() != "" {
				return fmt.Errorf("invalid address %q: leave out the zone after the %%", one)
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("invalid network %q: use for example 10.1.2.0/24, 10.1.2.3 or fd00::/8", one)
		case network != network.Masked():
			return fmt.Errorf("invalid network %q: use %s, or %s for one address", one, network.Masked(), network.Addr())
		case network.Addr().Is4In6():
			return fmt.Errorf("invalid network %q: write it as an IPv4 network, for example 10.1.2.0/24", one)
		}
		networks = append(networks, network)
	}
	*into = networks
	return nil
}
