# A thin front to Meson: every target here is a line or two that a person could type.
# PREFIX and DESTDIR are for `make install`.

PREFIX ?= /usr/local
BUILD ?= build

.PHONY: help
help: ## show this list
	@echo "CrystalMath. Start with: make demo"
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

.PHONY: setup-build setup-demo setup-test setup-bench
setup-build:
	@tools/setup build
setup-demo:
	@tools/setup build run
setup-test:
	@tools/setup build run test
setup-bench:
	@tools/setup bench || echo "Measuring without what is not installed."

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix $(PREFIX) -Dtests=false >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

.PHONY: build
build: setup-build $(BUILD)/build.ninja ## compile the programs into build/
	@ninja -C $(BUILD) --quiet

.PHONY: demo
demo: setup-demo $(BUILD)/build.ninja ## run two silicon calculations and watch them
	@ninja -C $(BUILD) --quiet crystalmath crystalmath-server crystalmath-supervisor
	@tools/demo $(BUILD)

.PHONY: check
check: setup-test ## run every test: plain, with sanitizers, and the unit tests under valgrind
	@tools/check

.PHONY: bench
bench: setup-build setup-bench $(BUILD)/build.ninja ## measure against a floor in the same run
	@ninja -C $(BUILD) bench

.PHONY: soak
soak: setup-build $(BUILD)/build.ninja ## besiege start and jobs: SOAK_ROUNDS (50 and 300) rounds
	@ninja -C $(BUILD) --quiet crystalmath crystalmath-server crystalmath-supervisor
	@tools/soak $(BUILD)

.PHONY: fuzz
fuzz: ## fuzz every target for FUZZ_SECONDS (60) each
	@tools/setup build fuzz
	@tools/fuzz

.PHONY: lint
lint: ## static analysis: gcc -fanalyzer, clang-tidy, shellcheck, format
	@tools/setup build test lint
	@tools/lint

.PHONY: docs
docs: setup-build $(BUILD)/build.ninja ## fill docs/protocol.md from the table of methods
	@meson compile -C $(BUILD) docs

.PHONY: abi
abi: setup-test $(BUILD)/build.ninja ## record the library's interface, after a change that is meant
	@ninja -C $(BUILD) --quiet
	@tools/abi update $(BUILD)/src/client/libcrystalmath.so

.PHONY: format
format: ## clang-format on every C file
	@tools/setup lint
	@git ls-files '*.c' '*.h' | xargs clang-format -i

.PHONY: install
install: build ## install below PREFIX (/usr/local), staged by DESTDIR
	@meson configure $(BUILD) --prefix $(PREFIX)
	@ninja -C $(BUILD) --quiet
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

.PHONY: static
static: setup-build ## pack programs that run on any Linux, without root, into a tar file
	@file=$$(tools/static) && echo "$$file: unpack it with" && \
	echo "  mkdir -p ~/.local && tar xzf $${file##*/} -C ~/.local --strip-components=1"

.PHONY: clean
clean: ## remove what was built
	@rm -rf build build-asan build-tsan build-fuzz build-lint build-static
