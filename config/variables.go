package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// others are the variables of the containers, of the demo and of the tests. Those who
// set them for docker-compose.yml run commands in the same shell.
var others = regexp.MustCompile(`^(TAG|BUILD_NETWORK|HTTP_PORT|SIP_PORT|DEMO_.*|LAB_.*)$`)

// ofServices are variables that container engines set for services with a name such as
// ringfence or ringfence-redis.
var ofServices = regexp.MustCompile(`^(.*_)?(SERVICE_(HOST|PORT(_.*)?)|PORT_\d+_(TCP|UDP|SCTP)(_.*)?|NAME|ENV_.*)$`)

// unknownVariables returns an error for each variable with the prefix of options that
// belongs to no option: it is probably mistyped.
func (s Sources) unknownVariables() []error {
	known := []string{"CONFIG"}
	for _, o := range Options() {
		name := strings.TrimPrefix(o.Env(), EnvPrefix)
		known = append(known, name)
		if o.secrecy != public {
			known = append(known, name+envFileSuffix)
		}
	}
	var unknown []string
	for _, variable := range s.Environ {
		name, value, _ := strings.Cut(variable, "=")
		name, ours := strings.CutPrefix(name, EnvPrefix)
		linked := ofServices.MatchString(name) || strings.HasSuffix("_"+name, "_PORT") && strings.Contains(value, "://")
		if ours && !slices.Contains(known, name) && !others.MatchString(name) && !linked {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	var errs []error
	for _, name := range unknown {
		errs = append(errs, fmt.Errorf("unknown variable %s%s%s", EnvPrefix, name, DidYouMean(name, EnvPrefix, known)))
	}
	return errs
}
