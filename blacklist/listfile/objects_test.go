package listfile_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// around are the two ways in which JSON holds a list of objects.
var around = map[listfile.Format]struct{ begin, end, key string }{
	listfile.JSONLines:  {"[", "]", "number"},
	listfile.PhoneBlock: {`{"version":1,"numbers":[`, `],"more":[{"a":"]"}]}`, "phone"},
}

// A broken element costs itself: what stands behind it is read.
func TestABrokenElementCostsItself(t *testing.T) {
	t.Parallel()
	for name, element := range map[string]string{
		"array":             `[1]`,
		"empty array":       `[]`,
		"nested arrays":     `[[1],[[2]],{"a":[3]}]`,
		"string":            `"a]b\"]"`,
		"number":            `12`,
		"raw newline":       "{\"%s\":\"+49\n301\",\"tags\":[\"x\"]}",
		"raw newline, last": "{\"tags\":[\"x\"],\"%s\":\"+49\n301\"}",
		"never closed":      "{\"%s\":\"+49301,\"tags\":[]},\n",
		"long":              `{"a":"` + strings.Repeat("x", 70_000) + `","tags":["x",["y"]],"b":{}}`,
		"long array":        `["` + strings.Repeat("x", 70_000) + `",["y"]]`,
		"long string":       `"` + strings.Repeat("x", 70_000) + `]"`,
	} {
		for format, a := range around {
			if strings.Contains(element, "%s") {
				element = strings.ReplaceAll(element, "%s", a.key)
			}
			good := func(i int) string { return fmt.Sprintf(`{"%s":"+4930123%d"}`, a.key, i) }
			text := a.begin + good(1) + ",\n" + element + ",\n" + good(2) + "," + good(3) + a.end
			rows, err := all([]byte(text), listfile.Options{Format: format})
			taken, refused := 0, 0
			for _, row := range rows {
				if row.Problem == nil {
					taken++
				} else {
					refused++
				}
			}
			if err != nil || taken != 3 || refused != 1 {
				t.Errorf("%s, %s: %d taken, %d refused, %v", name, format, taken, refused, err)
			}
		}
	}
}

// What stands behind the end of the list would be lost without a word.
func TestWhatFollowsTheListIsAnError(t *testing.T) {
	t.Parallel()
	for format, a := range around {
		row := `{"` + a.key + `":"+4930123456"}`
		for _, text := range []string{
			a.begin + row + "][" + row + a.end,
			a.begin + row + "]," + row + a.end,
			a.begin + row + "]," + row,
			a.begin + row + "] " + row + a.end,
			a.begin + row + a.end + a.begin + row + a.end,
			a.begin + row + a.end + ",",
			a.begin + row + a.end + strings.Repeat(" ", 70_000) + row,
			a.begin + `{"` + a.key + `":"+4930123456",` + row + a.end,
			a.begin + row + `,{"a":[` + row + a.end,
			a.begin + strings.Repeat("[", 100_000) + a.end,
			strings.TrimSuffix(a.begin+row+a.end, a.end),
		} {
			if rows, err := all([]byte(text), listfile.Options{Format: format}); err == nil {
				t.Errorf("%s: %d rows and no error of %.100s", format, len(rows), text)
			}
		}
		if rows, err := all([]byte(a.begin+row+a.end+" \r\n\t"), listfile.Options{}); err != nil || len(rows) != 1 {
			t.Errorf("%s: %d rows, %v", format, len(rows), err)
		}
	}
	twice := `{"numbers":[{"phone":"+4930123456"}],"numbers":[{"phone":"+4930123457"}]}`
	if _, err := all([]byte(twice), listfile.Options{}); err == nil {
		t.Error("the second list of numbers is passed over")
	}
}

// Every element of an array that is JSON is one row, taken or refused.
func TestEveryElementIsARow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		elements := rapid.SliceOf(rapid.Custom(drawJSON)).Draw(t, "elements")
		text, err := json.MarshalIndent(elements, "", rapid.SampledFrom([]string{"", " "}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		for format, file := range map[listfile.Format]string{
			listfile.JSONLines: string(text), listfile.PhoneBlock: `{"numbers":` + string(text) + "}",
		} {
			if len(elements) == 0 {
				file = strings.ReplaceAll(file, "null", "[]")
			}
			rows, err := all([]byte(file), listfile.Options{Format: format})
			if err != nil || len(rows) != len(elements) {
				t.Fatalf("%s: %d rows of %d, %v in %s", format, len(rows), len(elements), err, file)
			}
		}
	})
}

func drawJSON(t *rapid.T) any {
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		return rapid.SliceOfN(rapid.Custom(drawJSON), 0, 3).Draw(t, "array")
	case 1:
		return rapid.MapOfN(rapid.StringMatching(`[\[\]{}",\\a]{0,4}`), rapid.Custom(drawJSON), 0, 3).Draw(t, "object")
	case 2:
		return rapid.StringMatching(`[\[\]{}",\\\na]{0,6}`).Draw(t, "string")
	case 3:
		return rapid.Int().Draw(t, "number")
	case 4:
		return nil
	}
	return map[string]string{"number": "+4930123456", "phone": "+4930123456"}
}
