package cli

import (
	"encoding"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/app"
)

// schemaTables returns a table for each noun, with its keys as the types have them and
// their meaning as the comments of the types say.
func schemaTables(t *testing.T) string {
	t.Helper()
	s := schema{t: t, comments: map[string]map[string]string{}, nouns: append(app.Nouns(), commandNouns()...)}
	for _, n := range s.nouns {
		s.add(n)
	}
	return s.text.String()
}

type schema struct {
	t     *testing.T
	nouns []app.Noun
	// comments are those of fields, by package and type, then by the field.
	comments map[string]map[string]string
	text     strings.Builder
}

func (s *schema) add(n app.Noun) {
	fmt.Fprintf(&s.text, "### %s\n\n", n.Name)
	var facts []string
	if n.From != "" {
		facts = append(facts, "Written by `"+strings.ReplaceAll(n.From, ", ", "`, `")+"`.")
	}
	if n.Key != "" {
		facts = append(facts, "In lists: `"+n.Key+"`.")
	}
	if len(facts) > 0 {
		s.text.WriteString(strings.Join(facts, " ") + "\n\n")
	}
	s.text.WriteString("| key | type | meaning |\n| --- | --- | --- |\n")
	s.fields(n.Type)
	s.text.WriteString("\n")
}

func (s *schema) fields(of reflect.Type) {
	for f := range of.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
			continue
		case f.Anonymous && name == "":
			s.fields(f.Type)
			continue
		case name == "":
			s.t.Errorf("%s.%s has no key", of, f.Name)
		}
		comment := s.comment(of, f.Name)
		if comment == "" {
			s.t.Errorf("%s.%s has no comment", of, f.Name)
		}
		if strings.Contains(options, "omit") {
			name += "?"
		}
		fmt.Fprintf(&s.text, "| `%s` | %s | %s |\n", name, s.typeName(f.Type), strings.ReplaceAll(comment, "|", `\|`))
	}
}

func (s *schema) typeName(of reflect.Type) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	for _, n := range s.nouns {
		if n.Type == of {
			return "[" + n.Name + "](#" + strings.ReplaceAll(n.Name, " ", "-") + ")"
		}
	}
	switch {
	case of == reflect.TypeFor[time.Time]():
		return "time"
	case of.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return "text"
	}
	switch of.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list of " + s.typeName(of.Elem())
	case reflect.Map:
		return "object of integers"
	default:
		s.t.Errorf("%s is not among the nouns", of)
		return ""
	}
}

// comment returns the comment of a field in the source.
func (s *schema) comment(of reflect.Type, field string) string {
	id := of.PkgPath() + "." + of.Name()
	if s.comments[id] == nil {
		s.read(of.PkgPath())
	}
	return s.comments[id][field]
}

func (s *schema) read(pkg string) {
	dir := root + strings.TrimPrefix(pkg, "github.com/ringfence/ringfence")
	files, err := filepath.Glob(dir + "/*.go")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range files {
		p, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			s.t.Fatal(err)
		}
		ast.Inspect(p, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			of, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			fields := map[string]string{}
			for _, f := range of.Fields.List {
				for _, name := range f.Names {
					fields[name.Name] = strings.TrimSuffix(strings.Join(strings.Fields(f.Doc.Text()), " "), ".")
				}
			}
			s.comments[pkg+"."+spec.Name.Name] = fields
			return true
		})
	}
}
