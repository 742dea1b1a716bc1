package cli

import (
	"encoding"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// csvField is a column of CSV: a key of the JSON of a type.
type csvField struct {
	// name is the key; the key of an object within another follows a point.
	name string
	// index leads to the field, through pointers.
	index [][]int
	// optional says that JSON leaves the key out for the zero value.
	optional bool
}

// csvFields returns the columns of a type: the keys of its JSON in their order, with
// those of objects within it, and without lists of objects.
func csvFields(t reflect.Type) []csvField {
	var fields []csvField
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		index := [][]int{f.Index}
		of := f.Type
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		switch {
		case f.Anonymous && name == "":
			for _, inner := range csvFields(of) {
				inner.index = append(index[:1:1], inner.index...)
				fields = append(fields, inner)
			}
		case isObject(of):
			for _, inner := range csvFields(of) {
				inner.name, inner.index = name+"."+inner.name, append(index[:1:1], inner.index...)
				fields = append(fields, inner)
			}
		case of.Kind() == reflect.Slice && isObject(of.Elem()):
		default:
			fields = append(fields, csvField{name, index, strings.Contains(options, "omit")})
		}
	}
	return fields
}

// isObject reports whether JSON writes a type as an object with known keys.
func isObject(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func (f csvField) text(row reflect.Value) string {
	for _, index := range f.index {
		if row.Kind() == reflect.Pointer {
			if row.IsNil() {
				return ""
			}
			row = row.Elem()
		}
		row = row.FieldByIndex(index)
	}
	if f.optional && row.IsZero() {
		return ""
	}
	return csvText(row.Interface())
}

// csvText returns a value as JSON writes it, without quotes. A list of texts is
// separated by semicolons.
func csvText(value any) string {
	switch value := value.(type) {
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.UTC().Format(time.RFC3339Nano)
	case encoding.TextMarshaler:
		text, _ := value.MarshalText() // Those of our types never fail.
		return string(text)
	case []string:
		return strings.Join(value, "; ")
	}
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.String:
		return of.String()
	case reflect.Slice, reflect.Map:
		if of.Len() == 0 {
			return ""
		}
		text, _ := json.Marshal(value) // Maps of texts and numbers never fail.
		return string(text)
	default:
		return fmt.Sprint(value)
	}
}

// csvRows writes CSV.
type csvRows[T any] struct {
	file   *csv.Writer
	fields []csvField
	line   []string
}

func newCSVRows[T any](w io.Writer, header bool) *csvRows[T] {
	fields := csvFields(reflect.TypeFor[T]())
	c := &csvRows[T]{csv.NewWriter(w), fields, make([]string, len(fields))}
	if header {
		for i, field := range fields {
			c.line[i] = field.name
		}
		_ = c.file.Write(c.line) // end returns the error.
	}
	return c
}

func (c *csvRows[T]) row(row T) error {
	value := reflect.ValueOf(row)
	for i, field := range c.fields {
		c.line[i] = listfile.Protect(printable(field.text(value)))
	}
	return c.file.Write(c.line)
}

func (c *csvRows[T]) end() error {
	c.file.Flush()
	return c.file.Error()
}
