package store

import (
	"strconv"
	"time"

	"github.com/ringfence/ringfence/calllog"
)

// recordTime is how the time of a call is written: to the millisecond, in UTC.
const recordTime = "2006-01-02T15:04:05.000Z07:00"

// recordField is one field of a record in the log.
type recordField struct {
	name string
	get  func(*calllog.Record) string
	set  func(*calllog.Record, string)
}

// text is a field that holds a text.
func text[T ~string](name string, field func(*calllog.Record) *T) recordField {
	return recordField{
		name,
		func(r *calllog.Record) string { return string(*field(r)) },
		func(r *calllog.Record, value string) { *field(r) = T(value) },
	}
}

// recordFields names the fields as the records' JSON does.
var recordFields = []recordField{
	{
		"time",
		func(r *calllog.Record) string { return r.Time.UTC().Format(recordTime) },
		func(r *calllog.Record, value string) { r.Time, _ = time.Parse(time.RFC3339Nano, value) },
	},
	text("caller", func(r *calllog.Record) *string { return &r.Caller }),
	text("dialled", func(r *calllog.Record) *string { return &r.Dialled }),
	text("verdict", func(r *calllog.Record) *calllog.Verdict { return &r.Verdict }),
	text("check", func(r *calllog.Record) *string { return &r.Check }),
	text("rule", func(r *calllog.Record) *string { return &r.Rule }),
	text("action", func(r *calllog.Record) *string { return &r.Action }),
	text("text", func(r *calllog.Record) *string { return &r.Text }),
	text("channel", func(r *calllog.Record) *string { return &r.Channel }),
	text("linked_id", func(r *calllog.Record) *string { return &r.LinkedID }),
	text("sip_call_id", func(r *calllog.Record) *string { return &r.SIPCallID }),
	{
		"took_ns",
		func(r *calllog.Record) string { return strconv.FormatInt(int64(r.Took), 10) },
		func(r *calllog.Record, value string) {
			nanoseconds, _ := strconv.ParseInt(value, 10, 64)
			r.Took = time.Duration(nanoseconds)
		},
	},
	text("degraded", func(r *calllog.Record) *string { return &r.Degraded }),
	text("instance", func(r *calllog.Record) *string { return &r.Instance }),
	text("hours", func(r *calllog.Record) *calllog.Hours { return &r.Hours }),
	{
		"checks",
		func(r *calllog.Record) string { return writeChecks(r.Checks) },
		func(r *calllog.Record, value string) { r.Checks = readChecks(value) },
	},
	{
		"events",
		func(r *calllog.Record) string { return writeEvents(r.Events) },
		func(r *calllog.Record, value string) { r.Events = readEvents(value) },
	},
}

// recordArgs returns how many fields the record has, and these. Empty ones are
// written, too: Redis keeps the names of fields once for many records that have
// the same, which takes a quarter less than leaving some of them out.
func recordArgs(record calllog.Record) []any {
	args := []any{len(recordFields)}
	for _, field := range recordFields {
		args = append(args, field.name, field.get(&record))
	}
	return args
}

// readRecord reads what recordArgs wrote. Fields that it doesn't know are
// passed over.
func readRecord(id string, values map[string]any) calllog.Record {
	record := calllog.Record{ID: id}
	for _, field := range recordFields {
		if value, ok := values[field.name].(string); ok {
			field.set(&record, value)
		}
	}
	return record
}
