# Every target is a plain command or two that can be typed without make; `make` lists them.
GO        ?= go
T         ?= 30s
D         ?= 10m
STATIC     = $(GO) tool -modfile=tools/go.mod staticcheck
ORACLE     = bench/out/oracle
CLASSPATH  = $$(conformance/oracle/classpath.sh):$(ORACLE)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.PHONY: run
run: ## serve the example API and show its routes
	$(GO) run ./cmd/sluice dev examples/petstore.yaml

.PHONY: build
build: ## build ./sluice
	$(GO) build -trimpath -o sluice ./cmd/sluice

.PHONY: test
test: ## run every test
	$(GO) test ./...

.PHONY: check
check: ## everything that must hold before a commit lands
	@test -z "$$(gofmt -s -l $$(git ls-files '*.go'))" || { gofmt -s -l $$(git ls-files '*.go'); echo "run gofmt -s -w on these files"; exit 1; }
	$(GO) vet ./...
	$(STATIC) ./...
	$(GO) run ./internal/gen && git diff --exit-code -- apigw docs/operations.md
	$(GO) test ./...

.PHONY: race
race: ## run every test with the race detector
	$(GO) test -race ./...

.PHONY: generate
generate: ## write the generated files anew
	$(GO) run ./internal/gen

.PHONY: update
update: ## rewrite the expected sections of fixtures and golden files; review the difference as code
	UPDATE=1 $(GO) test ./...

.PHONY: cover
cover: ## coverage of the tests, as a table
	$(GO) test -coverprofile=bench/out/cover.out ./... && $(GO) tool cover -func=bench/out/cover.out | tail -n 1

.PHONY: cross
cross: ## build for the other systems that the program runs on
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 $(GO) build -pgo=off -o /dev/null ./cmd/sluice
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -pgo=off -o /dev/null ./cmd/sluice
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -pgo=off -o /dev/null ./cmd/sluice

.PHONY: fuzz
fuzz: ## run every fuzz target for T (default 30s) each
	@scripts/fuzz.sh $(T)

.PHONY: crash
crash: ## kill a writing program 50 times and look for every acknowledged write
	SLUICE_TEST_CRASHES=50 $(GO) test -count=1 -run '^TestCrash$$' -v ./internal/store/boltstore

.PHONY: soak
soak: ## call an API from 200 clients while it is deployed 500 times
	SLUICE_TEST_SOAK=1 $(GO) test -count=1 -run '^TestRedeployUnderLoad$$' -v ./internal/server

.PHONY: limits
limits: ## 20,000 requests in a minute from 64 clients against a throttle of 100 a second
	SLUICE_TEST_LIMITS=1 $(GO) test -count=1 -run '^TestLimitsUnderLoad$$' -v ./internal/server

.PHONY: load
load: ## 256 connections on all kinds of integrations for D (default 10m): no error, no mix-up, no growth
	$(GO) run ./bench/load -duration $(D)

.PHONY: model
model: ## 100,000 random control-plane calls against an in-memory reference, on each store
	SLUICE_TEST_STEPS=100000 $(GO) test -count=1 -timeout 60m -run '^TestReference$$' -v ./internal/control -rapid.checks=3000 -rapid.steps=100

.PHONY: compare
compare: ## what requests cost beside nginx, HAProxy, Caddy and others, in one run; writes docs/performance.md
	scripts/compare.sh

.PHONY: profile
profile: ## take the profile that the compiler optimises by, anew: cmd/sluice/default.pgo
	$(GO) run ./bench/compare -rounds 0 -pgo cmd/sluice/default.pgo

.PHONY: scale
scale: ## start, memory, deployments and control plane with many routes and APIs; writes docs/performance.md
	$(GO) run ./bench/scale -json bench/out/scale.json -doc docs/performance.md

.PHONY: h2spec
h2spec: build ## hold the gateway's HTTP/2 to h2spec
	scripts/h2spec.sh ./sluice

.PHONY: bench-control
bench-control: ## signed, durable PutIntegration calls per second from 8 clients, beside moto's server
	$(GO) run ./bench/control

.PHONY: oracle
oracle: ## compile the oracle program over Velocity and Jayway (needs Java and Debian's packages)
	@mkdir -p $(ORACLE)
	javac -nowarn -d $(ORACLE) -cp "$$(conformance/oracle/classpath.sh)" conformance/oracle/Oracle.java

.PHONY: differential
differential: oracle build ## 20,000 random templates and 20,000 random queries, Sluice against Velocity and Jayway
	$(GO) run ./conformance/differential -kind templates -sluice ./sluice -classpath "$(CLASSPATH)"
	$(GO) run ./conformance/differential -kind jsonpath -sluice ./sluice -classpath "$(CLASSPATH)"

.PHONY: bench-templates
bench-templates: oracle ## renderings per second against Velocity on a warm virtual machine, in one run
	$(GO) run ./bench/templates -classpath "$(CLASSPATH)"

.PHONY: conformance
conformance: build ## the boto3 and AWS CLI scripts, where those tools are installed
	conformance/run.sh ./sluice
