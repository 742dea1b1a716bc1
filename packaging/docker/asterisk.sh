#!/bin/sh
# Starts Asterisk with the ARI password of RINGFENCE_ARI_PASSWORD, or of the
# file that RINGFENCE_ARI_PASSWORD_FILE names.
set -eu

if [ -n "${RINGFENCE_ARI_PASSWORD_FILE:-}" ]; then
	RINGFENCE_ARI_PASSWORD=$(cat "$RINGFENCE_ARI_PASSWORD_FILE")
fi
: "${RINGFENCE_ARI_PASSWORD:?is not set: give Asterisk and Ringfence the same}"
export RINGFENCE_ARI_PASSWORD

# A semicolon would begin a comment, a backslash is what keeps it from that.
umask 077
mkdir -p /var/log/asterisk/cdr-custom
awk '/^password =/ {
	password = ENVIRON["RINGFENCE_ARI_PASSWORD"]
	gsub(/;/, "\\;", password)
	print "password = " password
	next
} { print }' /etc/asterisk/ari.conf.sample >/run/asterisk/ari.conf
unset RINGFENCE_ARI_PASSWORD

exec asterisk -f
