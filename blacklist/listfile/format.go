package listfile

import (
	"fmt"
	"slices"
	"strings"
)

// Format is a format of lists of callers. Its text is the value of --format.
type Format string

// The formats. The package comment describes them.
const (
	// Any means to detect the format by the beginning of the file.
	Any           Format = ""
	CSV           Format = "csv"
	JSONLines     Format = "jsonl"
	FreePBX       Format = "freepbx"
	YeastarP      Format = "yeastar-p"
	YeastarCloud  Format = "yeastar-cloud"
	CallAttendant Format = "callattendant"
	PhoneBlock    Format = "phoneblock"
	FTC           Format = "ftc"
	FCC           Format = "fcc"
	FCCJSON       Format = "fcc-json"
	FreeSWITCH    Format = "freeswitch"
	Plum          Format = "plum"
	ThreeCX       Format = "3cx"
	NCID          Format = "ncid"
	AstDB         Format = "astdb"
	VCard         Format = "vcard"
	SpamBlocker   Format = "spamblocker"
	Plain         Format = "plain"
)

// Formats returns every format that can be chosen by name.
func Formats() []Format {
	return []Format{
		CSV, JSONLines, FreePBX, YeastarP, YeastarCloud, CallAttendant, PhoneBlock,
		FTC, FCC, FCCJSON, FreeSWITCH, NCID, AstDB, VCard, SpamBlocker, Plum, ThreeCX, Plain,
	}
}

// ParseFormat reads the name of a format.
func ParseFormat(text string) (Format, error) {
	format := Format(strings.ToLower(text))
	if !slices.Contains(Formats(), format) {
		return Any, fmt.Errorf("invalid format %q: choose one of %s", text, formatNames(Formats()))
	}
	return format, nil
}

func formatNames(formats []Format) string {
	texts := make([]string, len(formats))
	for i, format := range formats {
		texts[i] = string(format)
	}
	return strings.Join(texts, ", ")
}

// String returns a description of the format: "FreePBX blacklist".
func (f Format) String() string {
	switch f {
	case Any:
		return "any format"
	case CSV:
		return "CSV with a column of numbers"
	case JSONLines:
		return "Ringfence JSON lines"
	case FreePBX:
		return "FreePBX blacklist"
	case YeastarP:
		return "Yeastar P-Series blocked numbers"
	case YeastarCloud:
		return "Yeastar Cloud or S-Series blocklist"
	case CallAttendant:
		return "callattendant list"
	case PhoneBlock:
		return "PhoneBlock JSON"
	case FTC:
		return "FTC reported calls"
	case FCC:
		return "FCC unwanted calls"
	case FCCJSON:
		return "FCC unwanted calls, JSON"
	case FreeSWITCH:
		return "FreeSWITCH list"
	case Plum:
		return "Plum blocklist"
	case ThreeCX:
		return "3CX number blacklist"
	case NCID:
		return "NCID blacklist or whitelist"
	case AstDB:
		return "output of Asterisk's database show"
	case VCard:
		return "vCard contacts"
	case SpamBlocker:
		return "SpamBlocker rules"
	case Plain:
		return "plain text"
	}
	return string(f)
}

// Own reports whether the format is one of Ringfence's own, which can hold every field
// of an entry.
func (f Format) Own() bool { return f == CSV || f == JSONLines }

// Complaints reports whether a row is a report of one person, so that a number should
// be listed only if several rows have it.
func (f Format) Complaints() bool {
	return f == FTC || f == FCC || f == FCCJSON || f == PhoneBlock
}
