# romsplit: make help lists what can be made

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
VARIANT ?= release
V       ?= 0

VERSION := $(shell cat VERSION)
SOVERSION := 0
B       := build/$(VARIANT)
Q       := $(if $(filter 1,$(V)),,@)

LIBS    := ext2fs com_err libcrypto libmagic jansson
# left out, with a clear message where they are missed, when pkg-config does not know them
OPTIONAL := expat libewf liblz4 libsquashfs1 libzstd lzo2
STD     := -std=gnu11
WARN    := -Wall -Wextra -Wshadow -Wvla -Wconversion -Wmissing-prototypes -Wstrict-prototypes
WARN    += $(if $(WERROR),-Werror)

FLAGS.release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
FLAGS.debug   := -O0 -g
FLAGS.asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
FLAGS.tsan    := -O1 -g -fsanitize=thread
LINK.asan     := -fsanitize=address,undefined
LINK.tsan     := -fsanitize=thread

# the targets that compile find out first whether the machine has what they need
ifneq (,$(filter-out help clean metrics install-deps distclean uninstall,$(or $(MAKECMDGOALS),all)))
ifneq ($(ROMSPLIT_DEPS),done)
DEPS := $(shell scripts/install-deps.sh build $(if $(filter check demo,$(MAKECMDGOALS)),test) $(if $(filter bench,$(MAKECMDGOALS)),bench) >&2 && echo done)
ifneq ($(DEPS),done)
$(error something is missing and could not be installed; see above)
endif
export ROMSPLIT_DEPS := done
endif
endif

FOUND      := $(foreach lib,$(OPTIONAL),$(shell pkg-config --exists $(lib) 2>/dev/null && echo $(lib)))
PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS) $(FOUND) 2>/dev/null) $(FOUND:%=-DROM_HAVE_%=1)
PKG_LIBS   := $(shell pkg-config --libs $(LIBS) $(FOUND) 2>/dev/null)

CPPFLAGS_ALL := -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DROM_VERSION='"$(VERSION)"' $(PKG_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS    = $(STD) $(WARN) $(CPPFLAGS_ALL) -fPIC -fvisibility=default -pthread $(FLAGS.$(VARIANT)) $(CFLAGS)
ALL_LDFLAGS   = -pthread $(LINK.$(VARIANT)) $(LDFLAGS)
ALL_LIBS      = $(PKG_LIBS) -lm

LIB_SRC := $(filter-out src/cli/%,$(wildcard src/*/*.c src/*/*/*.c))
CLI_SRC := $(wildcard src/cli/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(B)/%.o)
UNIT    := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
# romsplit.h and what it includes: the headers that are installed
PUBLIC   = $(filter include/romsplit/%,$(shell $(CC) -Iinclude -MM include/romsplit/romsplit.h))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $(B)/romsplit ## build the program (build/release/romsplit)

$(B)/romsplit: $(CLI_OBJ) $(B)/libromsplit.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(B)/libromsplit.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/libromsplit.so.$(SOVERSION): $(LIB_OBJ)
	$(Q)$(CC) -shared -Wl,-soname,libromsplit.so.$(SOVERSION) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/flags: FORCE # new flags rebuild everything, the same flags nothing
	@mkdir -p $(B); echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' > $@

$(B)/tests/%: $(B)/tests/unit/%.o $(B)/libromsplit.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS) $(shell pkg-config --libs cmocka)

$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/libromsplit.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

demo: all ## make a small dump of an MT6797 phone and run romsplit on it
	@scripts/demo.sh $(B)/romsplit build/demo

run: all ## run the whole job on your dump: make run IMAGE=full.bin
	@test -n "$(IMAGE)" || { echo "make run IMAGE=full.bin: name your dump"; exit 2; }
	@$(B)/romsplit $(IMAGE)

tests: $(UNIT) $(FUZZERS)

check: all tests $(B)/libromsplit.so.$(SOVERSION) ## run every test
	@VARIANT=$(VARIANT) CC='$(CC)' tests/run.sh $(B)

faults: all ## make every call fail in turn: memory, threads, disk (hours)
	@FAULTS=all ROMSPLIT=$(abspath $(B))/romsplit BUILD_DIR=$(abspath $(B)) CC='$(CC)' python3 tests/cli/faults.py

$(B)/bench_cipher: $(B)/scripts/bench/cipher.o $(B)/libromsplit.a
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

metrics: ## measure the source: make metrics [LIST=1]; fails over a limit
	@scripts/metrics.py $(if $(LIST),--list)

bench: all $(B)/bench_cipher ## compare with what one would use instead: make bench [IMAGE=full.bin] [QUICK=1]
	@QUICK='$(QUICK)' IMAGE='$(IMAGE)' python3 scripts/bench/bench.py $(B)/romsplit

install: all $(B)/libromsplit.so.$(SOVERSION) ## install program, library, headers, manual, completion
	@$(MAKE) --no-print-directory install-built

install-built: # installs what is built already
	install -D -m 755 $(B)/romsplit $(DESTDIR)$(PREFIX)/bin/romsplit
	install -D -m 644 $(B)/libromsplit.a $(DESTDIR)$(PREFIX)/lib/libromsplit.a
	install -D -m 755 $(B)/libromsplit.so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/libromsplit.so.$(SOVERSION)
	ln -sf libromsplit.so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/libromsplit.so
	install -d $(DESTDIR)$(PREFIX)/include/romsplit
	install -m 644 $(PUBLIC) $(DESTDIR)$(PREFIX)/include/romsplit/
	install -D -m 644 docs/romsplit.1 $(DESTDIR)$(PREFIX)/share/man/man1/romsplit.1
	install -D -m 644 completion/romsplit.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/romsplit
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@LIBS@|$(LIBS) $(FOUND)|' scripts/romsplit.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/romsplit.pc

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/romsplit $(DESTDIR)$(PREFIX)/lib/libromsplit.* $(DESTDIR)$(PREFIX)/lib/pkgconfig/romsplit.pc
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/romsplit.1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions/romsplit
	rm -rf $(DESTDIR)$(PREFIX)/include/romsplit

install-deps: ## install what building and testing need
	@scripts/install-deps.sh build test

clean: ## remove everything that was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22
	@echo "  VARIANT=release|debug|asan|tsan chooses how it is built"

FORCE:
.PHONY: all demo run tests check faults metrics bench install install-built uninstall install-deps clean help FORCE
.SECONDARY:

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(UNIT:$(B)/tests/%=$(B)/tests/unit/%.d)
-include $(FUZZERS:$(B)/fuzz/%=$(B)/tests/fuzz/%.d) $(B)/tests/fuzz/replay.d
