package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
)

func (p *program) manCommand() *cli.Command {
	return &cli.Command{
		Name:     "man",
		Usage:    "print the manual page",
		Category: categoryProgram,
		Description: `
Prints the manual page in the form that man reads. The packages install it.

Examples:
   ringfence man | man -l -`,
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			_, err := io.WriteString(p.out, p.manual())
			return err
		},
	}
}

// manual returns the manual page.
func (p *program) manual() string {
	var page strings.Builder
	page.WriteString(`.TH RINGFENCE 1 "" "Ringfence" "User Commands"
.SH NAME
ringfence \- ` + roff(programUsage) + `
.SH SYNOPSIS
.B ringfence
.I COMMAND
[\fIarguments\fR] [\fIflags\fR]
.SH DESCRIPTION
Ringfence looks up the caller of each inbound call in Redis. A listed caller
is refused, every other call goes on to the queue. The commands below keep the
list and show what became of calls. Flags may stand before or after arguments;
what comes after \fB\-\-\fR is no flag.
.SH COMMANDS
`)
	for _, c := range reference(p.commands(), "") {
		writeCommand(&page, c)
	}
	page.WriteString(`.SH CONFIGURATION
Each option is a flag of the commands that need it, a variable of the
environment, and a key of the file: \fB\-\-redis\fR, \fBRINGFENCE_REDIS\fR and
\fBredis:\fR mean the same. A flag comes before the variable, the variable
before the file, the file before the default. A secret may also be in a file of
its own, whose name is in the variable with \fB_FILE\fR at its end.
`)
	for _, o := range config.Options() {
		writeOption(&page, o)
	}
	page.WriteString(".SH EXIT STATUS\n")
	for code, meaning := range exitCodes {
		fmt.Fprintf(&page, ".TP\n.B %d\n%s\n", code, roff(meaning))
	}
	page.WriteString(".SH FILES\n.TP\n.I " + roff(config.DefaultFile) + `
The configuration, if \fB\-\-config\fR and \fBRINGFENCE_CONFIG\fR name no other.
`)
	return page.String()
}

func writeCommand(page *strings.Builder, c commandReference) {
	fmt.Fprintf(page, ".SS ringfence %s %s\n", roff(c.name), roff(c.arguments))
	for paragraph := range strings.SplitSeq(c.description, "\n\n") {
		if strings.Contains(paragraph, "\n ") {
			page.WriteString(".PP\n.nf\n" + roffLines(paragraph) + ".fi\n")
		} else {
			page.WriteString(".PP\n" + roffLines(paragraph))
		}
	}
	var shared []string
	for _, f := range c.flags {
		if f.config {
			shared = append(shared, `\fB\-\-`+roff(f.name)+`\fR`)
			continue
		}
		fmt.Fprintf(page, ".TP\n\\fB\\-\\-%s\\fR \\fI%s\\fR\n%s\n", roff(f.name), roff(f.value), roffLine(withDefault(f.usage, f.fallback)))
	}
	if len(shared) > 0 {
		fmt.Fprintf(page, ".PP\nOptions of the configuration: %s.\n", strings.Join(shared, ", "))
	}
}

func writeOption(page *strings.Builder, o config.Option) {
	fmt.Fprintf(page, ".TP\n\\fB%s\\fR, \\fB%s\\fR\n%s\n", roff(o.Name), roff(o.Env()),
		roffLine(withDefault(strings.ReplaceAll(o.Usage, "`", ""), o.Default)))
}

func withDefault(usage, fallback string) string {
	if fallback == "" {
		return usage
	}
	return usage + " (default: " + fallback + ")"
}

// roff escapes what has a meaning in a manual page.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "…", "...").Replace(text)
}

// roffLine escapes a line, which must not begin with a dot.
func roffLine(text string) string {
	if strings.HasPrefix(text, ".") {
		return `\&` + roff(text)
	}
	return roff(text)
}

func roffLines(text string) string {
	var lines strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		lines.WriteString(roffLine(line) + "\n")
	}
	return lines.String()
}
