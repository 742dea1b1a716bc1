package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func (p *program) removeCommand() *cli.Command {
	return &cli.Command{
		Name:      "remove",
		Usage:     "take numbers and prefixes off the list",
		Category:  categoryList,
		ArgsUsage: "NUMBER…",
		Description: `
Takes numbers and prefixes off the list, blocked or allowed ones, from the
next call on. A prefix is removed as it was listed: "+44207*" does not remove
the numbers and longer prefixes that begin so.
` + numbersHelp + `

Examples:
   ringfence remove +4930123456
   ringfence remove "+44207*" --to +4930888
   ringfence remove - < numbers.txt` + exits("0 removed at least one, 3 none of them was on the list,"),
		Flags: append([]cli.Flag{
			toFlag(), newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: p.remove,
	}
}

func (p *program) remove(c *cli.Context) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	rules, err := p.readRules(c, conf.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		// After an error, the entries are those that were removed before it.
		removed, err := s.Remove(ctx, rules)
		if err := errors.Join(p.tellRemoved(format, removed), err); err != nil {
			return err
		}
		if err := p.tellNotListed(ctx, rules, removed, s); err != nil {
			return err
		}
		if err := p.tellStillRefused(ctx, removed, s); err != nil {
			return err
		}
		if len(removed) == 0 && len(rules) > 0 {
			return errNo
		}
		return nil
	})
}

func (p *program) tellRemoved(format string, removed []blacklist.Entry) error {
	if format == outputJSON {
		return writeRows[blacklist.Entry](p.out, format, nil, removed)
	}
	for _, entry := range removed {
		if _, err := fmt.Fprintf(p.out, "removed %s, which was %s\n", ruleText(entry.Rule), participle(entry.Kind)); err != nil {
			return err
		}
	}
	return nil
}

// searcher finds entries.
type searcher interface {
	Lookup(ctx context.Context, rules []blacklist.Rule) ([]*blacklist.Entry, error)
	Entries(ctx context.Context, query store.Query) ([]blacklist.Entry, error)
}

// maxHints is how many numbers that were not listed are looked up for a hint,
// and how many hints each of them gets.
const maxHints = 20

// tellNotListed names the rules that were not there, and what is there
// instead for the same number.
func (p *program) tellNotListed(ctx context.Context, rules []blacklist.Rule, removed []blacklist.Entry, in searcher) error {
	there := make(map[blacklist.Rule]bool, len(removed))
	for _, entry := range removed {
		there[entry.Rule] = true
	}
	hints := 0
	for _, rule := range rules {
		if there[rule] {
			continue
		}
		p.say("%s is not on the list", ruleText(rule))
		if hints++; hints > maxHints {
			continue
		}
		others, err := alike(ctx, rule, in)
		if err != nil {
			return err
		}
		for _, other := range others {
			p.say("  but %s is", ruleText(other))
		}
	}
	return nil
}

// alike returns the rules on the list for the same number, the one for every
// dialled number first.
func alike(ctx context.Context, rule blacklist.Rule, in searcher) ([]blacklist.Rule, error) {
	general := blacklist.Rule{Pattern: rule.Pattern}
	found, err := in.Lookup(ctx, []blacklist.Rule{general})
	if err != nil {
		return nil, err
	}
	var rules []blacklist.Rule
	if found[0] != nil {
		rules = append(rules, general)
	}
	scoped, err := in.Entries(ctx, store.Query{Start: general.String() + ":", Sort: store.ByNumber, Limit: maxHints})
	for _, entry := range scoped {
		rules = append(rules, entry.Rule)
	}
	return rules, err
}

// judge is the part of the store that a decision needs.
type judge interface {
	Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error)
	Policy(ctx context.Context) (screen.Policy, error)
	Counted(ctx context.Context, count screen.Count) (map[repeat.Rule]int, error)
}

// tellStillRefused names the numbers that are off the list, but refused by
// what is left on it.
func (p *program) tellStillRefused(ctx context.Context, removed []blacklist.Entry, by judge) error {
	exact := slices.DeleteFunc(slices.Clone(removed), func(e blacklist.Entry) bool { return e.Rule.Pattern.IsPrefix() })
	if len(exact) == 0 {
		return nil
	}
	policy, err := by.Policy(ctx)
	if err != nil {
		return err
	}
	for _, entry := range exact {
		number, err := phone.ParseNumber(entry.Rule.Pattern.String())
		if err != nil {
			return err
		}
		// Else a long list would be a question each.
		if !entry.Rule.Scoped() && len(policy.Rules.Match(number, entry.Rule.To, p.now())) == 0 {
			continue
		}
		facts, err := by.Facts(ctx, number, entry.Rule.To)
		if err != nil {
			return err
		}
		call := screen.Call{Caller: screen.Caller{Number: number}, Dialled: entry.Rule.To, At: p.now()}
		if verdict := screen.Decide(call, facts, policy); verdict.Outcome == screen.Refuse {
			p.say("%s is still refused: %s", number, verdict.Decided().Reason)
		}
	}
	return nil
}
