.DEFAULT_GOAL := help
.PHONY: help run certificate manage test test-fast check openapi doctor-verdicts bench lock clean

BIN := .venv/bin

# A stamp is written last: what was interrupted before it is done again.
.venv/base: requirements/base.txt
	@scripts/install $<
	@touch $@

# The tests' lock contains the server's.
.venv/test: requirements/test.txt
	@scripts/install $<
	@touch .venv/base $@

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/base ## Serve on 127.0.0.1:$PORT (8000), keeping everything in $DATA_DIR (./data)
	@exec $(BIN)/python -m runai_identity.local

certificate: .venv/base ## Let `make run` serve https, by a certificate of a throw-away CA in $DATA_DIR/tls
	@$(BIN)/python -m runai_identity.local certificate

manage: .venv/base ## A command beside `make run`: make manage ARGS="registercluster gpu-1"
	@$(BIN)/python -m runai_identity.local manage $(ARGS)

test: .venv/test check ## The whole gate: checks, and every test on PostgreSQL or SQLite, or both
	@scripts/install-chromium
	@scripts/install-relying-parties
	@scripts/install-node
	@scripts/install-saml
	@scripts/install-zsh
	TEST_DATABASE=postgresql $(BIN)/pytest -q -n 2 -m "database and not e2e and not system" --ignore=tests/start --ignore=tests/relying_party
	TEST_DATABASE=sqlite $(BIN)/pytest -q -rs -n 2 --few-on-both 4

test-fast: .venv/test ## The quick tests, on SQLite, in parallel, and of each generated one a case
	@scripts/install-saml
	$(BIN)/pytest -q -n 2 --few 1 -m "not slow and not e2e and not system"

check: .venv/test ## Format, lint, types, deploy checks and our habits: imports, migrations, sizes, docs
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary .
	scripts/check-deploy
	$(BIN)/pytest -q tests/habits

openapi: .venv/test ## Write the API's description again (runai_identity/openapi.json), after its views changed
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py openapi

doctor-verdicts: .venv/test ## Ask a real kube-apiserver about the doctor's files again, and write what it makes of them
	@test -x "$$KUBEBUILDER_ASSETS/kube-apiserver" || { echo "KUBEBUILDER_ASSETS names no kube-apiserver"; exit 1; }
	@RECORD_VERDICTS=all $(BIN)/pytest -q -p no:randomly tests/system/test_doctor_verdicts.py
	@RECORD_VERDICTS=all $(BIN)/pytest -q tests/clustersync/test_doctor_verdicts.py

bench: .venv/test ## Measure the server on PostgreSQL, and write docs/benchmarks.md
	@scripts/install-saml
	$(BIN)/python -m bench

lock: .venv/base ## Pin requirements/*.in again, with hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@for set in base agent test; do \
	  (cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --custom-compile-command "make lock" \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 $$set.in -o $$set.txt); done

clean: ## Remove the environment, and nothing that was entered
	rm -rf .venv
