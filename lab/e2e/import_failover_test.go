package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// importRows is so many that a failover falls into the middle.
const importRows = 50_000

// Ensure an import survives a failover: it completes, the list is whole, even
// where Redis has lost its last writes, and to import again changes nothing.
func TestImportOutlivesAFailover(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		start func(*testing.T) failover
		fail  func(*lab.Redis) error
	}{
		"a node of a cluster hangs":             {clusterFailover, (*lab.Redis).Pause},
		"the primary that sentinels watch dies": {sentinelFailover, (*lab.Redis).Kill},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			redis := test.start(t)
			service, err := lab.NewService(lab.ServiceOptions{Program: labtest.Ringfence(t), Redis: redis.url})
			if err != nil {
				t.Fatal(err)
			}
			file := listOf(t, importRows)
			importing := labtest.Start(t, lab.Command{
				Path: service.Options().Program, Env: service.Env(), Args: []string{"import", file, "--source", "complaints", "--output", "json"},
			})
			eventually(t, "some rows are on the list", func() bool { return listed(t, redis.primary) > 2000 })
			if err := test.fail(redis.primary); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 4*timeout)
			defer cancel()
			code, err := importing.Wait(ctx)
			if err != nil || code != 0 {
				t.Fatalf("exit code %d, %v", code, err)
			}
			if importing.Output().Count("retrying for up to") == 0 {
				t.Error("the import did not notice the failover")
			}
			wholeList(t, service, importRows)

			answer, err := service.Run(t.Context(), "import", file, "--source", "complaints", "--output", "json")
			if err != nil || answer.Code != 0 {
				t.Fatalf("import again: %+v, %v", answer, err)
			}
			var again struct{ Rows, Added, Changed, Unchanged, Removed int }
			if err := json.Unmarshal([]byte(answer.Out), &again); err != nil {
				t.Fatal(err)
			}
			if again.Rows != importRows || again.Unchanged != importRows || again.Added+again.Changed+again.Removed != 0 {
				t.Errorf("the import again: %+v", again)
			}
		})
	}
}

// listOf writes a file of so many numbers.
func listOf(t *testing.T, count int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("kind,number,reason\n")
	for i := range count {
		fmt.Fprintf(&text, "block,+4930%d,complaint %d\n", 1_000_000+i, i)
	}
	path := filepath.Join(t.TempDir(), "complaints.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// listed counts the lines of the list on a server.
func listed(t *testing.T, server *lab.Redis) int {
	t.Helper()
	answer, err := server.Ask(t.Context(), "ZCARD", "{ringfence}:list")
	if err != nil {
		t.Fatal(err)
	}
	count, err := strconv.Atoi(answer)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// wholeList fails the test unless every number of the file is on the list,
// with its reason.
func wholeList(t *testing.T, service *lab.Service, count int) {
	t.Helper()
	answer, err := service.Run(t.Context(), "list", "--limit", "0", "--output", "json")
	if err != nil || answer.Code != 0 {
		t.Fatalf("list: exit code %d, %v: %s", answer.Code, err, answer.Err)
	}
	var list struct {
		Entries []struct{ Number, Reason, Source string }
	}
	if err := json.Unmarshal([]byte(answer.Out), &list); err != nil {
		t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, entry := range list.Entries {
		if entry.Source == "complaints" {
			reasons[entry.Number] = entry.Reason
		}
	}
	missing := 0
	for i := range count {
		if reasons["+4930"+strconv.Itoa(1_000_000+i)] != "complaint "+strconv.Itoa(i) {
			missing++
		}
	}
	if missing > 0 || len(list.Entries) != count {
		t.Errorf("%d rows are missing, the list has %d entries of %d", missing, len(list.Entries), count)
	}
}
