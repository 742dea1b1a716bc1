package main

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// version is set by the linker.
var version = ""

// versionAndRevision returns what the linker or Go's own build information
// says of this program.
func versionAndRevision() (string, string) {
	released, revision := version, ""
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

func buildInfo() prometheus.Collector {
	released, revision := versionAndRevision()
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name:        "ringfence_build_info",
		Help:        "Always 1; the labels tell the version.",
		ConstLabels: prometheus.Labels{"version": released, "revision": revision},
	}, func() float64 { return 1 })
}
