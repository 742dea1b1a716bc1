package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// scripts are the completion scripts of shells. Each runs ringfence with the
// words up to the cursor and the library's flag.
var scripts = map[string]string{
	// Bash takes = and : for ends of words: the words are put together again, and what
	// is before the last of them is not completed. compgen -W would run what is in $().
	"bash": `# bash completion for ringfence
_ringfence() {
    local words=() word prefix current i
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if ((${#words[@]})) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
    done
    current=${words[-1]}
    prefix=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r word; do
        [[ $word == "$current"* && ${#word} -gt ${#prefix} ]] && COMPREPLY+=("$(printf %q "${word:${#prefix}}")")
    done < <(ringfence "${words[@]}" ` + completionFlag + ` 2>/dev/null)
    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac
}
complete -o bashdefault -o default -F _ringfence ringfence
`,
	"zsh": `#compdef ringfence
_ringfence() {
    local -a found
    found=(${(f)"$(ringfence "${(@)words[2,CURRENT]}" ` + completionFlag + ` 2>/dev/null)"})
    if (( $#found )); then
        compadd -S '' -- ${(M)found:#*=}
        compadd -- ${found:#*=}
    else
        _files
    fi
}
_ringfence "$@"
`,
	"fish": `# fish completion for ringfence
complete -c ringfence -a '(ringfence (commandline -opc)[2..] (commandline -ct) ` + completionFlag + ` 2>/dev/null)'
`,
}

// completionFlag is defined by the library.
const completionFlag = "--generate-bash-completion"

func (p *program) completionCommand() *cli.Command {
	shells := slices.Sorted(maps.Keys(scripts))
	return &cli.Command{
		Name:      "completion",
		Usage:     "print a completion script for a shell",
		Category:  categoryProgram,
		ArgsUsage: strings.Join(shells, "|"),
		Description: `
Prints a script for the shell. The script asks ringfence for the words that may follow.

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

// offer prints words that complete an argument.
func (p *program) offer(words ...string) cli.BashCompleteFunc {
	return func(*cli.Context) {
		for _, word := range words {
			_, _ = fmt.Fprintln(p.out, word)
		}
	}
}

// complete prints the words that may follow in a command: values of the flag
// before the cursor, flags, subcommands or arguments.
func (p *program) complete(command *cli.Command) cli.BashCompleteFunc {
	arguments := command.BashComplete
	return func(c *cli.Context) {
		previous, current := p.typed[len(p.typed)-2], p.typed[len(p.typed)-1]
		var words []string
		// Of --sort=hits, all that stands before the value is offered with it.
		name, _, joined := strings.Cut(current, "=")
		before := name + "="
		if !joined || !strings.HasPrefix(current, "-") {
			name, before = previous, ""
		}
		if f := flagNamed(command.Flags, name); f != nil && f.TakesValue() {
			if choice, ok := f.(choiceFlag); ok {
				words = slices.Clone(choice.choices)
			} else if f.Names()[0] == "source" {
				words = p.ask(c, sourceNames)
			}
			for i, word := range words {
				words[i] = before + word
			}
			p.offer(words...)(c)
			return
		}
		if strings.HasPrefix(current, "-") {
			for _, f := range append(slices.Clone(command.Flags), cli.HelpFlag) {
				words = append(words, "--"+f.Names()[0])
			}
			slices.Sort(words)
			p.offer(slices.Compact(words)...)(c)
			return
		}
		for _, sub := range command.Subcommands {
			words = append(words, sub.Name)
		}
		p.offer(words...)(c)
		if arguments != nil {
			arguments(c)
		}
		if names := namesOf[strings.TrimPrefix(c.Command.HelpName, "ringfence ")]; names != nil {
			p.offer(p.ask(c, names)...)(c)
		}
	}
}

// flagNamed returns the flag with the name of a word such as --output, or nil.
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

// choose adds the choices of a flag to its usage and to completion.
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
Prints the manual page in the format of man.

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

// manual returns the manual page of all commands.
func (p *program) manual() (string, error) {
	app := p.newApp()
	describe(app.Commands, app.Name)
	app.UsageText = "ringfence COMMAND [arguments] [flags]"
	app.Description = strings.ReplaceAll(configurationHelp+exitHelp, "\n   ", "\n")
	return app.ToManWithSection(1)
}

// describe sets the texts that the library writes into a manual page.
func describe(commands []*cli.Command, parent string) {
	for _, command := range commands {
		command.UsageText = parent + " " + command.Name + " " + command.ArgsUsage + "\n\n" + command.Description
		describe(command.Subcommands, parent+" "+command.Name)
	}
}
