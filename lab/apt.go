package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// A privateApt is an apt that ignores the packages that the machine
// has, and does not change the machine: its sources, lists and downloads
// are in a folder of its own. Signatures are checked as always.
type privateApt struct{ dir string }

func newPrivateApt(dir string) (privateApt, error) {
	mirror, err := debianMirror()
	if err != nil {
		return privateApt{}, err
	}
	keys, err := debianKeyring()
	if err != nil {
		return privateApt{}, err
	}
	for _, sub := range []string{"etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/trusted.gpg.d", "state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return privateApt{}, fmt.Errorf("make folder for apt: %w", err)
		}
	}
	// A mirror's copy of a release in development may be some
	// weeks old; its signature is checked, its expiry date is ignored.
	source := fmt.Sprintf("deb [signed-by=%s check-valid-until=no] %s %s main\n", keys, mirror, debianSuite)
	for name, text := range map[string]string{
		"etc/apt/sources.list": source,
		"state/status":         "", // no package is installed: apt fetches them all, libc included
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return privateApt{}, fmt.Errorf("write configuration for apt: %w", err)
		}
	}
	return privateApt{dir: dir}, nil
}

// debianKeyring returns the file with the keys that sign Debian's archive.
func debianKeyring() (string, error) {
	for _, ending := range []string{"gpg", "pgp"} {
		path := "/usr/share/keyrings/debian-archive-keyring." + ending
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("the keys of Debian's archive are missing: install the package debian-archive-keyring")
}

// download fetches packages with all that they depend on and returns the
// paths of their files.
func (a privateApt) download(ctx context.Context, packages []string) ([]string, error) {
	options := []string{
		"-o", "Dir=" + a.dir,
		"-o", "Dir::Etc=" + filepath.Join(a.dir, "etc/apt"),
		"-o", "Dir::State=" + filepath.Join(a.dir, "state"),
		"-o", "Dir::State::status=" + filepath.Join(a.dir, "state/status"),
		"-o", "Dir::Cache=" + filepath.Join(a.dir, "cache"),
		"-o", "APT::Install-Recommends=false",
		"-o", "APT::Sandbox::User=", // root's helper user could not write here
		"-o", "APT::Update::Post-Invoke=", // the machine's own hooks are for its own packages
		"-o", "Acquire::Languages=none",
		"-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "Acquire::Retries=2",
		"-o", "Debug::NoLocking=1",
	}
	env := []string{"LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	if err := runTool(ctx, env, "apt-get", slices.Concat(options, []string{"--error-on=any", "update"})...); err != nil {
		return nil, err
	}
	install := []string{"--yes", "--download-only", "install"}
	if err := runTool(ctx, env, "apt-get", slices.Concat(options, install, packages)...); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(a.dir, "cache/archives/*.deb"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("apt fetched nothing for %v", packages)
	}
	return files, nil
}
