# Every target needs Go and, for calls, what `make lab` brings. None needs a
# Docker engine; those that use one say so when there is none.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOFLAGS_BUILD := -trimpath -ldflags "-s -w -X main.version=$(VERSION)"
TOOL := go tool -modfile=tools/go.mod

# The packages whose tests place real calls run one after the other: a call's
# time means little while another package compiles.
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
	@go test -race -timeout 10m $$(go list ./... | grep -vE '/(lab|ari|packaging)(/|$$)')
	@go test -race -timeout 12m -p 1 $(CALLS)

.PHONY: lint
lint: ## gofumpt, golangci-lint
	@$(TOOL) golangci-lint run ./...

.PHONY: bench
bench: ## Ringfence beside a bare dialplan, AstDB and FastAGI, in one sitting
	@go run ./lab/bench

.PHONY: build
build: ## The program, in bin/
	@CGO_ENABLED=0 go build $(GOFLAGS_BUILD) -o bin/ringfence ./cmd/ringfence

.PHONY: generate
generate: ## Rewrite the tables of the README, the man page, the example configuration
	@go generate ./...

.PHONY: lab
lab: ## Fetch Asterisk and Redis for the lab now rather than on first use
	@go run ./lab/cmd/lab
