# Two commands do all the set-up: `make run` and `make test`.

CARGO ?= cargo
SAMPLE ?= samples/dns-walk.pcapng
# Empty with libpcap, --no-default-features without it.
FEATURES ?= $(shell scripts/libpcap.sh)

.PHONY: run test fidelity bench instructions lint clean help

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: ## build in release and open a sample (SAMPLE=FILE for another); without a terminal, print its packets
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: see https://rustup.rs" >&2; exit 1; }
	$(CARGO) build --release $(FEATURES)
	@if [ -t 0 ] && [ -t 1 ]; then command=; else command=packets; fi; \
	exec $(CARGO) run --quiet --release $(FEATURES) -- $$command $(SAMPLE)

test: ## the whole test suite: with live capture where libpcap is, and without
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing: see https://rustup.rs" >&2; exit 1; }
	@features="$(FEATURES)"; set -e; \
	if [ -z "$$features" ]; then scripts/without-live.sh; fi; \
	$(CARGO) test $$features

fidelity: ## compare with tshark's values, cell by cell; the report goes to target/fidelity
	$(CARGO) test $(FEATURES) --test fidelity -- --nocapture

bench: ## the whole analysis beside tcpdump, tshark and others, then the inner loops
	$(CARGO) build --release $(FEATURES)
	scripts/compare.py
	$(CARGO) bench $(FEATURES) --bench inner

instructions: ## instructions of the summary pass against the baseline (needs valgrind)
	scripts/instructions.py

lint: ## formatting and clippy, warnings as errors
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(FEATURES) --all-targets -- -D warnings

clean: ## remove what was built
	$(CARGO) clean
