package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
)

// unknownCommand is the action of a command that only has subcommands.
func unknownCommand(c *cli.Context) error {
	name := c.Args().First()
	if name == "" {
		return usagef("name a command. See `%s --help`", c.Command.HelpName)
	}
	if right := meant(name, c.Command.Subcommands, c.App.Commands); right != "" {
		parent := c.Command.HelpName
		if !isNamed(c.Command.Subcommands, right) {
			parent = c.App.HelpName
		}
		return usagef("unknown command %q: use `%s %s`", name, parent, right)
	}
	return usagef("unknown command %q%s See `%s --help`", name, orPeriod(didYouMean(name, c.Command.Subcommands)), c.Command.HelpName)
}

// meant returns the command that a word of other programs means, "" for none: one of
// those at this place, or the words of one of all.
func meant(name string, here, all []*cli.Command) string {
	name = strings.ToLower(name)
	for _, right := range synonyms[name] {
		if first, _, _ := strings.Cut(right, " "); isNamed(here, first) {
			return right
		}
	}
	// import-list, listimport and hours_set are commands and their subcommands.
	plain := strings.NewReplacer("-", "", "_", "", ":", "").Replace(name)
	for _, command := range all {
		for _, sub := range command.Subcommands {
			if plain == command.Name+sub.Name || plain == sub.Name+command.Name {
				return command.Name + " " + sub.Name
			}
		}
	}
	return ""
}

// isNamed reports whether one of the commands is the first word of a name.
func isNamed(commands []*cli.Command, name string) bool {
	first, _, _ := strings.Cut(name, " ")
	return slices.ContainsFunc(commands, func(c *cli.Command) bool { return c.Name == first })
}

// synonyms maps words that people type to the right commands; the first that
// exists at this place is suggested.
var synonyms = map[string][]string{
	"accept": {"allow"}, "add": {"block", "set"}, "allowlist": {"allow"}, "anonymous": {"settings set"}, "append": {"block"},
	"backup": {"export"}, "ban": {"block"}, "blacklist": {"block"}, "blocklist": {"block"},
	"calls": {"log"}, "cdr": {"log"}, "change": {"set", "settings set"}, "changes": {"audit"}, "clear": {"remove", "reset"},
	"configure": {"settings set"}, "count": {"stats"}, "create": {"add", "block", "set"},
	"del": {"remove", "reset"}, "delete": {"remove", "reset"}, "deny": {"block"}, "diagnose": {"doctor"}, "disallow": {"block"}, "display": {"show", "list"},
	"download": {"run", "feed run"}, "drop": {"remove"}, "dump": {"export"},
	"enable": {"set", "settings set"}, "exclude": {"allow"}, "feeds": {"feed"}, "fetch": {"run", "feed run"}, "find": {"list"},
	"get": {"show", "list"}, "grep": {"list"}, "history": {"log"}, "insert": {"block"}, "journal": {"log"},
	"list": {"show"}, "load": {"import"}, "logs": {"log"}, "lookup": {"check"}, "ls": {"list", "show"}, "open": {"hours"},
	"permit": {"allow"}, "ping": {"health"}, "print": {"show", "list"}, "purge": {"remove", "reset"},
	"query": {"list"}, "ready": {"health"}, "redo": {"undo"}, "refresh": {"run", "feed run"}, "refuse": {"block"}, "reject": {"block"},
	"restore": {"import", "undo", "reset"}, "revert": {"undo", "audit undo"}, "rm": {"remove", "reset"}, "rollback": {"undo", "audit undo"},
	"run": {"serve"}, "schedule": {"hours"}, "search": {"list"}, "see": {"show", "list"}, "setting": {"settings"}, "show": {"list"},
	"simulate": {"check", "replay"}, "start": {"serve"}, "statistics": {"stats"}, "status": {"health"}, "stop": {"remove"}, "subscribe": {"add", "feed add"}, "sync": {"run", "feed run"},
	"test": {"check"}, "trust": {"allow"}, "try": {"check"},
	"unallow": {"remove"}, "unban": {"remove"}, "unblacklist": {"remove"}, "unblock": {"remove"}, "undo": {"audit undo"}, "unlist": {"remove"},
	"unset": {"reset", "remove"}, "unsubscribe": {"remove", "feed remove"}, "unwhitelist": {"remove"}, "update": {"set", "run"}, "upload": {"import"},
	"view": {"show", "list"}, "whitelist": {"allow"}, "who": {"audit"},
}

// negations begin words that mean the opposite of the rest.
var negations = []string{"un", "de", "dis", "no", "non", "not"}

// didYouMean suggests a command for a mistyped name, never one that does the opposite.
func didYouMean(name string, known []*cli.Command) string {
	names := make([]string, 0, len(known))
	for _, command := range known {
		if !opposite(name, command.Name) {
			names = append(names, command.Name)
		}
	}
	return config.DidYouMean(name, "", names)
}

