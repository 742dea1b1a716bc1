package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func shells() []string { return []string{"bash", "zsh", "fish"} }

func (p *program) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print the script that completes commands in a shell",
		Category:  categoryProgram,
		ArgsUsage: "bash|zsh|fish",
		Description: `
Prints a script for the shell. The packages install them.

Examples:
   ringfence completion bash > /etc/bash_completion.d/ringfence
   ringfence completion zsh > "${fpath[1]}/_ringfence"
   ringfence completion fish > ~/.config/fish/completions/ringfence.fish`,
		Action: func(c *cli.Context) error {
			shell, err := oneOf(c, shells()...)
			if err != nil {
				return err
			}
			_, err = io.WriteString(p.out, p.completion(shell))
			return err
		},
	}
}

// completion returns the script for a shell.
func (p *program) completion(shell string) string {
	commands := byFirstWord(reference(p.commands(), ""))
	switch shell {
	case "zsh":
		return zshCompletion(commands)
	case "fish":
		return fishCompletion(commands)
	default:
		return bashCompletion(commands)
	}
}

func bashCompletion(commands []commandReference) string {
	var names []string
	var perCommand, perFlag strings.Builder
	for _, c := range commands {
		first, words := c.name, slices.Clone(c.choices)
		names = append(names, first)
		for _, f := range c.flags {
			words = append(words, "--"+f.name)
			switch {
			case f.choices != nil:
				fmt.Fprintf(&perFlag, "    %s\\ --%s) COMPREPLY=($(compgen -W \"%s\" -- \"$current\")); return ;;\n",
					first, f.name, strings.Join(f.choices, " "))
			case f.file:
				fmt.Fprintf(&perFlag, "    %s\\ --%s) compopt -o default; return ;;\n", first, f.name)
			case f.value != "":
				fmt.Fprintf(&perFlag, "    %s\\ --%s) return ;;\n", first, f.name)
			}
		}
		fmt.Fprintf(&perCommand, "    %s) words=\"%s\" ;;\n", first, strings.Join(words, " "))
	}
	all := strings.Join(names, " ")
	return `# bash completion for ringfence
_ringfence() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word words
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        ` + strings.Join(names, "|") + `) command=$word; break ;;
        esac
    done
    case "$command $previous" in
` + perFlag.String() + `    esac
    case $command in
    "") words="` + all + `" ;;
` + perCommand.String() + `    esac
    COMPREPLY=($(compgen -W "$words --help" -- "$current"))
    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac
}
complete -F _ringfence ringfence
`
}

func zshCompletion(commands []commandReference) string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`)
	var described, arguments strings.Builder
	for _, c := range commands {
		first := c.name
		fmt.Fprintf(&described, "        '%s:%s'\n", first, quote.Replace(c.usage))
		fmt.Fprintf(&arguments, "    %s) _arguments \\\n", first)
		for _, f := range c.flags {
			fmt.Fprintf(&arguments, "        '--%s[%s]", f.name, quote.Replace(f.usage))
			switch {
			case f.choices != nil:
				fmt.Fprintf(&arguments, ":%s:(%s)", quote.Replace(f.value), strings.Join(f.choices, " "))
			case f.file:
				fmt.Fprintf(&arguments, ":%s:_files", f.value)
			case f.value != "":
				fmt.Fprintf(&arguments, ":%s: ", quote.Replace(f.value))
			}
			arguments.WriteString("' \\\n")
		}
		fmt.Fprintf(&arguments, "        '*:argument:(%s)' ;;\n", strings.Join(c.choices, " "))
	}
	return `#compdef ringfence
_ringfence() {
    local -a commands
    commands=(
` + described.String() + `    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
` + arguments.String() + `    esac
}
_ringfence "$@"
`
}

func fishCompletion(commands []commandReference) string {
	quote := strings.NewReplacer(`\`, `\\`, "'", `\'`)
	var script strings.Builder
	script.WriteString("# fish completion for ringfence\ncomplete -c ringfence -f\n")
	for _, c := range commands {
		first := c.name
		fmt.Fprintf(&script, "complete -c ringfence -n __fish_use_subcommand -a %s -d '%s'\n", first, quote.Replace(c.usage))
		seen := "complete -c ringfence -n '__fish_seen_subcommand_from " + first + "'"
		if len(c.choices) > 0 {
			fmt.Fprintf(&script, "%s -a '%s'\n", seen, strings.Join(c.choices, " "))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&script, "%s -l %s", seen, f.name)
			switch {
			case f.choices != nil:
				fmt.Fprintf(&script, " -x -a '%s'", strings.Join(f.choices, " "))
			case f.file:
				script.WriteString(" -r -F")
			case f.value != "":
				script.WriteString(" -x")
			}
			fmt.Fprintf(&script, " -d '%s'\n", quote.Replace(f.usage))
		}
	}
	return script.String()
}
