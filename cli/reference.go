package cli

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// commandReference describes a command for the man page and the completions.
type commandReference struct {
	// name is "config show" for a subcommand.
	name, usage, arguments, description string
	// choices are the words that an argument may be.
	choices []string
	flags   []flagReference
}

// flagReference describes a flag.
type flagReference struct {
	name, usage, fallback string
	// value names what the flag takes; "" marks a switch.
	value string
	// choices are the words that the value may be, if they can be listed.
	choices []string
	// config says that the flag is an option of the configuration.
	config bool
	// file says that the value is a file or a folder.
	file bool
}

// reference describes every command that can be carried out.
func reference(commands []*cli.Command, parent string) []commandReference {
	var described []commandReference
	for _, command := range commands {
		name := strings.TrimSpace(parent + " " + command.Name)
		if !carriesOut(command) {
			described = append(described, reference(command.Subcommands, name)...)
			continue
		}
		c := commandReference{
			name: name, usage: command.Usage, arguments: command.ArgsUsage,
			description: command.Description, choices: argumentChoices(name),
		}
		for _, f := range command.Flags {
			if documented, ok := f.(cli.DocGenerationFlag); ok && f.Names()[0] != "help" {
				c.flags = append(c.flags, describeFlag(name, documented))
			}
		}
		described = append(described, c)
		described = append(described, reference(command.Subcommands, name)...)
	}
	return described
}

// byFirstWord describes, for the completions, a command and its subcommands
// together: the words and the flags of all of them.
func byFirstWord(commands []commandReference) []commandReference {
	var together []commandReference
	for _, c := range commands {
		first, second, _ := strings.Cut(c.name, " ")
		last := len(together) - 1
		if last < 0 || together[last].name != first {
			together = append(together, commandReference{name: first, usage: c.usage})
			last++
		}
		all := &together[last]
		all.choices = append(all.choices, strings.Fields(second)...)
		all.choices = append(all.choices, c.choices...)
		for _, flag := range c.flags {
			if !slices.ContainsFunc(all.flags, func(known flagReference) bool { return known.name == flag.name }) {
				all.flags = append(all.flags, flag)
			}
		}
	}
	return together
}

var backquoted = regexp.MustCompile("`([^`]*)`")

func describeFlag(command string, f cli.DocGenerationFlag) flagReference {
	described := flagReference{
		name: f.Names()[0], usage: strings.ReplaceAll(f.GetUsage(), "`", ""), choices: flagChoices(command, f.Names()[0]),
	}
	if name := backquoted.FindStringSubmatch(f.GetUsage()); name != nil {
		described.value = name[1]
		described.fallback = f.GetDefaultText()
		described.file = slices.Contains([]string{"FILE", "FOLDER", "DIR"}, name[1])
	}
	if categorised, ok := f.(cli.CategorizableFlag); ok {
		described.config = categorised.GetCategory() == configCategory
	}
	return described
}

// flagChoices returns the words that the value of a flag may be, nil if they
// can't be listed.
func flagChoices(command, flag string) []string {
	switch flag {
	case "format":
		if command == "export" {
			return texts(listfile.WrittenFormats())
		}
		return texts(listfile.Formats())
	case outputFlag:
		if slices.Contains([]string{"list", "log", "stats", "audit", "import list"}, command) {
			return []string{outputTable, outputJSON, outputCSV}
		}
		return []string{outputTable, outputJSON}
	case "action":
		return texts(blacklist.Actions())
	case "kind":
		return texts([]blacklist.Kind{blacklist.Block, blacklist.Allow})
	case "sort":
		return texts(store.Sorts())
	case "verdict":
		return texts(calllog.Verdicts())
	case "hours":
		return texts(calllog.AllHours())
	case "by":
		if command == "stats" {
			return texts(calllog.AllBy())
		}
		return nil
	case "rule":
		return screen.CheckNames()
	case "log-format":
		return texts([]config.LogFormat{config.LogAuto, config.LogJSON, config.LogText})
	case "log-level":
		return slices.Sorted(maps.Keys(config.LogLevels()))
	default:
		return nil
	}
}

// argumentChoices returns the words that the arguments of a command may be.
func argumentChoices(command string) []string {
	switch command {
	case "completion":
		return shells()
	case "settings show", "settings reset":
		return settingNames("")
	case "settings set":
		return settingNames("=")
	case "check":
		return []string{"anonymous"}
	default:
		return nil
	}
}

// settingNames returns the names of all settings, with something behind them.
func settingNames(behind string) []string {
	settings := screen.DefaultSettings()
	var names []string
	for _, s := range settings.List() {
		names = append(names, s.Name+behind)
	}
	return names
}

func texts[T ~string](values []T) []string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = string(value)
	}
	return words
}