// opposite reports whether a name denies a command, also a mistyped one.
func opposite(name, command string) bool {
	for _, negation := range negations {
		if rest, cut := strings.CutPrefix(strings.ToLower(name), negation); cut {
			rest = strings.TrimLeft(rest, "-_")
			if rest == command || config.DidYouMean(rest, "", []string{command}) != "" {
				return true
			}
		}
	}
	return false
}

func orPeriod(question string) string { return cmp.Or(question, ".") }

// letters maps flags of one letter to the flags that other programs mean by them; the
// first that the command has is suggested.
var letters = map[string][]string{
	"a": {"all", "action", "allow"}, "c": {config.FileFlag}, "d": {"dry-run", "for"}, "e": {"until"}, "f": {"follow", forceName, "for", "format"},
	"i": {"every"}, "k": {"kind", "keep"}, "l": {"limit"}, "m": {"message", reasonFlag}, "n": {"limit", "dry-run", "number"}, "o": {outputFlag, "rejects"},
	"q": {"search"}, "r": {reasonFlag, "rule", "region"}, "s": {"source", "search", "since"}, "t": {"to", "until"},
	"u": {"until", "redis"}, "v": {"verdict"}, "w": {"withheld"}, "x": {"action"}, "y": {forceName},
}

// otherFlags maps flags of other programs to the flags that mean the same here, some with
// their values; those that the command has are suggested.
var otherFlags = map[string][]string{
	"author": {"by"}, "begin": {"since"}, "before": {"until"}, "blocked": {"kind block"}, "allowed": {"kind allow"},
	"callee": {"to"}, "caller": {"number"}, "callerid": {"number"}, "cid": {"number"}, "comment": {reasonFlag}, "count": {"limit"},
	"country": {"region"}, "csv": {outputFlag + " csv"}, "cursor": {"after"},
	"days": {"for"}, "description": {reasonFlag}, "destination": {"to"}, "dialed": {"to"}, "dialled": {"to"}, "did": {"to"}, "duration": {"for"},
	"end": {"until"}, "expire": {"for"}, "expires": {"for"}, "expiry": {"for"},
	"filter": {"search"}, "find": {"search"}, "format": {outputFlag}, "from": {"since"}, "grep": {"search"}, "head": {"limit"},
	"json": {outputFlag + " json"}, "jsonl": {outputFlag + " jsonl"}, "label": {reasonFlag}, "last": {"limit"}, "lines": {"limit"},
	"match": {"search"}, "max": {"limit"}, "note": {reasonFlag}, "offset": {"after"}, "order": {"sort"}, "order-by": {"sort"}, "output": {"format"},
	"page": {"after"}, "phone": {"number"}, "query": {"search"}, "simulate": {"dry-run"}, "sort-by": {"sort"}, "start": {"since"},
	"status": {"verdict"}, "tail": {"limit"}, "text": {reasonFlag, "search"}, "today": {"since today"}, "trial": {"dry-run"}, "ttl": {"for"},
	"type": {"kind"}, "user": {"by", "author"}, "yes": {forceName}, "yesterday": {"since yesterday"},
}

// flagMeant returns ", did you mean --NAME?" for a flag that the command does not have.
func flagMeant(name string, names []string) string {
	var found []string
	for _, right := range slices.Concat(letters[name], otherFlags[strings.ToLower(name)]) {
		if flag, _, _ := strings.Cut(right, " "); slices.Contains(names, flag) {
			found = append(found, "--"+right)
		}
	}
	if len(found) == 0 {
		return config.DidYouMean(name, "--", names)
	}
	return ", did you mean " + strings.Join(found, " or ") + "?"
}

// badFlag rewords an error of package flag for users.
func badFlag(c *cli.Context, err error, _ bool) error {
	text := err.Error()
	var names []string
	for _, f := range c.Command.Flags {
		names = append(names, f.Names()[0])
	}
	if name, unknown := strings.CutPrefix(text, "flag provided but not defined: -"); unknown {
		name = strings.TrimLeft(name, "-")
		// A number after a minus is not a mistyped flag.
		if name != "" && strings.ContainsRune("+0123456789", rune(name[0])) {
			return usagef("unknown flag -%s; quote a number with blanks, and write arguments that begin with - after --", name)
		}
		dashes := "--"
		if len(name) == 1 {
			dashes = "-"
		}
		return usagef("unknown flag %s%s%s See `%s --help`", dashes, name, orPeriod(flagMeant(name, names)), c.Command.HelpName)
	}
	for _, form := range []struct{ before, between, advice string }{
		{"invalid value ", " for flag -", "use a whole number, for example --%s 100"},
		{"invalid boolean value ", " for -", "write --%s without a value"},
	} {
		rest, cut := strings.CutPrefix(text, form.before)
		if value, name, found := strings.Cut(rest, form.between); cut && found {
			name, _, _ = strings.Cut(name, ":")
			return usagef("--%s: invalid value %s: "+form.advice, name, value, name)
		}
	}
	return usagef("%s. See `%s --help`", strings.Replace(text, "flag -", "flag --", 1), c.Command.HelpName)
}
