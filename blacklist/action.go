package blacklist

import (
	"fmt"
	"slices"
	"strings"
)

// Action is how a call is refused. Its text is also the name of the extension in
// asterisk-conf/ringfence.conf.
type Action string

// The actions, with the final SIP answer that an unanswered caller receives.
const (
	// DefaultAction means the action of the settings.
	DefaultAction Action = ""
	Decline       Action = "decline"   // 603 Decline
	Busy          Action = "busy"      // 486 Busy Here
	Reject        Action = "reject"    // 403 Forbidden
	NotFound      Action = "not-found" // 404 Not Found
	Message       Action = "message"   // a sound, then 603 Decline
)

// Actions returns every action that can be chosen by name.
func Actions() []Action {
	return []Action{Decline, Busy, Reject, NotFound, Message}
}

// ParseAction reads the name of an action.
func ParseAction(text string) (Action, error) {
	action := Action(text)
	if !slices.Contains(Actions(), action) {
		return "", fmt.Errorf("invalid action %q: choose one of %s", text, names(Actions()))
	}
	return action, nil
}

func names[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = string(value)
	}
	return strings.Join(texts, ", ")
}
