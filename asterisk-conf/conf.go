// Package asteriskconf embeds the configuration files for Asterisk: the dialplan
// subroutine, the star codes, samples of other files, and a complete small PBX
// for the demo and the tests. Doctor compares them with what Asterisk has loaded.
// It imports no other package of Ringfence.
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

// The names in ringfence.conf.
const (
	// Context has the subroutine. Calls enter it at extension s, and Ringfence
	// sends them to its other extensions.
	Context = "ringfence"
	// Allow is the extension for calls that continue.
	Allow = "allow"
	// AllowClosed is the one for calls that continue outside working time.
	AllowClosed = "allow-closed"
	// DefaultApp is the Stasis app for calls, unless the dialplan global GlobalApp
	// names another.
	DefaultApp = "ringfence"
	GlobalApp  = "RINGFENCE_APP"
	// GlobalNotConnected and GlobalGuardFired are the dialplan globals that
	// count the unscreened calls since Asterisk's start: those when Ringfence was
	// not connected, and those that it did not answer in time. An unset one means 0.
	GlobalNotConnected = "RINGFENCE_NOT_CONNECTED"
	GlobalGuardFired   = "RINGFENCE_GUARD_FIRED"
	// ResultVariable is the channel variable that says why the subroutine returned.
	// ResultGuard is its value if Ringfence did not answer in time.
	ResultVariable = "RINGFENCE"
	ResultGuard    = "guard"
	// BlockedText is the userfield of a refused call's CDR.
	BlockedText = "Hungup call by blacklist"
)

// The names in ringfence-star.conf.
const (
	// StarContext has the star codes. They enter it at extension s, and Ringfence
	// sends the result to its other extensions. AnsweredContext stores the caller.
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

// Samples returns the files for an existing Asterisk by name: the dialplan
// subroutine, the star codes, ari.conf, http.conf and cdr.conf.
func Samples() map[string][]byte {
	return folder(".")
}

// PBX returns a complete configuration folder of Asterisk by file name: a small
// PBX with the dialplan subroutine and the star codes. It listens at every
// address, SIP on port 5060 and ARI on port 8088.
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
