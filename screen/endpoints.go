package screen

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// endpointName is how an endpoint may be called: as a section of pjsip.conf,
// but for characters that mean something in a list or in a dialplan.
var endpointName = regexp.MustCompile(`^[0-9A-Za-z._~@+-]{1,64}$`)

func splitEndpoints(text string) ([]string, error) {
	var names []string
	for part := range strings.SplitSeq(text, ",") {
		name := strings.TrimPrefix(strings.TrimSpace(part), "PJSIP/")
		switch {
		case name == "":
		case name == "*":
			return nil, errors.New("each telephone has to be named, since a trunk is an endpoint, too: write for example 100,101")
		case !endpointName.MatchString(name):
			return nil, fmt.Errorf("%s is no endpoint: write names of pjsip.conf, for example 100,front-desk", strconv.Quote(name))
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names, nil
}
