package lab

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

var holidaysRecipe = recipe{name: "holidays", packages: []string{"python3-holidays"}}

// PublicHolidays are the names of public holidays by their region and day, such as
// "DE-BY" and "2027-01-06".
type PublicHolidays map[string]map[string]string

// listHolidays prints the version of the package and the public holidays of regions.
const listHolidays = `
import sys, holidays
print(holidays.__version__)
first, last, codes = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
for code in codes:
    country, _, part = code.partition("-")
    kind = getattr(holidays, country, None)
    try:
        known = kind(subdiv=part or None, years=range(first, last + 1), language=kind.default_language)
    except (TypeError, AttributeError, NotImplementedError):
        print(code, "unknown", "", sep="\t")
        continue
    print(code, "known", "", sep="\t")
    for day in sorted(known):
        print(code, day, known[day].replace("\n", " "), sep="\t")
`

// DebianHolidays returns the public holidays of regions, by their ISO codes, as
// Debian's package python3-holidays has them, and its version. A region that it
// doesn't know is missing. The package is fetched first, once.
func DebianHolidays(ctx context.Context, log *slog.Logger, codes []string, first, last int) (PublicHolidays, string, error) {
	root, err := holidaysRecipe.unpacked(ctx, orQuiet(log))
	if err != nil {
		return nil, "", err
	}
	python, err := root.command("/usr/bin/python3")
	if err != nil {
		return nil, "", err
	}
	args := slices.Concat(python[1:], []string{"-c", listHolidays, strconv.Itoa(first), strconv.Itoa(last)}, codes)
	command := exec.CommandContext(ctx, python[0], args...)
	command.Env = append(os.Environ(), "PYTHONHOME="+filepath.Join(root.dir, "usr"),
		"PYTHONPATH="+filepath.Join(root.dir, "usr/lib/python3/dist-packages"), "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8")
	command.WaitDelay = time.Second
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, "", fmt.Errorf("ask python3-holidays: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Scan()
	version := lines.Text()
	found := PublicHolidays{}
	for lines.Scan() {
		cells := strings.SplitN(lines.Text(), "\t", 3)
		if len(cells) != 3 {
			return nil, "", fmt.Errorf("read python3-holidays: unexpected line %q", lines.Text())
		}
		switch code, day, name := cells[0], cells[1], cells[2]; day {
		case "unknown":
		case "known":
			found[code] = map[string]string{}
		default:
			found[code][day] = name
		}
	}
	return found, version, lines.Err()
}
