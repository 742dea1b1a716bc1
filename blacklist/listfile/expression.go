package listfile

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/phone"
)

// Other systems block by regular expressions. One that means the beginning of a number,
// or a number, is read as such. Any other is refused: it is never another number.

// marksExpression matches what only a regular expression has.
var marksExpression = regexp.MustCompile(`[\^$\\]|[\d\])]\{|\.[*+]|\][*+?]|\)\?|\d\?\d|\(\?`)

// isExpression reports whether a text is a regular expression.
func isExpression(text string) bool {
	return strings.ContainsAny(text, `^$\{?.]`) && marksExpression.MatchString(text)
}

// maxSpellings is how many beginnings an expression may have, such as 49 and +49.
const maxSpellings = 16

var (
	errExpression  = errors.New("only an expression that means one number or one prefix is supported; use for example +4930123*")
	errMatchesMany = errors.New("it means several numbers or prefixes; write each one on its own row")
	errMatchesAll  = errors.New("it matches every caller")
	errNotAtStart  = errors.New("it matches the end or the middle of a number; only numbers and prefixes are supported, such as +4930123*")
)

// expression reads a regular expression. Without a $ or a closed end it is a prefix if
// it begins with ^.
func (n numbers) expression(text string) (phone.Pattern, *Problem) {
	pattern, err := n.readExpression(strings.TrimSpace(text))
	if err != nil {
		return phone.Pattern{}, &Problem{Cause: BadPattern, Detail: err.Error()}
	}
	return pattern, nil
}

func (n numbers) readExpression(text string) (phone.Pattern, error) {
	// Many people forget that a + is special.
	plain := plusAtStart.ReplaceAllString(text, `${1}\+`)
	tree, err := syntax.Parse(plain, syntax.Perl)
	if err != nil {
		return phone.Pattern{}, errExpression
	}
	var b beginnings
	b.texts = []string{""}
	if err := b.add(tree); err != nil {
		return phone.Pattern{}, err
	}
	if b.ended && !b.anchored {
		return phone.Pattern{}, errNotAtStart
	}
	open := b.open || b.anchored && !b.ended
	if slices.ContainsFunc(b.texts, func(text string) bool { return strings.Trim(text, "+0") == "" }) && open {
		return phone.Pattern{}, errMatchesAll
	}
	return n.common(b.texts, open)
}

var plusAtStart = regexp.MustCompile(`^(\^?\(?)\+`)

// common reads spellings of the same number or prefix.
func (n numbers) common(texts []string, open bool) (result phone.Pattern, err error) {
	var first *Problem
	american := n.region == "" || n.isAmerican()
	for _, text := range texts {
		rest, plus := strings.CutPrefix(text, "+")
		if american {
			// Without the 1 of North America it is the same.
			if slices.Contains(texts, "1"+text) || plus && slices.Contains(texts, "+1"+rest) {
				continue
			}
			if strings.HasPrefix(text, "1") && slices.Contains(texts, text[1:]) {
				text = "+" + text
			}
		}
		end := ""
		if open {
			end = "*"
		}
		pattern, problem := n.readNumber(text + end)
		switch {
		case problem != nil && slices.Contains(texts, "+"+text): // Only with its + it can be read.
		case problem != nil:
			first = problem
		case result != (phone.Pattern{}) && result != pattern:
			return phone.Pattern{}, errMatchesMany
		default:
			result = pattern
		}
	}
	if first != nil {
		return phone.Pattern{}, errors.New(first.Detail)
	}
	return result, nil
}

// isAmerican reports whether the region has country code 1.
func (n numbers) isAmerican() bool {
	pattern, err := n.region.Pattern("2025550123")
	return err == nil && pattern.String() == "+12025550123"
}

// beginnings are the texts that an expression may begin with.
type beginnings struct {
	texts []string
	// anchored says that it begins with ^, ended that it ends with $, open that any
	// text follows.
	anchored, ended, open bool
}

func (b *beginnings) add(re *syntax.Regexp) error {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return nil
	case syntax.OpBeginText, syntax.OpBeginLine:
		if b.open || slices.ContainsFunc(b.texts, func(text string) bool { return text != "" }) {
			return errExpression
		}
		b.anchored = true
		return nil
	case syntax.OpEndText, syntax.OpEndLine:
		b.ended = true
		return nil
	case syntax.OpConcat:
		for _, part := range re.Sub {
			if err := b.add(part); err != nil {
				return err
			}
		}
		return nil
	case syntax.OpCapture:
		return b.add(re.Sub[0])
	default:
	}
	if isRest(re) {
		b.open = true
		return nil
	}
	if b.open && !b.anchored && len(b.texts) == 1 && b.texts[0] == "" {
		return errNotAtStart
	}
	if b.open || b.ended {
		return errExpression
	}
	return b.addText(re)
}

// addText adds what every spelling has next.
func (b *beginnings) addText(re *syntax.Regexp) error {
	var next []string
	switch re.Op {
	case syntax.OpLiteral:
		next = []string{string(re.Rune)}
	case syntax.OpCharClass:
		if len(re.Rune) != 2 || re.Rune[0] != re.Rune[1] {
			return errExpression
		}
		next = []string{string(re.Rune[:1])}
	case syntax.OpQuest, syntax.OpAlternate:
		for _, sub := range re.Sub {
			part := beginnings{texts: []string{""}}
			if err := part.add(sub); err != nil {
				return err
			}
			if part.open || part.ended || part.anchored {
				return errExpression
			}
			next = append(next, part.texts...)
		}
		if re.Op == syntax.OpQuest {
			next = append(next, "")
		}
	default:
		return errExpression
	}
	if len(b.texts)*len(next) > maxSpellings {
		return errExpression
	}
	var all []string
	for _, begun := range b.texts {
		for _, text := range next {
			all = append(all, begun+text)
		}
	}
	b.texts = all
	return nil
}

// isRest reports whether an expression matches any further text or digits.
func isRest(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat, syntax.OpQuest:
		return isRest(re.Sub[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpCharClass:
		for c := '0'; c <= '9'; c++ {
			if !inClass(re.Rune, c) {
				return false
			}
		}
		return true
	default:
	}
	return false
}

func inClass(ranges []rune, c rune) bool {
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i] <= c && c <= ranges[i+1] {
			return true
		}
	}
	return false
}
