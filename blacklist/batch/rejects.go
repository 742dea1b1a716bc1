package batch

import (
	"encoding/binary"
	"fmt"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// rejects sorts the rows that were refused by their lines.
type rejects struct {
	tell   func(Reject) error
	sorted *spool
	shared *texts
	buffer []byte
}

func newRejects(job *Job) *rejects {
	return &rejects{tell: job.Rejected, sorted: newSpool(job.Folder), shared: newTexts()}
}

func (r *rejects) add(one Reject) error {
	if r.tell == nil {
		return nil
	}
	r.buffer = binary.AppendVarint(r.buffer[:0], one.Line)
	r.buffer = r.shared.append(r.buffer, string(one.Cause))
	r.buffer = r.shared.append(r.buffer, one.Detail)
	r.buffer = appendText(append(r.buffer, 0), one.Text)
	return r.sorted.add(fmt.Appendf(nil, "%016d", one.Line), r.buffer)
}

// tellAll hands all of them over, and gives their memory back.
func (r *rejects) tellAll() error {
	defer r.sorted.close()
	if r.tell == nil {
		return nil
	}
	for it, err := range r.sorted.all() {
		if err != nil {
			return err
		}
		d := decoder{left: it.value, shared: r.shared.list}
		one := Reject{Line: d.varint(), Cause: listfile.Cause(d.text()), Detail: d.text(), Text: d.text()}
		if d.failed {
			return errCorrupt
		}
		if err := r.tell(one); err != nil {
			return err
		}
	}
	return nil
}
