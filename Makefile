.DEFAULT_GOAL := help
.PHONY: help run certificate traces manage test test-all test-fast check openapi contract messages screenshots doctor-verdicts bench bench-peers reliability newcomer operated clusters fuzz mutants audit sbom lock clean

BIN := .venv/bin

# A stamp is written last: what was interrupted before it is done again.
.venv/base: requirements/base.txt
	@scripts/install $<
	@touch $@

# The tests' lock contains the server's.
.venv/test: requirements/test.txt
	@scripts/install $<
	@touch .venv/base $@

.venv/traces: requirements/traces.txt .venv/base
	@scripts/install $<
	@touch $@

.venv/mutants: requirements/mutants.txt .venv/test
	@scripts/install $<
	@touch $@

.venv/audit: requirements/audit.txt .venv/test
	@scripts/install $<
	@touch $@

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/base ## Serve on 127.0.0.1:$PORT (8000), keeping everything in $DATA_DIR (./data)
	@exec $(BIN)/python -m runai_identity.local

certificate: .venv/base ## Let `make run` serve https, by a certificate of a throw-away CA in $DATA_DIR/tls
	@$(BIN)/python -m runai_identity.local certificate

traces: .venv/traces ## Install what sends OpenTelemetry traces, for OTEL_EXPORTER_OTLP_ENDPOINT (docs/observe.md)

manage: .venv/base ## A command beside `make run`: make manage ARGS="registercluster gpu-1"
	@$(BIN)/python -m runai_identity.local manage $(ARGS)

# Of each generated test. A release changes the seed, and so which cases they are; a change of code does not.
SEED := 200
CASES := --few 16 --randomly-seed=$(SEED) --hypothesis-seed=$(SEED)

# Hundreds of processes import the same modules: each would compile them anew.
test test-fast check: export PYTHONDONTWRITEBYTECODE :=

test: .venv/test check ## The whole gate: checks, and every test on PostgreSQL or SQLite, or both
	@scripts/install-chromium
	@scripts/install-relying-parties
	@scripts/install-proxies
	@scripts/install-node
	@scripts/install-saml
	@scripts/install-zsh
	@scripts/install-pgbouncer
	@scripts/install-postgresql
	TEST_DATABASE=system-postgresql $(BIN)/pytest -q $(CASES) -m database tests/lists
	TEST_DATABASE=postgresql $(BIN)/pytest -q -n 2 --dist worksteal $(CASES) -m database
	TEST_DATABASE=sqlite $(BIN)/pytest -q -rs -n 3 --dist worksteal $(CASES) --after-postgresql -m "not newcomer and not operated" --ignore=tests/habits

test-all: CASES :=
test-all: test ## The same with each case of generated tests, before a release

test-fast: .venv/test ## The quick tests, on SQLite, in parallel, and of each generated one a case
	@scripts/install-saml
	$(BIN)/pytest -q -n 2 --dist worksteal --few 1 -m "not slow and not e2e and not system and not newcomer and not operated"

check: .venv/test ## Format, lint, types, deploy checks and our habits: imports, migrations, sizes, docs
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary .
	scripts/check-deploy
	$(BIN)/pytest -q tests/habits

openapi: .venv/test ## Write the API's description again (runai_identity/openapi.json), after its views changed
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py openapi

contract: .venv/test ## Compare what the API answers with the record of it, or with a commit: make contract ARGS=HEAD~9
	@$(BIN)/python -m tests.contract.recording $(ARGS)

messages: .venv/test ## Bring the catalogue of translations (locale/) in step with the code, and compile it
	@$(BIN)/python scripts/messages

screenshots: .venv/test ## Take the pictures of docs/images again, after pages changed
	@PICTURES=1 $(BIN)/pytest -q tests/e2e/test_pictures.py

# What a real cluster is made of: in the folder that KUBEBUILDER_ASSETS names, or in one of our own.
KUBE := $(or $(KUBEBUILDER_ASSETS),$(CURDIR)/.venv/kube)
clusters doctor-verdicts: export KUBEBUILDER_ASSETS := $(KUBE)

$(CURDIR)/.venv/kube/kube-apiserver: scripts/install-kube-apiserver
	@$<
	@touch $@

doctor-verdicts: .venv/test $(KUBE)/kube-apiserver ## Ask a real kube-apiserver about the doctor's files again, and write what it makes of them
	@RECORD_VERDICTS=all $(BIN)/pytest -q -p no:randomly tests/system/test_doctor_verdicts.py
	@RECORD_VERDICTS=all $(BIN)/pytest -q tests/clustersync/test_doctor_verdicts.py

bench: .venv/test ## Measure the server on PostgreSQL beside node oidc-provider, and write docs/benchmarks.md
	@scripts/install-saml
	@scripts/install-postgresql
	@scripts/install-node
	$(BIN)/python -m bench

bench-peers: .venv/test ## Measure the server beside node oidc-provider and Keycloak, in a quarter of an hour
	@scripts/install-node
	@scripts/install-keycloak
	@scripts/install-pgbouncer
	$(BIN)/python -m bench.peers keycloak

reliability: .venv/test ## Break three replicas and their database under load, and write the figures into docs/reliability.md
	@scripts/install-proxies
	$(BIN)/python -m tests.faults.reliability

newcomer: .venv/test ## Type docs/debian.md into an empty Debian, and try the unit there; it takes root, the network and a few minutes
	@scripts/install-mmdebstrap
	$(BIN)/pytest -q tests/deploy/test_debian.py

operated: .venv/test ## Run what operators run: Prometheus with the rules and the dashboard, the image by Podman, the charts by Helm
	@scripts/install-podman
	@scripts/install-prometheus
	@scripts/install-helm
	$(BIN)/pytest -q -m operated tests/deploy
	$(BIN)/pytest -q tests/deploy/test_charts.py

clusters: .venv/test $(KUBE)/kube-apiserver ## Run the tests at a real kube-apiserver, which it builds once: KUBEBUILDER_ASSETS=folder for another
	@scripts/install-helm
	$(BIN)/pytest -q -rs -n 2 $(CASES) tests/system $(addprefix tests/clustersync/test_,doctor_arguments.py yaml_for_go.py)

fuzz: .venv/test ## Give every parser of outside bytes rubbish: make fuzz SECONDS=600
	@scripts/install-saml
	FUZZ_SECONDS=$$(($(or $(SECONDS),60) / 2)) SAML_FUZZ_SECONDS=$$(($(or $(SECONDS),60) / 8)) \
	  $(BIN)/pytest -q tests/attacks/test_fuzz.py tests/attacks/test_saml_fuzz.py

mutants: .venv/mutants ## Change the code a little, and see whether a test notices: make mutants ARGS="--most 12 tokens"
	@$(BIN)/python scripts/mutants $(ARGS)

audit: .venv/audit ## Ask for known vulnerabilities of the locked packages; it needs the network, and says so without
	$(BIN)/pip-audit --strict --disable-pip --require-hashes -r requirements/base.txt -r requirements/agent.txt -r requirements/traces.txt

sbom: ## Write what the image is made of into sbom.cdx.json (CycloneDX), the same bytes wherever it runs
	@python3 scripts/sbom

lock: .venv/base ## Pin requirements/*.in again, with hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for set in base agent traces test mutants audit; do \
	  (cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --custom-compile-command "make lock" \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 $$set.in -o $$set.txt); done

clean: ## Remove the environment, and nothing that was entered
	rm -rf .venv
