# Every target needs Go and, for calls, what `make lab` brings. None needs a
# Docker engine; those that use one say so when there is none.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X github.com/ringfence/ringfence/config.version=$(VERSION)"
TOOL := go tool -modfile=tools/go.mod

# Tests are never taken from Go's cache: they run the program, whose changes
# the cache doesn't see. The packages whose tests place real calls run one after
# the other: a call's time means little while another package compiles.
CALLS := ./lab/... ./ari/... ./packaging/...

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Real SIP calls through a real Asterisk: what each caller gets (KEEP=1 leaves it running)
	@go run ./lab/demo $(if $(KEEP),--keep)

.PHONY: test
test: ## Everything, from units to real calls, with the race detector
	@go vet ./...
	@go test -race -count=1 -timeout 10m $$(go list ./... | grep -vE '/(lab|ari|packaging)(/|$$)')
	@docker info >/dev/null 2>&1 || echo "no Docker engine answers: the containers are not tried"
	@go test -race -count=1 -timeout 12m -p 1 $(CALLS)

.PHONY: lint
lint: ## gofumpt, golangci-lint
	@$(TOOL) golangci-lint run ./...

.PHONY: bench
bench: ## Calls beside a bare dialplan, AstDB, FastAGI and a bare ARI program; the list at a million numbers
	@go run ./lab/bench
	@go run ./lab/listbench

.PHONY: build
build: ## The program, in bin/
	@CGO_ENABLED=0 go build $(GOFLAGS_BUILD) -o bin/ringfence ./cmd/ringfence

.PHONY: generate
generate: ## Rewrite the tables of docs/, the example configuration
	@go generate ./...

.PHONY: holidays
holidays: ## Public holidays beside those of Debian's python3-holidays: this year and six more, or YEARS=2027
	@go run ./lab/cmd/holidays $(YEARS)

.PHONY: lab
lab: ## Fetch Asterisk and Redis for the lab now rather than on first use
	@go run ./lab/cmd/lab

.PHONY: docker-bases
docker-bases: ## Import stand-ins for the public base images, where no registry is reached
	@packaging/docker/bases.sh

.PHONY: docker-test
docker-test: docker-bases ## The containers, built and run for real
	@go test -count=1 -v -timeout 10m ./packaging/docker

.PHONY: docker-clean
docker-clean: ## Remove the stand-ins and the images built here
	@packaging/docker/bases.sh clean
