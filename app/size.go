package app

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const (
	kibibyte = 1 << 10
	mebibyte = 1 << 20
	gibibyte = 1 << 30
	// maxSize is the maximum that ParseSize accepts, in bytes.
	maxSize = 1 << 40
)

var sizeText = regexp.MustCompile(`(?i)^(\d{1,13}) ?([KMG])?(?:iB|B)?$`)

// ParseSize reads a number of bytes such as 256MiB or 1G.
func ParseSize(text string) (int64, error) {
	part := sizeText.FindStringSubmatch(text)
	if part == nil {
		return 0, fmt.Errorf("invalid size %q: use for example 256MiB or 1GiB", text)
	}
	size, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("invalid size %q: %w", text, err)
	}
	unit := map[string]int64{"": 1, "K": kibibyte, "M": mebibyte, "G": gibibyte}[strings.ToUpper(part[2])]
	if size < 1 || size > maxSize/unit {
		return 0, fmt.Errorf("invalid size %q: use a size from 1 byte to 1024GiB", text)
	}
	return size * unit, nil
}

// FormatSize returns a size in the largest unit that needs no fraction.
func FormatSize(size int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{gibibyte, "GiB"}, {mebibyte, "MiB"}, {kibibyte, "KiB"}} {
		if size%unit.size == 0 {
			return fmt.Sprintf("%d %s", size/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", size)
}
