package phone

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// userPart returns the part of a SIP or tel URI, or of plain text, that
// holds the number, and the parameters or other things that follow it. The
// escapes of a URI are resolved once. A SIP URI with a host alone
// has no user.
func userPart(text string) (user, rest string) {
	text = unescape(text)
	text = withoutDisplayName(text)
	text = strings.TrimFunc(text, func(c rune) bool { return unicode.In(c, unicode.Z, unicode.C) })
	scheme, address, ok := strings.Cut(text, ":")
	sip := false
	if ok {
		switch strings.ToLower(strings.TrimSpace(scheme)) {
		case "sip", "sips":
			sip, text = true, address
		case "tel":
			text = address
		}
	}
	user, _, hasHost := strings.Cut(text, "@")
	if i := strings.IndexAny(user, ";?,:"); i >= 0 {
		user, rest = user[:i], user[i:]
	}
	if sip && !hasHost && isHost(user+rest) && !isWithheldName(user) {
		return "", ""
	}
	return user, rest
}

// isHost reports whether the text of a SIP URI without an @ is a host, and
// not a number whose host was left out.
func isHost(text string) bool {
	if strings.HasPrefix(text, "[") || strings.ContainsFunc(text, unicode.IsLetter) {
		return true
	}
	host, _, _ := strings.Cut(text, ":")
	_, err := netip.ParseAddr(host)
	return err == nil
}

// withoutDisplayName returns the text in angle brackets, if there is any,
// else all of the text. A quoted display name may hold brackets of its own.
func withoutDisplayName(text string) string {
	searched := text
	if quoted, ok := strings.CutPrefix(strings.TrimLeft(text, " \t"), `"`); ok {
		for i := 0; i < len(quoted); i++ {
			if quoted[i] == '\\' {
				i++
			} else if quoted[i] == '"' {
				searched = quoted[i+1:]
				break
			}
		}
	}
	_, address, ok := strings.Cut(searched, "<")
	if !ok {
		return text
	}
	address, _, _ = strings.Cut(address, ">")
	return address
}

// phoneContext returns the value of a tel URI's phone-context if it is the
// beginning of a number: "+49".
func phoneContext(parameters string) string {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		value = strings.Trim(value, ` "`)
		if strings.EqualFold(strings.TrimSpace(name), "phone-context") && strings.HasPrefix(value, "+") {
			return value
		}
	}
	return ""
}

// unescape resolves each %XX once. What isn't one stays as it is.
func unescape(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if value, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(value))
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
