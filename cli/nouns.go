package cli

import (
	"reflect"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/web"
)

// commandNouns returns the nouns of commands that do not use app.
func commandNouns() []app.Noun {
	return []app.Noun{
		{Name: "finding", Key: "findings", From: "doctor", Type: reflect.TypeFor[doctor.Finding]()},
		{Name: "health", From: "health", Type: reflect.TypeFor[web.Health]()},
		{Name: "part of the health", Type: reflect.TypeFor[web.Part]()},
		{Name: "option", Key: "options", From: "config show", Type: reflect.TypeFor[settingSource]()},
		{Name: "sink test", Key: "tests", From: "notify test", Type: reflect.TypeFor[sinkTest]()},
		{Name: "version", From: "version", Type: reflect.TypeFor[build]()},
	}
}
