#!/usr/bin/env bash
# Makes sure that the engine has the public images that the Dockerfile and
# docker-compose.yml build on.
#
# An existing image stays as it is. A missing one is pulled. If
# the engine reaches no registry, a replacement is built under the image's name:
# Debian from the packages of the mirror that this machine's apt uses, Go from
# the toolchain on PATH. RINGFENCE_LAB_MIRROR=http://HOST/debian names a mirror
# if apt has none.
#
# "bases.sh clean" removes the replacements, which have a label, and the images
# that were built from this tree; pulled images stay.
set -euo pipefail

debian=debian:testing-slim
golang=golang:1.26
redis=redis:8
stand_in=(--change 'LABEL ringfence.origin=stand-in')

say() { echo "docker-bases: $*" >&2; }
die() { say "$*"; exit 1; }

docker info >/dev/null 2>&1 || die "no Docker engine answers; try: docker info"

work=$(mktemp -d)
raw_image=ringfence-bootstrap:$$
container=ringfence-bootstrap-$$
clean_up() {
	docker rm --force "$container" >/dev/null 2>&1 || true
	docker image rm --force "$raw_image" >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

present() { docker image inspect "$1" >/dev/null 2>&1; }

origin() { docker image inspect --format '{{index .Config.Labels "ringfence.origin"}}' "$1" 2>/dev/null; }

clean() {
	local image
	for image in "$redis" "$golang" "$debian"; do
		[ "$(origin "$image")" != stand-in ] || docker image rm "$image"
	done
	docker image ls --filter label=ringfence.origin=build --filter 'reference=ringfence/*' --format '{{.Repository}}:{{.Tag}}' |
		xargs --no-run-if-empty docker image rm
	docker image prune --force --filter label=ringfence.origin=build
}

# find_mirror prints the address of the Debian archive that apt uses here.
find_mirror() {
	if [ -n "${RINGFENCE_LAB_MIRROR:-}" ]; then
		echo "$RINGFENCE_LAB_MIRROR"
		return
	fi
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk '{ sub("/+$", "") } /\/debian$/ && !found { print; found = 1 } END { exit !found }'
}

# private_apt runs apt-get with its own state, in which nothing is
# installed, so that it fetches packages with all that they need. Of the
# machine's settings it keeps those of the network, but not apt's hooks.
private_apt() {
	cat >"$work/apt.conf" <<-END
		Dir "$work";
		Dir::Etc "$work/etc";
		Dir::State "$work/state";
		Dir::State::status "$work/state/status";
		Dir::Cache "$work/cache";
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Debug::NoLocking "true";
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	END
	apt-get -qq --config-file "$work/apt.conf" "$@"
}

# make_debian follows what debootstrap does: unpack the required packages as
# plain archives, so that a shell and dpkg exist; then let this dpkg install
# the same packages properly, in a container.
make_debian() {
	local mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mirror=$(find_mirror) || die "apt on this machine names no Debian mirror; set RINGFENCE_LAB_MIRROR=http://HOST/debian"
	[ -r "$keyring" ] || die "$keyring is missing; install debian-archive-keyring"

	mkdir -p "$work"/{etc/preferences.d,state/lists/partial,cache/archives/partial,root}
	: >"$work/state/status"
	echo "deb [signed-by=$keyring check-valid-until=no] $mirror testing main" >"$work/etc/sources.list"
	private_apt update
	private_apt --yes --download-only install '?essential' '?priority(required)' apt debian-archive-keyring

	local root=$work/root deb
	mkdir -p "$root"/usr/{bin,lib,lib64,sbin}
	for deb in bin lib lib64 sbin; do ln -s "usr/$deb" "$root/$deb"; done
	for deb in "$work"/cache/archives/*.deb; do dpkg-deb -x "$deb" "$root"; done

	# As in the public image: no documentation, no waiting for the disk, no
	# package kept, no service started by an installation. A mirror's copy of testing may be some
	# weeks old, so the expiry of its index is not checked; its signature is.
	mkdir -p "$root"/etc/{dpkg/dpkg.cfg.d,apt/apt.conf.d,apt/sources.list.d} "$root/var/lib/dpkg" "$root/debs"
	printf '%s\n' force-unsafe-io 'path-exclude /usr/share/doc/*' 'path-exclude /usr/share/man/*' \
		'path-exclude /usr/share/locale/*' >"$root/etc/dpkg/dpkg.cfg.d/docker"
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	{
		echo 'Acquire::Check-Valid-Until "false";'
		echo 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb"; };'
		apt-config dump | grep -E '^Acquire::https?::Proxy ' || true
	} >"$root/etc/apt/apt.conf.d/docker"
	printf '%s\n' 'Types: deb' "URIs: $mirror" 'Suites: testing' 'Components: main' \
		"Signed-By: $keyring" >"$root/etc/apt/sources.list.d/debian.sources"
	: >"$root/var/lib/dpkg/status"
	mv "$work"/cache/archives/*.deb "$root/debs"

	tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import "${stand_in[@]}" - "$raw_image" >/dev/null
	# In memory, since dpkg touches each file several times.
	docker run --init --name "$container" --network none --env DEBIAN_FRONTEND=noninteractive \
		--tmpfs /new:exec,dev,suid,mode=0755 "$raw_image" sh -euc '
		exec 3>&1 >&2
		tar --one-file-system --exclude=./new --exclude=./debs --exclude=./.dockerenv -C / -c . | tar -C /new -x
		rm -f /new/etc/hosts /new/etc/hostname /new/etc/resolv.conf
		rm -rf /new/usr/share/doc/* /new/usr/share/man/* /new/usr/share/locale/*
		mknod -m 666 /new/dev/null c 1 3
		mkdir /new/debs
		mv /debs/* /new/debs
		chroot /new sh -euc "
			dpkg --force-depends --install /debs/base-passwd_*.deb
			dpkg --force-depends --install /debs/*.deb
			dpkg --configure --pending
			dpkg --audit"
		rm -rf /new/debs /new/dev/*
		tar -C /new --numeric-owner -c . >&3' >"$work/debian.tar" 2>"$work/dpkg.log" ||
		{ tail -n 30 "$work/dpkg.log" >&2; die "dpkg failed in the stand-in"; }
	docker rm "$container" >/dev/null
	docker import "${stand_in[@]}" --change 'CMD ["bash"]' "$work/debian.tar" "$debian" >/dev/null
}

# on_debian makes the image $1 of the Debian one: $2 is a shell script that runs
# in it, standard input a tar archive laid over it first, and the rest are
# changes as docker commit knows them.
on_debian() {
	local image=$1 script=$2
	shift 2
	docker create --init --name "$container" --network host "$debian" sh -euc "$script" >/dev/null
	docker cp - "$container:/" >/dev/null
	docker start --attach "$container" >"$work/image.log" 2>&1 ||
		{ tail -n 30 "$work/image.log" >&2; die "the stand-in for $image could not be made"; }
	docker commit --change 'LABEL ringfence.origin=stand-in' "$@" "$container" "$image" >/dev/null
	docker rm "$container" >/dev/null
}

# make_golang takes the toolchain of this machine, and the certificates that it
# trusts: so modules are fetched in the image as they are outside of it.
make_golang() {
	local root
	root=$(go env GOROOT) || die "Go is not on PATH"
	tar -c --dereference --owner=0 --group=0 --transform="s,^${root#/},usr/local/go," \
		--exclude=testdata --exclude='*_test.go' \
		-C / "${root#/}"/{VERSION,bin,go.env,lib,pkg,src} etc/ssl/certs/ca-certificates.crt |
		on_debian "$golang" 'mkdir -p -m 1777 /go/src /go/bin' --change 'WORKDIR /go' \
			--change 'ENV GOPATH=/go GOTOOLCHAIN=local PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

make_redis() {
	tar -cT /dev/null | on_debian "$redis" '
		groupadd --system --gid 999 redis
		useradd --system --uid 999 --gid redis --home-dir /data redis
		export DEBIAN_FRONTEND=noninteractive
		apt-get -qq update
		apt-get -qq --yes --no-install-recommends install redis-server
		rm -rf /var/lib/apt/lists/*
		install -d -o redis -g redis /data' \
		--change 'VOLUME /data' --change 'WORKDIR /data' --change 'EXPOSE 6379' --change 'CMD ["redis-server"]'
}

# provide NAME FUNCTION pulls the image, or makes it.
provide() {
	local start=$SECONDS
	if present "$1"; then
		return
	fi
	if timeout 300 docker pull --quiet "$1" >/dev/null 2>&1; then
		say "$1: pulled"
		return
	fi
	"$2"
	say "$1: stand-in made in $((SECONDS - start)) s, since the engine reaches no registry"
}

case ${1:-} in
"")
	provide "$debian" make_debian
	provide "$golang" make_golang
	provide "$redis" make_redis
	;;
clean) clean ;;
*) die "usage: bases.sh [clean]" ;;
esac
