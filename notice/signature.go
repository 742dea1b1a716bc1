package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// WebhookSecret is what deliveries are signed with.
type WebhookSecret []byte

const (
	secretPrefix = "whsec_"
	// The lengths that Standard Webhooks allows.
	leastSecret = 24
	mostSecret  = 64
)

// ParseWebhookSecret reads a secret as Standard Webhooks writes it: whsec_ and
// 24 to 64 bytes in base64. Its errors show nothing of it.
func ParseWebhookSecret(text string) (WebhookSecret, error) {
	encoded, found := strings.CutPrefix(text, secretPrefix)
	if !found {
		return nil, errors.New("does not begin with whsec_: `echo whsec_$(openssl rand -base64 32)` makes one")
	}
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("is not in base64 after whsec_: `echo whsec_$(openssl rand -base64 32)` makes one")
	}
	if len(secret) < leastSecret || len(secret) > mostSecret {
		return nil, fmt.Errorf("has %d bytes, and needs %d to %d: `echo whsec_$(openssl rand -base64 32)` makes one",
			len(secret), leastSecret, mostSecret)
	}
	return secret, nil
}

// sign returns the signature by the scheme v1 of Standard Webhooks.
func (s WebhookSecret) sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s)
	_, _ = fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
