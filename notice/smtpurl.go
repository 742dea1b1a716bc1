package notice

import (
	"errors"
	"net"
	"net/url"
	"strconv"
)

// Relay is the mail server that takes messages.
type Relay struct {
	Host string
	Port int
	// User and Password are "" where the server asks for none.
	User, Password string
	// Implicit says that TLS begins with the connection, without STARTTLS.
	Implicit bool
}

var errRelay = errors.New("is no URL of a mail server: write for example smtp://127.0.0.1:25, " +
	"smtp://USER:PASSWORD@mail.example.org:587 or smtps://USER:PASSWORD@mail.example.org:465, a password with %XX for special characters")

// ParseRelay reads smtp://[USER:PASSWORD@]HOST:PORT; smtps:// for implicit TLS.
// Its errors show nothing of the text: it may hold a password.
func ParseRelay(text string) (Relay, error) {
	address, err := url.Parse(text)
	if err != nil || (address.Scheme != "smtp" && address.Scheme != "smtps") || address.Hostname() == "" ||
		address.RawQuery != "" || address.Fragment != "" || (address.Path != "" && address.Path != "/") {
		return Relay{}, errRelay
	}
	port, err := strconv.ParseUint(address.Port(), 10, 16)
	if err != nil || port == 0 {
		return Relay{}, errors.New("names no port: it is 587 or 25 with smtp://, 465 with smtps://, as in smtp://mail.example.org:587")
	}
	relay := Relay{
		Host: address.Hostname(), Port: int(port), User: address.User.Username(), Implicit: address.Scheme == "smtps",
	}
	relay.Password, _ = address.User.Password()
	if (relay.User == "") != (relay.Password == "") {
		return Relay{}, errors.New("needs both a user and a password, or neither: smtp://USER:PASSWORD@HOST:PORT")
	}
	return relay, nil
}

func (r Relay) address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }
