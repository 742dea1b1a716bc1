// Package asteriskconf holds the files that Ringfence puts beside an Asterisk:
// the dialplan subroutine, that of the star codes, samples of the few other
// files it wants, and a complete small PBX for the demo and the tests. They are embedded, so that a
// running program can compare them with what an Asterisk has loaded. It imports
// nothing of Ringfence.
package asteriskconf

import (
	"embed"
	"io/fs"
	"path"
)

// DialplanFile is the name of the file that holds the subroutine, StarFile that
// of the file that holds the star codes.
const (
	DialplanFile = "ringfence.conf"
	StarFile     = "ringfence-star.conf"
)

// What the subroutine says to a program, as ringfence.conf has it.
const (
	// Context holds the subroutine: it is entered at extension s, and gets
	// calls back at the others.
	Context = "ringfence"
	// Allow is the extension for calls that may go on.
	Allow = "allow"
	// AllowClosed is the extension for those that come outside working time.
	AllowClosed = "allow-closed"
	// DefaultApp is the Stasis app that calls are handed to, unless the
	// dialplan global GlobalApp names another.
	DefaultApp = "ringfence"
	GlobalApp  = "RINGFENCE_APP"
	// GlobalNotConnected and GlobalGuardFired are the dialplan globals that
	// count the calls which went on unscreened since Asterisk's start: those
	// that found no Ringfence, and those that it did not answer in time. One
	// that is not set has counted nothing.
	GlobalNotConnected = "RINGFENCE_NOT_CONNECTED"
	GlobalGuardFired   = "RINGFENCE_GUARD_FIRED"
	// BlockedText is the userfield of a refused call's CDR.
	BlockedText = "Hungup call by blacklist"
)

// What the star codes say to a program, as ringfence-star.conf has it.
const (
	// StarContext is entered by a star code at extension s, and gets the
	// requests back at the others. AnsweredContext remembers who called.
	StarContext     = "ringfence-star"
	AnsweredContext = "ringfence-answered"
	// StarRequest is the first argument of a request.
	StarRequest = "star"
)

//go:embed *.conf pbx/*.conf
var files embed.FS

// Dialplan returns the subroutine, the text of ringfence.conf.
func Dialplan() string {
	return string(read(DialplanFile))
}

// StarCodes returns the text of ringfence-star.conf.
func StarCodes() string {
	return string(read(StarFile))
}

// Samples returns the files for an Asterisk that is already there, by name:
// the dialplan subroutine, the star codes, ari.conf, http.conf and cdr.conf.
func Samples() map[string][]byte {
	return folder(".")
}

// PBX returns a complete configuration folder of Asterisk, by file name: the
// small PBX with the dialplan subroutine and the star codes. SIP is on port 5060 and ARI on port
// 8088 of every address.
func PBX() map[string][]byte {
	pbx := folder("pbx")
	pbx[DialplanFile] = read(DialplanFile)
	pbx[StarFile] = read(StarFile)
	return pbx
}

func folder(dir string) map[string][]byte {
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	found := make(map[string][]byte, len(entries))
	for _, entry := range entries {
		if !entry.IsDir() {
			found[entry.Name()] = read(path.Join(dir, entry.Name()))
		}
	}
	return found
}

func read(name string) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // the file is part of the binary
	}
	return text
}
