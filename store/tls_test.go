package store_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/store"
)

// certificate returns one that only its maker trusts.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// rediss:// speaks TLS with the sentinels and with the primary that
// they name, and trusts no certificate unasked.
func TestSentinelsSpeakTLS(t *testing.T) {
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS12}
	primary := serveScript(t, tls.NewListener(listen(t), config), func(words []string) string {
		switch words[0] {
		case "hello":
			return noHello
		case "get":
			return "$1\r\n1\r\n"
		case "mget":
			return "*2\r\n$-1\r\n$1\r\n1\r\n"
		case "zrangebylex":
			return "*0\r\n"
		}
		return "-ERR unknown command\r\n"
	})
	host, port, _ := net.SplitHostPort(primary.address)
	sentinel := serveScript(t, tls.NewListener(listen(t), config), func(words []string) string {
		switch {
		case words[0] == "hello":
			return noHello
		case words[0] == "sentinel" && strings.EqualFold(words[1], "get-master-addr-by-name"):
			return fmt.Sprintf("*2\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n", len(host), host, len(port), port)
		case words[0] == "subscribe":
			var answer strings.Builder
			for i, channel := range words[1:] {
				fmt.Fprintf(&answer, "*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:%d\r\n", len(channel), channel, i+1)
			}
			return answer.String()
		}
		return "*0\r\n" // it knows no other sentinels
	})
	url := "rediss://" + sentinel.address + "/0?master_name=mymaster"
	trusting := fixture{url: url + "&skip_verify=true", prefix: "x:"}.open(t, store.Options{})
	if err := trusting.Check(t.Context()); err != nil {
		t.Error(err)
	}
	wary := fixture{url: url, prefix: "x:"}.open(t, store.Options{})
	if err := wary.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Error("a certificate of an unknown authority gives", err)
	}
}
