# Three images: ringfence (the last, and so the default), asterisk (a small PBX
# to try it with) and demo (callers). docker-compose.yml builds and joins them.

FROM debian:testing-slim AS asterisk
LABEL ringfence.origin=build \
	org.opencontainers.image.title="Asterisk for Ringfence's demo" \
	org.opencontainers.image.description="A small PBX that screens its calls by Ringfence. It takes calls from everybody: not for service."
EXPOSE 5060/udp 8088
HEALTHCHECK --interval=3s --timeout=3s --start-period=30s CMD ["asterisk", "-rx", "core waitfullybooted"]
CMD ["ringfence-asterisk"]
# A user with a number that the compose file can name for its tmpfs; of the
# configuration only what the small PBX brings, and empty files where Asterisk
# would miss one.
RUN groupadd --gid 5060 asterisk \
	&& useradd --uid 5060 --gid asterisk --home-dir /var/lib/asterisk --no-create-home --shell /usr/sbin/nologin asterisk \
	&& apt-get update \
	&& DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends asterisk asterisk-core-sounds-en-gsm \
	&& rm -rf /var/lib/apt/lists/* /etc/asterisk/* \
	&& cd /etc/asterisk && touch acl.conf ccss.conf cel.conf features.conf manager.conf \
		pjproject.conf queuerules.conf udptl.conf websocket_client.conf
COPY packaging/docker/asterisk.sh /usr/local/bin/ringfence-asterisk
COPY asterisk-conf/pbx/ asterisk-conf/ringfence.conf asterisk-conf/ringfence-star.conf /etc/asterisk/
# The start script writes ari.conf, since it holds the password.
RUN mv /etc/asterisk/ari.conf /etc/asterisk/ari.conf.sample \
	&& ln -s /run/asterisk/ari.conf /etc/asterisk/ari.conf
USER 5060:5060


FROM golang:1.26 AS build
LABEL ringfence.origin=build
WORKDIR /src
# Where modules come from, if not from where Go takes them by default.
ARG GOPROXY GOSUMDB
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
RUN CGO_ENABLED=0 GOCACHE=/tmp/go-build \
	go build -trimpath -ldflags "-s -w -X github.com/ringfence/ringfence/config.version=$VERSION" -o /out/ ./cmd/ringfence ./lab/democalls \
	&& rm -rf /tmp/go-build \
	&& mkdir /out/state


FROM scratch AS demo
LABEL ringfence.origin=build \
	org.opencontainers.image.title="Ringfence demo callers"
COPY --from=build /out/ringfence /out/democalls /usr/bin/
USER 65532:65532
ENV PATH=/usr/bin
ENTRYPOINT ["/usr/bin/democalls"]


FROM scratch AS ringfence
ARG VERSION=unknown
LABEL ringfence.origin=build \
	org.opencontainers.image.title="Ringfence" \
	org.opencontainers.image.description="Screens the inbound calls of an Asterisk PBX" \
	org.opencontainers.image.version="$VERSION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/ringfence /usr/bin/
# What a start without Redis remembers. A volume mounted here takes its owner.
COPY --from=build --chown=65532:65532 /out/state /var/lib/ringfence
USER 65532:65532
# There is no /tmp: what an import sorts lies beside the state.
ENV PATH=/usr/bin RINGFENCE_HTTP=0.0.0.0:8090 RINGFENCE_STATE=/var/lib/ringfence TMPDIR=/var/lib/ringfence
EXPOSE 8090
HEALTHCHECK --interval=3s --timeout=3s --start-period=30s CMD ["/usr/bin/ringfence", "health"]
ENTRYPOINT ["/usr/bin/ringfence"]
CMD ["serve"]
