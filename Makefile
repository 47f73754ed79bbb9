# The front door: every job a person starts by hand. CMakePresets.json is underneath.
.PHONY: run test check bench fuzz asan tsan format tidy clean bootstrap

PRESET ?= release
LOGS ?=
TARGET ?= evtx
SECONDS ?= 60
CTEST ?=

## run: install what is missing, build a release, and show this machine live with LOGS beside it (see scripts/run).
run: bootstrap
	scripts/build release
	scripts/run $(LOGS)

## test: install what is missing, build, and run every test (fewer: CTEST="-E kernels").
test: bootstrap
	scripts/build $(PRESET)
	ctest --preset $(PRESET) $(CTEST)

## check: the tests that end within seconds.
check:
	scripts/build $(PRESET)
	ctest --preset $(PRESET) -LE slow

## asan, tsan: every test under the address and undefined-behaviour, or the thread sanitizer.
asan tsan: bootstrap
	scripts/build $@
	ctest --preset $@

## bench: the whole-process comparisons of docs/performance.md.
bench: bootstrap
	scripts/build release
	bench/run

## fuzz: one target for a while: make fuzz TARGET=evtx SECONDS=60.
fuzz: bootstrap
	scripts/build fuzz
	scripts/fuzz $(TARGET) $(SECONDS)

format:
	scripts/format

tidy: bootstrap
	scripts/tidy

bootstrap:
	@scripts/bootstrap

clean:
	rm -rf build
