package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

// logListCommand is block or allow for the callers of records.
func (p *program) logListCommand(kind blacklist.Kind) *cli.Command {
	command, what := p.blockCommand(), "turn the caller of a call away"
	if kind == blacklist.Allow {
		command, what = p.allowCommand(), "let the caller of a call through"
	}
	command.Category, command.ArgsUsage = "", "ID…"
	command.Usage = what
	command.Description = `
Does what "ringfence ` + string(kind) + `" does with the numbers of those who placed these
calls. If one of them has none to show, or the log doesn't hold one of the
calls, nothing is listed.

Arguments:
   ID   the ID of a call, as "ringfence log" shows it

Examples:
   ringfence log ` + string(kind) + ` 1772366400000-0 --reason "sells windows" --for 30d` + exits("0 listed,")
	command.Action = func(c *cli.Context) error { return p.listCallers(c, kind) }
	return command
}

func (p *program) listCallers(c *cli.Context, kind blacklist.Kind) error {
	if c.NArg() == 0 {
		return usagef("which call? `ringfence log` shows their IDs")
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	entry, err := p.readEntry(c, kind)
	if err != nil {
		return err
	}
	to, err := readDialled(c, conf.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		rules, err := callerRules(ctx, c.Args().Slice(), to, s)
		if err != nil {
			return err
		}
		return p.putRules(ctx, c, s, format, entry, rules)
	})
}

// callReader answers what the log tells of a call.
type callReader interface {
	Call(ctx context.Context, id string) (calllog.Record, error)
}

// callerRules returns the rules for the callers of records, each once. The
// error tells of each that has none.
func callerRules(ctx context.Context, ids []string, to phone.Number, from callReader) ([]blacklist.Rule, error) {
	var rules []blacklist.Rule
	var wrong []error
	for _, id := range ids {
		record, err := from.Call(ctx, id)
		if errors.Is(err, store.ErrNoCall) {
			wrong = append(wrong, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		number, err := phone.ParseNumber(record.Caller)
		if err != nil || !number.Known() {
			wrong = append(wrong, fmt.Errorf("the caller of %s cannot be listed: %s", id, numberless(record.Caller)))
			continue
		}
		pattern, err := phone.ParsePattern(number.String())
		if err != nil {
			return nil, err
		}
		if rule := (blacklist.Rule{Pattern: pattern, To: to}); !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	if len(wrong) > 0 {
		return nil, usageError{errors.Join(wrong...)}
	}
	return rules, nil
}

// numberless says why a caller has no number.
func numberless(caller string) string {
	switch caller {
	case phone.Withheld.String():
		return "the number is withheld"
	case phone.Unreadable.String():
		return "what the caller sent is no number"
	default:
		return "there is no number"
	}
}
