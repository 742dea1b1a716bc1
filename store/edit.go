package store

import (
	"context"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
)

// Edit carries out one edit as Swap does, records it in the audit trail as Put
// and Remove do, and returns whether it is done: an edit that was overtaken is
// not. With an error, too, the edit may be done, and what failed is only behind
// it. A caller who is taken off the list begins anew for rate rules.
func (s *Store) Edit(ctx context.Context, edit blacklist.Edit) (done bool, err error) {
	defer s.finish(ctx, opSwap, s.now(), &err)
	if edit, err = validEdit(edit, s.now()); err != nil {
		return false, err
	}
	if err := s.claim(ctx); err != nil {
		return false, err
	}
	outcomes, err := s.swap(ctx, []blacklist.Edit{edit})
	if len(outcomes) == 0 || outcomes[0] != carriedOut {
		return len(outcomes) > 0 && outcomes[0] != overtaken, err
	}
	action := audit.Remove
	switch {
	case edit.After == nil:
		if err == nil {
			err = s.forgetCounts(ctx, []blacklist.Rule{edit.Rule})
		}
	case edit.After.Kind == blacklist.Allow:
		action = audit.Allow
	default:
		action = audit.Block
	}
	return true, s.recordMade(ctx, opSwap, []audit.Event{{Action: action, Edits: []blacklist.Edit{edit}}}, err)
}
