package phone

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Region is the country whose national spellings are read, as an ISO 3166-1
// code of two upper-case letters; "" stands for none. A Region that wasn't
// made by ParseRegion and isn't known reads as none.
type Region string

// ParseRegion reads a region in upper or lower case. Blank text is no region.
func ParseRegion(text string) (Region, error) {
	code := strings.ToUpper(strings.TrimSpace(text))
	if code == "" || phonenumbers.GetSupportedRegions()[code] {
		return Region(code), nil
	}
	if code == "UK" {
		return "", fmt.Errorf("no region %q: write GB", text)
	}
	if cc, err := strconv.Atoi(strings.TrimLeft(code, "+0")); err == nil {
		if region := phonenumbers.GetRegionCodeForCountryCode(cc); phonenumbers.GetSupportedRegions()[region] {
			return "", fmt.Errorf("no region %q: write the country, not its code: %s", text, region)
		}
	}
	return "", fmt.Errorf("no region %q: write the two letters of a country, such as DE, GB or US", shown(text))
}
