package listfile

import "bytes"

// containers are files that hold a list in a way that isn't read, by what
// they begin with, and what to do about it.
var containers = []struct{ magic, advice string }{
	{"PK\x03\x04", "it is a ZIP archive or an Excel file; unpack it, or save it as CSV"},
	{"\xd0\xcf\x11\xe0", "it is an old Excel file; save it as CSV"},
	{"%PDF", "it is a PDF; ask for the list as CSV or text"},
	{"PBBL", "it is PhoneBlock's binary list; ask its server for JSON (Accept: application/json)"},
	{"BZh", "it is packed with bzip2; unpack it, or pack it with gzip"},
	{"\xfd7zXZ", "it is packed with xz; unpack it, or pack it with gzip"},
	{"\x28\xb5\x2f\xfd", "it is packed with zstd; unpack it, or pack it with gzip"},
	{"7z\xbc\xaf", "it is a 7z archive; unpack it"},
	{gzipMagic, "it is packed with gzip twice; unpack it once"},
}

// container says what a file is that isn't text, "" if it may be.
func container(head []byte) string {
	for _, c := range containers {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.advice
		}
	}
	text := bytes.ToLower(bytes.TrimSpace(head[:min(len(head), 1<<10)]))
	switch {
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return "it is a web page; look for the address of the file itself"
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "it is XML; save the list as CSV or text"
	case bytes.IndexByte(head, 0) >= 0:
		return "it holds zero bytes, so it is no text, or UTF-16 without a byte order mark; save it as UTF-8"
	}
	return ""
}
