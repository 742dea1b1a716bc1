package config

import "runtime/debug"

// version is set by the linker.
var version string

// Version returns the version from the linker, else from Go's build information,
// and the revision.
func Version() (released, revision string) {
	released = version
	if info, ok := debug.ReadBuildInfo(); ok {
		if released == "" {
			released = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return released, revision
}
