package doctor

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// unreadableURL is shown in place of a Redis URL of which nothing can be shown.
const unreadableURL = "redis://:" + maskedPassword + "@HOST:6379/0"

var (
	redisSchemes = []string{"redis", "rediss", "unix"}
	// shownParameters are the parameters of a Redis URL that hold no secret, and
	// hiddenParameters those that do.
	shownParameters = []string{
		"addr", "master_name", "username", "db", "protocol", "client_name", "skip_verify", "max_retries", "min_retry_backoff",
		"max_retry_backoff", "dial_timeout", "read_timeout", "write_timeout", "pool_fifo", "pool_size", "pool_timeout",
		"min_idle_conns", "max_idle_conns", "max_active_conns", "conn_max_idle_time", "conn_max_lifetime", "idle_timeout",
	}
	hiddenParameters = []string{"password", "sentinel_password"}
)

// maskedURL returns a Redis URL with PASSWORD in place of each password. It shows
// nothing of a URL in which special characters may have moved a password into
// another part.
func maskedURL(text string) string {
	parsed, err := url.Parse(text)
	switch {
	case text == "":
		return ""
	case err != nil || !slices.Contains(redisSchemes, parsed.Scheme) || parsed.Opaque != "" || parsed.Fragment != "",
		strings.ContainsAny(parsed.Path+parsed.RawQuery, "@;#"):
		return unreadableURL
	}
	var parts []string
	for part := range strings.SplitSeq(parsed.RawQuery, "&") {
		name, _, valued := strings.Cut(part, "=")
		switch {
		case part == "":
		case valued && slices.Contains(shownParameters, name):
			parts = append(parts, part)
		case valued && slices.Contains(hiddenParameters, name):
			parts = append(parts, name+"="+maskedPassword)
		default:
			return unreadableURL
		}
	}
	parsed.RawQuery = strings.Join(parts, "&")
	if password, _ := parsed.User.Password(); password != "" {
		parsed.User = url.UserPassword(parsed.User.Username(), maskedPassword)
	}
	return parsed.String()
}

// masked returns the target as findings may show it.
func (t Target) masked() Target {
	t.Redis = maskedURL(t.Redis)
	return t
}

// redisURL is the URL of Redis for a change, PASSWORD in place of passwords.
type redisURL struct{ url.URL }

// moveTo names another server.
func (u *redisURL) moveTo(address string) {
	if u.Scheme == "unix" {
		u.Scheme, u.Path = "redis", "/"+cmp.Or(u.Query().Get("db"), "0")
		u.RawQuery = ""
	}
	u.Host = address
}

// set adds a parameter, unless there is one of its name.
func (u *redisURL) set(name, value string) {
	if u.Query().Has(name) {
		return
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += name + "=" + value
}

// spread names a second node of a cluster, which has no databases.
func (u *redisURL) spread(address string) {
	if u.Scheme == "unix" {
		u.moveTo("HOST:PORT")
	}
	if u.Path != "/0" {
		u.Path = ""
	}
	u.set("addr", address)
}

// follow changes the URL as a suggested one shows: what that has in addition is
// added.
func (u *redisURL) follow(suggested string) {
	server, parameters, _ := strings.Cut(suggested, "?")
	// PORT is no number, and the server stays the same.
	other, err := url.Parse(strings.TrimSuffix(server, ":PORT") + "?" + parameters)
	if err != nil {
		return
	}
	query := other.Query()
	if query.Has("addr") && !query.Has("master_name") {
		u.spread(query.Get("addr"))
	}
	for _, name := range []string{"master_name", "addr", "password"} {
		if query.Has(name) {
			u.set(name, query.Get(name))
		}
	}
	if password, has := other.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), password)
	}
}

// changeRedis returns the lines that change the URL of Redis where it is set, and
// the end of a sentence that says where that is. A file that holds a password is
// changed by hand, as the words say: a line with the whole URL would lose it.
func (t Target) changeRedis(words string, change func(*redisURL)) (where string, lines []string) {
	t, where = t.masked(), t.where("redis")
	parsed, err := url.Parse(t.Redis)
	if err != nil {
		return where + ": " + words, nil
	}
	if _, inFile := t.Options["redis"].File(); inFile && strings.Contains(t.Redis, maskedPassword) {
		return where + ": " + words, nil
	}
	u := redisURL{*parsed}
	change(&u)
	return where, t.change("redis", u.String())
}
