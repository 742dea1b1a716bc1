package feed

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// Access is what feeds and calendars may read besides public servers. It is not in
// Redis: a user who can write there can add a feed with any URL. The zero Access allows
// public servers only.
type Access struct {
	// Folders are the folders of file://, with the folders below them.
	Folders []string
	// Networks are the networks of servers that are not public.
	Networks []netip.Prefix
}

// errPrivate does not show the address, which is an answer of an internal DNS server.
// Without networks it is also the error for a name that no server has.
var errPrivate = failuref("the server does not have a public address: check the URL, or add its network to the option feed-networks, for this command and for serve")

// Check returns an error if the URL of a feed or a calendar is not allowed, as far as
// it shows this. It asks neither the file system nor DNS: a Fetcher checks the rest.
func (a Access) Check(address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return errURL
	}
	if parsed.Scheme != "file" {
		return a.checkHost(parsed.Hostname())
	}
	path, err := localPath(parsed)
	if err != nil {
		return err
	}
	if len(a.foldersOf(path)) == 0 {
		return failuref("feeds may not read this file: to allow it, add %s to the option feed-folders, for this command and for serve", filepath.Dir(path))
	}
	return nil
}

// foldersOf returns the folders that a path is below.
func (a Access) foldersOf(path string) (folders []string) {
	for _, folder := range a.Folders {
		if inside, err := filepath.Rel(folder, path); err == nil && inside != "." && filepath.IsLocal(inside) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// checkHost checks a host that is not a name in DNS: an address in any spelling, or
// localhost.
func (a Access) checkHost(host string) error {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if address, err := netip.ParseAddr(host); err == nil {
		return a.checkAddress(address)
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case last == "localhost":
		return a.checkAddress(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	case strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x"):
		// 127.1 and 0x7f000001 are 127.0.0.1 for some programs, and names for none.
		return failuref("invalid address of a server: write it as 192.0.2.1 or [2001:db8::1]")
	}
	return nil
}

// checkAddress checks an address that is connected to.
func (a Access) checkAddress(address netip.Addr) error {
	address = address.Unmap().WithZone("")
	if public(address) {
		return nil
	}
	for _, network := range a.Networks {
		if network.Contains(address) {
			return nil
		}
	}
	return errPrivate
}

// public reports whether an address, neither mapped nor with a zone, is one of the
// public internet.
func public(address netip.Addr) bool {
	reserved := reserved4
	if address.Is6() {
		if inner, found := embedded(address); found && !public(inner) {
			return false
		}
		if nat64.Contains(address) {
			return true
		}
		if !global6.Contains(address) {
			return false
		}
		reserved = reserved6
	}
	for _, network := range reserved {
		if network.Contains(address) {
			return false
		}
	}
	return address.IsValid()
}

// The networks that are not public: the special-purpose registries of IANA (RFC 6890).
var (
	global6   = netip.MustParsePrefix("2000::/3")
	reserved4 = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"224.0.0.0/4", "240.0.0.0/4",
	)
	// Teredo is in 2001::/23.
	reserved6 = prefixes("2001::/23", "2001:db8::/32", "3fff::/20")
	nat64     = netip.MustParsePrefix("64:ff9b::/96")
	sixToFour = netip.MustParsePrefix("2002::/16")
)

func prefixes(texts ...string) (list []netip.Prefix) {
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

// embedded returns the IPv4 address that a gateway sends the packets of an IPv6
// address to: those of NAT64, 6to4 and ISATAP.
func embedded(address netip.Addr) (netip.Addr, bool) {
	bytes := address.As16()
	switch {
	case nat64.Contains(address), bytes[8]&^2 == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe:
		return netip.AddrFrom4([4]byte(bytes[12:])), true
	case sixToFour.Contains(address):
		return netip.AddrFrom4([4]byte(bytes[2:6])), true
	}
	return netip.Addr{}, false
}

// checkDial checks an address that a socket is about to connect to, HOST:PORT.
func (a Access) checkDial(address string) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errPrivate
	}
	return a.checkAddress(to.Addr())
}
