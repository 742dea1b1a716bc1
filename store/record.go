package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/calllog"
)

// recordTime is how the time of a call is written: to the millisecond, in UTC.
const recordTime = "2006-01-02T15:04:05.000Z07:00"

// recordField is one field of a record in the log.
type recordField struct {
	name string
	// get returns the text of the field, or where that is.
	get func(*calllog.Record) any
	set func(*calllog.Record, string)
}

// text is a field that holds a text.
func text(name string, field func(*calllog.Record) *string) recordField {
	return recordField{
		name,
		func(r *calllog.Record) any { return field(r) },
		func(r *calllog.Record, value string) { *field(r) = value },
	}
}

// recordFields names the fields as the records' JSON does.
var recordFields = []recordField{
	{
		"time",
		func(r *calllog.Record) any { return r.Time.UTC().AppendFormat(nil, recordTime) },
		func(r *calllog.Record, value string) { r.Time, _ = time.Parse(time.RFC3339Nano, value) },
	},
	text("caller", func(r *calllog.Record) *string { return &r.Caller }),
	text("dialled", func(r *calllog.Record) *string { return &r.Dialled }),
	text("verdict", func(r *calllog.Record) *string { return (*string)(&r.Verdict) }),
	text("check", func(r *calllog.Record) *string { return &r.Check }),
	text("rule", func(r *calllog.Record) *string { return &r.Rule }),
	text("action", func(r *calllog.Record) *string { return &r.Action }),
	text("text", func(r *calllog.Record) *string { return &r.Text }),
	text("channel", func(r *calllog.Record) *string { return &r.Channel }),
	text("linked_id", func(r *calllog.Record) *string { return &r.LinkedID }),
	text("sip_call_id", func(r *calllog.Record) *string { return &r.SIPCallID }),
	{
		"took_ns",
		func(r *calllog.Record) any { return int64(r.Took) },
		func(r *calllog.Record, value string) {
			nanoseconds, _ := strconv.ParseInt(value, 10, 64)
			r.Took = time.Duration(nanoseconds)
		},
	},
	text("degraded", func(r *calllog.Record) *string { return &r.Degraded }),
	text("instance", func(r *calllog.Record) *string { return &r.Instance }),
	text("hours", func(r *calllog.Record) *string { return (*string)(&r.Hours) }),
	{
		"checks",
		func(r *calllog.Record) any { return writeChecks(r.Checks) },
		func(r *calllog.Record, value string) { r.Checks = readChecks(value) },
	},
	{
		"events",
		func(r *calllog.Record) any { return writeEvents(r.Events) },
		func(r *calllog.Record, value string) { r.Events = readEvents(value) },
	},
}

// recordNames returns the names of all fields for calls.lua, each before room
// for a value. Empty values are written, too: Redis keeps the names of fields
// once for many records that have the same, which takes a quarter less than
// leaving some of them out.
func recordNames() string {
	var names strings.Builder
	for _, field := range recordFields {
		names.WriteString("'" + field.name + "', '', ")
	}
	return names.String()
}

// readRecord reads a record of the log. Fields that it doesn't know are
// skipped.
func readRecord(id string, values map[string]any) calllog.Record {
	record := calllog.Record{ID: id}
	for _, field := range recordFields {
		if value, ok := values[field.name].(string); ok {
			field.set(&record, value)
		}
	}
	return record
}
