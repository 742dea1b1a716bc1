package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Secret is a file that holds passwords.
type Secret struct {
	// Path is the file, Options are the options whose passwords it holds.
	Path    string
	Options []string
	// Mode is that of the file, 0 if it is not known.
	Mode fs.FileMode
}

// AddSecret adds a file that holds the password of an option.
func (t *Target) AddSecret(path, option string) {
	for i := range t.Secrets {
		if t.Secrets[i].Path == path {
			t.Secrets[i].Options = append(t.Secrets[i].Options, option)
			return
		}
	}
	t.Secrets = append(t.Secrets, Secret{Path: path, Options: []string{option}})
}

// readModes reads the modes of the files that hold secrets.
func readModes(secrets []Secret) []Secret {
	secrets = slices.Clone(secrets)
	for i, secret := range secrets {
		if info, err := os.Stat(secret.Path); err == nil && info.Mode().IsRegular() {
			secrets[i].Mode = info.Mode().Perm()
		}
	}
	return secrets
}

// readableByAll is the right of all users of the machine to read a file.
const readableByAll = 0o004

// checkSecrets checks that no other user can read passwords.
func checkSecrets(t Target) []Finding {
	const check = "secrets"
	var findings []Finding
	for _, secret := range t.Secrets {
		if secret.Mode&readableByAll != 0 {
			findings = append(findings, newFinding(check, Warn, fmt.Sprintf("every user of this machine can read %s, which holds %s (mode %o)",
				secret.Path, strings.Join(secret.Options, ", "), secret.Mode), "sudo chmod 640 "+shellWord(secret.Path)))
		}
	}
	for _, name := range []string{"ari-password", "redis"} {
		if origin := string(t.Options[name]); strings.HasPrefix(origin, "--") && slices.Contains(t.Typed, name) {
			findings = append(findings, newFinding(check, Warn, fmt.Sprintf("other users of this machine see the password in %s: set %s, or write it into %s",
				origin, variable(name), t.ConfigFile), "export "+variable(name)+"="+maskedPassword))
		}
	}
	if len(t.Secrets) > 0 && len(findings) == 0 {
		return one(newFinding(check, OK, "the files that hold passwords are not open to every user"))
	}
	return findings
}
