package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file is the content of a configuration file.
type file struct {
	name  string
	lines map[string]line
}

type line struct {
	text   string
	number int
}

// parseFile parses a YAML file of option names and values. All values are texts:
// `region: NO` is Norway, not false.
func parseFile(name string, text []byte) (file, error) {
	read := file{name: name, lines: make(map[string]line)}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return read, nil
	} else if err != nil {
		return read, fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return read, fmt.Errorf("%s: has more than one YAML document, or is invalid at the end", name)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return read, nil
	}
	if root.Kind != yaml.MappingNode {
		return read, fmt.Errorf("%s:%d: expected lines like `region: DE`", name, root.Line)
	}
	var wrong []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := read.add(root.Content[i], root.Content[i+1]); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, root.Content[i].Line, err))
		}
	}
	if len(wrong) > 0 {
		return read, errors.Join(wrong...)
	}
	return read, nil
}

func (f file) add(key, value *yaml.Node) error {
	var known []string
	found := false
	for _, o := range Options() {
		known = append(known, o.Name)
		found = found || o.Name == key.Value
	}
	if !found {
		return fmt.Errorf("unknown key %q%s", key.Value, DidYouMean(key.Value, "", known))
	}
	if earlier, twice := f.lines[key.Value]; twice {
		return fmt.Errorf("%s is already set in line %d", key.Value, earlier.number)
	}
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	if value.Kind != yaml.ScalarNode {
		return fmt.Errorf("%s takes one value, not a list or a section", key.Value)
	}
	text := value.Value
	if value.Tag == "!!null" {
		text = ""
	}
	f.lines[key.Value] = line{text: text, number: key.Line}
	return nil
}
