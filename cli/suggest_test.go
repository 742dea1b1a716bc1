package cli

import (
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// Words of other programs lead to the right command.
func TestSynonyms(t *testing.T) {
	for typed, want := range map[string]string{
		"unblock": "remove", "unban": "remove", "unlist": "remove", "unblacklist": "remove", "unallow": "remove", "delete": "remove", "del": "remove", "rm": "remove",
		"add": "block", "ban": "block", "blacklist": "block", "blocklist": "block", "deny": "block", "reject": "block", "disallow": "block",
		"whitelist": "allow", "allowlist": "allow", "permit": "allow", "trust": "allow",
		"search": "list", "find": "list", "ls": "list", "show": "list", "query": "list",
		"import-list": "import list", "importlist": "import list", "list-import": "import list", "hours-set": "hours set", "set_hours": "hours set", "logshow": "log show",
		"test": "check", "calls": "log", "changes": "audit", "start": "serve", "status": "health", "Unblock": "remove",
		"revert": "audit undo", "undo": "audit undo", "subscribe": "feed add", "backup": "export", "restore": "import",
		"hours delete": "hours remove", "hours list": "hours show", "hours add": "hours set",
		"settings delete": "settings reset", "settings unset": "settings reset", "settings list": "settings show", "settings get": "settings show",
		"feed delete": "feed remove", "feed rm": "feed remove", "feed ls": "feed list", "feed fetch": "feed run", "feed update": "feed run", "feed subscribe": "feed add", "feed unsubscribe": "feed remove",
		"log view": "log show", "log get": "log show", "audit revert": "audit undo",
	} {
		_, _, err := runHere(t, strings.Fields(typed)...)
		words := strings.Fields(typed)
		if err == nil || err.Error() != "unknown command \""+words[len(words)-1]+"\": use `ringfence "+want+"`" {
			t.Errorf("%s: got %v, want %s", typed, err, want)
		}
	}
}

// A suggestion for a typing error never does the opposite of what was meant.
func TestNoSuggestionIsTheOpposite(t *testing.T) {
	walk(testCommands(), "", func(name string, _ *cli.Command) {
		words := strings.Fields(name)
		last := len(words) - 1
		for _, negation := range []string{"un", "de", "dis", "no", "no-", "non", "not-", "UN"} {
			typed := append([]string{}, words...)
			typed[last] = negation + words[last]
			_, _, err := runHere(t, typed...)
			if err == nil {
				continue // a file to import, for example
			}
			for _, suggested := range []string{"mean " + words[last] + "?", "use `ringfence " + name + "`"} {
				if strings.Contains(err.Error(), suggested) {
					t.Errorf("%s: %v", strings.Join(typed, " "), err)
				}
			}
		}
	})
	for _, typed := range []string{"unblok", "unblck", "disalow", "unalow", "deblock", "noblock"} {
		_, _, err := runHere(t, typed)
		if err == nil || strings.Contains(err.Error(), "mean block?") || strings.Contains(err.Error(), "mean allow?") {
			t.Errorf("%s: %v", typed, err)
		}
	}
}

func TestSuggestedCommands(t *testing.T) {
	for typed, want := range map[string]string{
		"blok": "block", "bock": "block", "alow": "allow", "remov": "remove", "lst": "list", "chek": "check", "docter": "doctor",
		"setings": "settings", "hour": "hours", "imprt": "import", "feeed": "feed", "audti": "audit",
		"audit undoo": "undo", "log shw": "show",
	} {
		_, _, err := runHere(t, strings.Fields(typed)...)
		if err == nil || !strings.Contains(err.Error(), "did you mean "+want+"?") && !strings.Contains(err.Error(), "use `ringfence "+want+"`") {
			t.Errorf("%s: got %v, want %s", typed, err, want)
		}
	}
}

func TestSuggestedFlags(t *testing.T) {
	for typed, want := range map[string]string{
		"block 1234567 -r spam": "unknown flag -r, did you mean --reason or --region? See `ringfence block --help`",
		"block 1234567 -f":      "unknown flag -f, did you mean --force or --for? See `ringfence block --help`",
		"block 1234567 -o json": "unknown flag -o, did you mean --output? See `ringfence block --help`",
		"list -n 5":             "unknown flag -n, did you mean --limit or --number? See `ringfence list --help`",
		"log -f":                "unknown flag -f, did you mean --follow? See `ringfence log --help`",
		"import x -n":           "unknown flag -n, did you mean --dry-run? See `ringfence import --help`",
		"list -s x":             "unknown flag -s, did you mean --source or --search? See `ringfence list --help`",
		"block 1 --resaon x":    "unknown flag --resaon, did you mean --reason? See `ringfence block --help`",
		"block 030 -666":        "unknown flag -666; quote a number with blanks, and write arguments that begin with - after --",
		"list --limit ten":      `--limit: invalid value "ten": use a whole number, for example --limit 100`,
		"list --limit=":         `--limit: invalid value "": use a whole number, for example --limit 100`,
		"block 1 --force=maybe": `--force: invalid value "maybe": write --force without a value`,
	} {
		_, _, err := runHere(t, strings.Fields(typed)...)
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", typed, err, want)
		}
	}
}
