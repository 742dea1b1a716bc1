package config

import "runtime/debug"

// version is set by the linker.
var version string

// Version returns what the linker or Go's own build information says of this
// program.
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
