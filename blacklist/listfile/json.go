package listfile

import (
	"bytes"
	"regexp"
)

// The keys that an object of each JSON format begins with are looked for in
// the first object.
var (
	ownKey        = regexp.MustCompile(`^[\[\s]*\{[^{}]*"rule"\s*:`)
	complaintKey  = regexp.MustCompile(`^\[\s*\{(?s:.*?)"caller_id_number"\s*:`)
	phoneBlockKey = regexp.MustCompile(`^\{(?:[^{}\[\]]*,)?\s*"numbers"\s*:\s*\[`)
	emptyArray    = regexp.MustCompile(`^\[\s*\]$`)
)

// recogniseJSON finds the layout of JSON; its format is Any if there is none.
func recogniseJSON(text []byte, asked Format) layout {
	array := bytes.HasPrefix(text, []byte("["))
	for _, candidate := range []struct {
		fits bool
		layout
	}{
		{phoneBlockKey.Match(text) || asked == PhoneBlock && bytes.HasPrefix(text, []byte("{")), layout{PhoneBlock, openArray("numbers", newPhoneBlock)}},
		{complaintKey.Match(text) || asked == FCCJSON && array, layout{FCCJSON, openArray("", newFCCJSON)}},
		{array && (ownKey.Match(text) || emptyArray.Match(text) || asked == JSONLines), layout{JSONLines, openArray("", newOwnJSON)}},
		{!array && (ownKey.Match(text) || asked == JSONLines), layout{JSONLines, openJSONLines}},
	} {
		if candidate.fits && (asked == Any || asked == candidate.format) {
			return candidate.layout
		}
	}
	return layout{}
}
