.DEFAULT_GOAL := help
.PHONY: help up down logs backup restore start test postgres browser package faults e2e bench check-bench demo audit check-alerts clean engine

installed := node_modules/.package-lock.json
bench_installed := bench/node_modules/.package-lock.json
pinned := PATH="$(CURDIR)/node_modules/node/bin:$$PATH"
labelled := --quiet --filter label=appointments.stack
# For one container that has the stores of all, and nothing else.
stores := $(patsubst %/Dockerfile,%,$(wildcard */Dockerfile))
volume = $$(docker inspect --format '{{range .Mounts}}{{if eq .Destination "/data"}}{{.Name}}{{end}}{{end}}' \
  $$(docker compose ps --all --quiet $(1)))
with_stores = --rm --interactive --network none --read-only --cap-drop ALL --user node \
  $(foreach service,$(stores),--volume "$(call volume,$(service)):/stores/$(service)")
entrance = http://localhost:$$(docker compose port appointment 9090 | sed 's/.*://')

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: engine ## Build and start the containers, wait until they are healthy
	@docker compose up --build --wait --wait-timeout 60 || { docker compose logs --tail 20; exit 1; }
	@docker compose ps --format 'table {{.Service}}\t{{.Ports}}'
	@echo "Book:"
	@echo "  curl -H 'Content-Type:application/json' $(entrance)/doctorAppoinment/reservation" \
	  "--data '{\"name\":\"Thomas Colins\", \"doctor\":\"John Doe\", \"date\":\"30-09-2019\", \"cardNum\":\"1234567\"}'"

down: engine ## Stop and remove the containers, keep their data
	@docker compose --profile observability down

logs: engine ## Follow the containers' logs
	@docker compose logs --follow --tail 100

backup: engine ## Back up the containers' stores as of one moment, while they work: make backup >backup.tar
	@docker run $(with_stores) --entrypoint node appointments-appointment --input-type=module-typescript - - \
	  $(foreach service,$(stores),/stores/$(service)/$(service).db) <scripts/backup.ts

restore: engine ## Put a backup in the place of the containers' stores, which are stopped and started again: make restore <backup.tar
	@scripts/restore-containers '$(stores)' $(with_stores)

start: $(installed) ## Run the services as plain processes, no Docker needed
	@npm start

test: $(installed) ## Lint, types, unit and service tests, no Docker needed
	@npm run verify

postgres: $(installed) ## The tests that have a store over PostgreSQL, then replicas that are killed and paused, no Docker needed
	@npm run postgres
	@TEST_RESULTS=$(TEST_RESULTS:.json=-replicas.json) npm run replicas

browser: $(installed) ## Console tests in Chromium
	@npm run browser

package: $(installed) ## Pack the published packages, install the tarballs in an empty folder and use them there
	@npm run package

faults: $(installed) ## Kill, cut and overload plain processes, then audit
	@npm run faults

e2e: engine $(installed) ## End-to-end tests over the real images
	@npm run e2e

bench: $(bench_installed) ## Compare it with others and measure it alone, 40 minutes; BENCH_PARTS=table for a part of it
	@$(pinned) node bench/src/main.ts

check-bench: $(bench_installed) ## Check the benchmark's types and run each contender and the whole stack once, two minutes
	@$(pinned) node_modules/.bin/tsc -p bench
	@$(pinned) node bench/src/main.ts --smoke --parts table,steps,stack

demo: $(installed) ## Make bookings on the running stack and compare each with what is expected
	@npm run --silent demo

audit: $(installed) ## Check that the running stack's books agree
	@npm run --silent audit

check-alerts: ## Check Prometheus' rules and test its alerts, no Docker needed
	@observability/check

clean: ## Remove containers, images and ALL data, those of end-to-end runs too
	@if docker info >/dev/null 2>&1; then \
	  docker container ls --all $(labelled) | xargs -r docker container rm --force --volumes; \
	  docker volume ls $(labelled) | xargs -r docker volume rm; \
	  docker network ls $(labelled) | xargs -r docker network rm; \
	  docker image ls $(labelled) | sort -u | xargs -r docker image rm --force; \
	fi
	rm -rf data

engine:
	@docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1 || \
	  { echo "No Docker engine with Compose responds. Start one, or run 'npm start': the same services, no Docker needed."; exit 1; }

$(installed): package.json package-lock.json $(filter-out bench/%,$(wildcard */package.json))
	scripts/install
	@touch $@

$(bench_installed): bench/package.json bench/package-lock.json | $(installed)
	cd bench && $(pinned) npm ci --no-audit --no-fund --loglevel=error
	@touch $@
