package doctor

import (
	"cmp"
	"net/url"
	"regexp"
)

// redisCLI returns the line that runs a command on the Redis at a URL. It has no
// password.
func redisCLI(address, command string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "redis-cli " + command
	}
	line := "redis-cli"
	if parsed.Scheme == "unix" {
		line += " -s " + shellWord(parsed.Path)
	} else {
		line += " -h " + cmp.Or(parsed.Hostname(), "localhost") + " -p " + cmp.Or(parsed.Port(), "6379")
	}
	if parsed.Scheme == "rediss" {
		line += " --tls"
	}
	if user := parsed.User.Username(); user != "" && user != "default" {
		line += " --user " + shellWord(user)
	}
	if password, _ := parsed.User.Password(); password != "" {
		line += " --askpass"
	}
	return line + " " + command
}

// serverCLI is redisCLI for one of several servers behind the URL; "" means the
// one in the URL.
func serverCLI(address, server, command string) string {
	parsed, err := url.Parse(address)
	if err != nil || server == "" {
		return redisCLI(address, command)
	}
	if query := parsed.Query(); query.Has("master_name") {
		// User and password before the host are for the sentinels.
		parsed.User = url.UserPassword(query.Get("username"), query.Get("password"))
	}
	parsed.Host = server
	return redisCLI(parsed.String(), command)
}

// adminCLI is redisCLI for the default user, who may change the rights of others.
func adminCLI(address, command string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return redisCLI(address, command)
	}
	parsed.User = nil
	return redisCLI(parsed.String(), command)
}

// suggested is a URL in an error's advice.
var suggested = regexp.MustCompile(`redis://[^\s,;]+`)
