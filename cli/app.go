package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
)

const programUsage = "screen the inbound calls of an Asterisk PBX"

// newApp returns the command line, with every command in it.
func (p *program) newApp() *cli.App {
	commands := p.commands()
	p.prepare(commands)
	released, _ := config.Version()
	return &cli.App{
		Name:            "ringfence",
		HelpName:        "ringfence",
		Usage:           programUsage,
		Version:         released,
		Reader:          p.in,
		Writer:          p.out,
		ErrWriter:       p.err,
		Commands:        commands,
		HideHelpCommand: true,
		// A comma is part of what is typed.
		DisableSliceFlagSeparator: true,
		CustomAppHelpTemplate:     programHelp,
		EnableBashCompletion:      true,
		BashComplete:              p.complete(&cli.Command{Subcommands: commands}),
		Action:                    unknownCommand,
		OnUsageError:              badFlag,
		// run maps errors to exit codes; cli would lose wrapped ones.
		ExitErrHandler: func(*cli.Context, error) {},
	}
}

// prepare sets what all commands have in common.
func (p *program) prepare(commands []*cli.Command) {
	for _, command := range commands {
		command.OnUsageError = badFlag
		command.Before = refuseEmptyFlags
		command.CustomHelpTemplate = commandHelp
		command.Description = strings.TrimSpace(command.Description)
		// Otherwise `block help` would print help instead of an error.
		command.HideHelpCommand = true
		command.BashComplete = p.complete(command)
		if len(command.Subcommands) == 0 {
			continue
		}
		p.prepare(command.Subcommands)
		if !hasAction(command) {
			command.CustomHelpTemplate = groupHelp
			command.Action = unknownCommand
		}
	}
}

// hasAction reports whether a command does something itself, whether or not it
// has subcommands. Only such a command has arguments or flags.
func hasAction(command *cli.Command) bool {
	return len(command.Subcommands) == 0 || command.ArgsUsage != "" || len(command.Flags) > 0
}

// refuseEmptyFlags refuses flags with an empty value, such as an unset variable
// of a shell: without its value a flag would often mean "all". An empty reason
// is harmless, and options check their own values.
func refuseEmptyFlags(c *cli.Context) error {
	for _, f := range c.Command.Flags {
		if choice, ok := f.(choiceFlag); ok {
			f = choice.StringFlag
		}
		text, ok := f.(*cli.StringFlag)
		if !ok || text.Category == configCategory || text.Name == reasonFlag || !c.IsSet(text.Name) || c.String(text.Name) != "" {
			continue
		}
		placeholder := "VALUE"
		if _, rest, quoted := strings.Cut(text.Usage, "`"); quoted {
			placeholder, _, _ = strings.Cut(rest, "`")
		}
		return usagef("--%s is empty: write --%s %s, or leave --%s out", text.Name, text.Name, placeholder, text.Name)
	}
	return nil
}

// noArguments refuses arguments of a command that takes none. A number belongs to the
// flag that looks for numbers.
func noArguments(c *cli.Context) error {
	if !c.Args().Present() {
		return nil
	}
	if len(c.Command.Subcommands) > 0 {
		name := c.Args().First()
		if right := meant(name, c.Command.Subcommands, nil); right != "" {
			return usagef("unknown command %q: use `%s %s`", name, c.Command.HelpName, right)
		}
		if question := didYouMean(name, c.Command.Subcommands); question != "" {
			return usagef("unknown command %q%s See `%s --help`", name, question, c.Command.HelpName)
		}
	}
	words := c.Args().Slice()
	for _, name := range []string{"caller", "number", "search"} {
		if flagNamed(c.Command.Flags, "--"+name) == nil {
			continue
		}
		if value := c.String(name); value != "" {
			words = append([]string{value}, words...)
		}
		if slices.ContainsFunc(words, func(word string) bool { n, _ := digitsOf(word); return n == 0 }) {
			break
		}
		return usagef("unexpected argument %q: to find a number, type: %s --%s '%s'", c.Args().First(), c.Command.HelpName, name, strings.Join(words, " "))
	}
	return usagef("unexpected argument %q. See `%s --help`", c.Args().First(), c.Command.HelpName)
}

// oneOf returns the only argument, which has to be one of the choices.
func oneOf(c *cli.Context, choices ...string) (string, error) {
	if name := c.Args().First(); c.NArg() == 1 && slices.Contains(choices, name) {
		return name, nil
	}
	return "", usagef("name one of %s", strings.Join(choices, ", "))
}

// exits describes the exit codes of a command in its help.
func exits(meanings string) string {
	return "\n\nExit codes:\n   " + meanings + " " + commonExits
}

var commonExits = fmt.Sprintf("%d %s, %d %s, %d %s", exitFailed, exitCodes[exitFailed],
	exitUsage, exitCodes[exitUsage], exitUnreachable, exitCodes[exitUnreachable])

const flagList = `

Flags:{{if .VisibleFlagCategories}}{{template "visibleFlagCategoryTemplate" .}}{{else}}{{template "visibleFlagTemplate" .}}
{{end}}`

const commandHelp = `{{.HelpName}} - {{.Usage}}

Usage:
   {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}} [flags]
{{range .Subcommands}}   {{.HelpName}}{{if .ArgsUsage}} {{.ArgsUsage}}{{end}}{{"\t"}}{{.Usage}}
{{end}}
{{.Description}}` + flagList

const groupHelp = `{{.HelpName}} - {{.Usage}}

Usage:
   {{.HelpName}} COMMAND [flags]

Commands:{{template "visibleCommandCategoryTemplate" .}}
`

const programHelp = `{{.HelpName}} - {{.Usage}}

Usage:
   {{.HelpName}} COMMAND [arguments] [flags]

{{$heading := ""}}{{range .VisibleCommands}}{{if ne .Category $heading}}{{$heading = .Category}}{{.Category}}:
{{end}}   {{.Name}}{{"\t"}}{{.Usage}}
{{end}}
Each command has its own --help. Flags may stand before or after arguments.

` + configurationHelp + exitHelp

// configurationHelp and exitHelp are also part of the manual page.
const (
	configurationHelp = `Configuration:
   Flags come first, then the environment (RINGFENCE_REDIS for --redis), then
   /etc/ringfence/ringfence.yml, then the defaults. "ringfence config show"
   shows each value and where it comes from.

`
	exitHelp = `Exit codes:
   0 done, 1 failed, 2 wrong usage or configuration, 3 the answer is no, or
   something that was named is not there, 4 Redis or Asterisk is unreachable.
`
)
