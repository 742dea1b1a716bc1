package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// scripts are what shells run to complete a command: each asks the program,
// with the words until the cursor and the library's flag.
var scripts = map[string]string{
	"bash": `# bash completion for ringfence
_ringfence() {
    local current=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=($(compgen -W "$(ringfence "${COMP_WORDS[@]:1:COMP_CWORD}" ` + completionFlag + ` 2>/dev/null)" -- "$current"))
    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac
}
complete -o bashdefault -o default -F _ringfence ringfence
`,
	"zsh": `#compdef ringfence
_ringfence() {
    local -a found
    found=(${(f)"$(ringfence "${(@)words[2,CURRENT]}" ` + completionFlag + ` 2>/dev/null)"})
    if (( $#found )); then compadd -- $found; else _files; fi
}
_ringfence "$@"
`,
	"fish": `# fish completion for ringfence
complete -c ringfence -a '(ringfence (commandline -opc)[2..] (commandline -ct) ` + completionFlag + ` 2>/dev/null)'
`,
}

// completionFlag is cli's own.
const completionFlag = "--generate-bash-completion"

func (p *program) completionCommand() *cli.Command {
	shells := slices.Sorted(maps.Keys(scripts))
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the script that completes commands in a shell",
		Category:  categoryProgram,
		ArgsUsage: strings.Join(shells, "|"),
		Description: `
Prints a script for the shell. It asks ringfence itself which words may follow.

Examples:
   ringfence completion bash > /etc/bash_completion.d/ringfence
   ringfence completion zsh > "${fpath[1]}/_ringfence"
   ringfence completion fish > ~/.config/fish/completions/ringfence.fish`,
		BashComplete: p.offer(shells...),
		Action: func(c *cli.Context) error {
			shell, err := oneOf(c, shells...)
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.out, scripts[shell])
			return err
		},
	}
}

// offer offers words for the arguments of a command.
func (p *program) offer(words ...string) cli.BashCompleteFunc {
	return func(*cli.Context) {
		for _, word := range words {
			_, _ = fmt.Fprintln(p.out, word)
		}
	}
}

// completed returns what offers the words that may follow in a command: values
// of the flag before the cursor, flags, subcommands, arguments.
func (p *program) completed(command *cli.Command) cli.BashCompleteFunc {
	arguments := command.BashComplete
	return func(c *cli.Context) {
		previous, current := p.typed[len(p.typed)-2], p.typed[len(p.typed)-1]
		var words []string
		if f := flagNamed(command.Flags, previous); f != nil && f.TakesValue() {
			if choice, ok := f.(choiceFlag); ok {
				words = choice.choices
			}
			p.offer(words...)(c)
			return
		}
		if strings.HasPrefix(current, "-") {
			for _, f := range append(slices.Clone(command.Flags), cli.HelpFlag) {
				words = append(words, "--"+f.Names()[0])
			}
			p.offer(words...)(c)
			return
		}
		for _, sub := range command.Subcommands {
			words = append(words, sub.Name)
		}
		p.offer(words...)(c)
		if arguments != nil {
			arguments(c)
		}
	}
}

// flagNamed returns the flag that a word such as --output names, nil if it is
// none.
func flagNamed(flags []cli.Flag, word string) cli.DocGenerationFlag {
	for _, f := range flags {
		if documented, ok := f.(cli.DocGenerationFlag); ok && slices.Contains(f.Names(), strings.TrimLeft(word, "-")) && strings.HasPrefix(word, "-") {
			return documented
		}
	}
	return nil
}

// choiceFlag is a flag whose value is one of some words.
type choiceFlag struct {
	*cli.StringFlag
	choices []string
}

// choose makes a flag take one of some words, and says so in its usage.
func choose[T ~string](f *cli.StringFlag, choices ...T) cli.Flag {
	words := texts(choices)
	f.Usage += ": " + strings.Join(words, ", ")
	return choiceFlag{f, words}
}

func texts[T ~string](values []T) []string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = string(value)
	}
	return words
}

func (p *program) manCommand() *cli.Command {
	return &cli.Command{
		Name:     "man",
		Usage:    "print the manual page",
		Category: categoryProgram,
		Description: `
Prints the manual page in the form that man reads.

Examples:
   ringfence man | man -l -`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			page, err := p.manual()
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.out, page)
			return err
		},
	}
}

// manual returns the manual page, which cli makes of the commands.
func (p *program) manual() (string, error) {
	app := p.newApp()
	describe(app.Commands, app.Name)
	app.UsageText = "ringfence COMMAND [arguments] [flags]"
	app.Description = strings.ReplaceAll(configurationHelp+exitHelp, "\n   ", "\n")
	return app.ToManWithSection(1)
}

// describe gives commands the text that cli writes into a manual page.
func describe(commands []*cli.Command, parent string) {
	for _, command := range commands {
		command.UsageText = parent + " " + command.Name + " " + command.ArgsUsage + "\n\n" + command.Description
		describe(command.Subcommands, parent+" "+command.Name)
	}
}
