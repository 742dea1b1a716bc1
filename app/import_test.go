package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/app"
)

// An import deletes the entries of its source that are missing from the file. It is
// never the source of entries that something else made.
func TestReservedSources(t *testing.T) {
	t.Parallel()
	imports := app.Batches{Region: "DE", Now: func() time.Time { return now }}
	for _, source := range []string{"manual", "repeat", "Star"} {
		_, err := imports.ReadImport(app.ImportInput{Source: source})
		wantInvalid(t, err, "source", "reserved")
		file, err := imports.ReadImport(app.ImportInput{DefaultSource: app.SourceOf("lists/" + source + ".csv")})
		if err != nil {
			t.Fatal(err)
		}
		wantInvalid(t, file.Open(strings.NewReader("+4930123456\n+4930123457\n")), "source", "reserved")
	}
	for _, in := range []app.ImportInput{{Source: "import"}, {DefaultSource: app.SourceOf("-")}, {DefaultSource: "manual", Source: "ftc"}} {
		file, err := imports.ReadImport(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := file.Open(strings.NewReader("+4930123456\n+4930123457\n")); err != nil {
			t.Errorf("%+v: %v", in, err)
		}
	}
}
