package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// configFile is what a configuration file says.
type configFile struct {
	name  string
	lines map[string]configLine
}

type configLine struct {
	text   string
	number int
}

// parseConfigFile reads a YAML file of option names and values. It takes the
// values as they are written: `region: NO` is Norway, not false.
func parseConfigFile(name string, text []byte) (configFile, error) {
	file := configFile{name: name, lines: make(map[string]configLine)}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return file, nil
	} else if err != nil {
		return file, usagef("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return file, usagef("%s: holds more than one document, or ends badly", name)
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return file, nil
	}
	if root.Kind != yaml.MappingNode {
		return file, usagef("%s:%d: expected lines like `region: DE`", name, root.Line)
	}
	var wrong []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := file.add(root.Content[i], root.Content[i+1]); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, root.Content[i].Line, err))
		}
	}
	if len(wrong) > 0 {
		return file, usageError{errors.Join(wrong...)}
	}
	return file, nil
}

func (f configFile) add(key, value *yaml.Node) error {
	var known []string
	found := false
	for _, o := range options() {
		known = append(known, o.name)
		found = found || o.name == key.Value
	}
	if !found {
		return fmt.Errorf("unknown key %q%s", key.Value, didYouMean(key.Value, "", known))
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
	f.lines[key.Value] = configLine{text: text, number: key.Line}
	return nil
}
