# SPDX-License-Identifier: GPL-2.0-only
# cloison: everything that one types begins here. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# The one place of the version is dkms.conf, which DKMS has to read by itself.
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

BUILD ?= build
KERNEL ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KERNEL)/build
# `make install` builds the module for these kernels.
KERNELS ?= $(KERNEL)

MULTIARCH := $(shell gcc -print-multiarch 2>/dev/null)
prefix ?= /usr
bindir ?= $(prefix)/bin
libdir ?= $(prefix)/lib$(if $(MULTIARCH),/$(MULTIARCH))
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man
srcdir := /usr/src/cloison-$(VERSION)
testdir := $(prefix)/lib/cloison-tests

CLANG ?= clang
LLVM_STRIP ?= llvm-strip
PKG_CONFIG ?= pkg-config
INSTALL ?= install

PACKAGES := gcc make libc6-dev pkgconf clang llvm libbpf-dev libelf-dev libpci-dev libkmod-dev \
	libjansson-dev libssl-dev libinih-dev
UNIT_PACKAGES := libcmocka-dev

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2
ALL_CPPFLAGS = -D_GNU_SOURCE -DCLOISON_VERSION='"$(VERSION)"' -Iuserspace/common \
	-Iuserspace/libcloison -Ikmod -Ikmod/uapi -Ibpf -I$(BUILD)/bpf -MMD -MP $(SHAPE) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 -fPIC $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS = -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
# The guard's build is known by the object's bytes, so no folder's name may be in them.
BPF_CFLAGS := -target bpf -g -O2 -mcpu=v3 -Wall -Wextra -Werror -Ibpf -Ikmod -Ikmod/uapi \
	-ffile-prefix-map=$(CURDIR)=. $(SHAPE) $(if $(MULTIARCH),-isystem /usr/include/$(MULTIARCH))

LIBS := libbpf libpci libkmod jansson libcrypto inih
# Asked only when something is linked: `make help` needs no package.
PC_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(LIBS))
PC_LIBS = $(shell $(PKG_CONFIG) --libs $(LIBS)) -lresolv

# Files are found, not listed: a new one needs no change here.
sources = $(sort $(wildcard $(1)))
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(call sources,$(1)))

COMMON := $(call objects,userspace/common/*.c)
LIBRARY := $(call objects,userspace/libcloison/*.c)
COMMAND := $(call objects,userspace/cloison/*.c)
VECTORS := $(call objects,tests/bpf/*.c)
BPF := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.inc,$(call sources,bpf/*.bpf.c))
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(call sources,tests/unit/test_*.c))
HELPERS := $(patsubst tests/guest/helpers/%.c,$(BUILD)/helpers/%,$(call sources,tests/guest/helpers/*.c))
# The fuzzer of the netlink walk is a helper too: it compares the LSM program with the walk.
NETLINK_FUZZ := $(call objects,tests/fuzz/netlink*.c)
HELPERS += $(BUILD)/helpers/netlink-fuzz
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/benches/bench-%,$(call sources,tests/bench/*.c))
EXAMPLES := $(patsubst docs/examples/%.c,$(BUILD)/examples/%,$(call sources,docs/examples/*.c))
MANUALS := $(call sources,docs/man/*.[1-8])
MODULE_SOURCES := $(call sources,kmod/*.[ch] kmod/uapi/*.h) Kbuild dkms.conf
TEST_MODULE_SOURCES := tests/kmod/Kbuild $(call sources,tests/kmod/*.c)
HEADERS := userspace/libcloison/libcloison.h $(call sources,kmod/uapi/*.h)

LIBRARY_FILE := libcloison.so.$(VERSION)
LIBRARY_SONAME := libcloison.so.$(SOVERSION)
LIBRARY_BUILT := $(BUILD)/lib/$(LIBRARY_FILE)

quiet = @printf '  %-8s %s\n' $(1) '$(subst $(BUILD)/,,$@)'

.PHONY: all user module help install uninstall install-module install-user uninstall-module \
	uninstall-user install-tests install-test-modules unit tests test lint demo kills bench fuzz soak vm clean \
	packages unit-packages format

##@ Build
all: user module ## module (if its kernel's headers are there), library, command and guard

user: $(BUILD)/bin/cloison $(BPF) ## library, command and guard only

# Before anything is compiled, also by make -j.
packages:
	@tests/need $(PACKAGES)

unit-packages:
	@tests/need $(UNIT_PACKAGES)

module: ## cloison.ko for KERNEL (this host's), from KDIR
	@if [ -e '$(KDIR)/Makefile' ]; then \
		$(MAKE) --no-print-directory $(BUILD)/module/$(KERNEL)/cloison.ko; \
	else \
		echo 'The module is left out: no headers of kernel $(KERNEL) in $(KDIR).'; \
		echo 'Install them (sudo apt-get install linux-headers-$(KERNEL)), or give KDIR=.'; \
	fi

# Kbuild writes beside its sources, so it gets a copy of them.
$(BUILD)/module/$(KERNEL)/cloison.ko: $(MODULE_SOURCES)
	$(call quiet,MODULE)
	@mkdir -p $(@D)
	@cp -pu --parents $(MODULE_SOURCES) $(@D)
	@$(MAKE) --no-print-directory -C '$(KDIR)' M='$(abspath $(@D))' modules

$(BUILD)/obj/%.o: %.c | packages
	$(call quiet,CC)
	@mkdir -p $(@D)
	@$(CC) $(ALL_CPPFLAGS) $(PC_CFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# The guard is part of the command: nothing is read from a file at run time.
$(COMMON) $(COMMAND) $(VECTORS): | $(BPF)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c | packages
	$(call quiet,BPF)
	@mkdir -p $(@D)
	@# A compiler that fails removes its list of headers: an old object would pass for a new one.
	@$(CLANG) $(BPF_CFLAGS) -MMD -MP -MT $@ -MF $(@:.o=.d).new -c -o $@.whole $<
	@mv $(@:.o=.d).new $(@:.o=.d)
	@$(LLVM_STRIP) -g -o $@ $@.whole
	@rm -f $@.whole

# The bytes of the object, and its SHA-256, to be included between the braces of arrays.
$(BUILD)/bpf/%.bpf.inc: $(BUILD)/bpf/%.bpf.o
	$(call quiet,BYTES)
	@sha256sum $< | sed 's/ .*//; s/../0x&,/g' >$(@:.inc=.digest)
	@od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g' >$@

$(BUILD)/lib/libcommon.a: $(COMMON)
$(BUILD)/lib/libcloison.a: $(LIBRARY)
$(BUILD)/lib/%.a:
	$(call quiet,AR)
	@mkdir -p $(@D)
	@rm -f $@
	@$(AR) rcs $@ $^

$(LIBRARY_BUILT): $(LIBRARY) userspace/libcloison/libcloison.sym
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) -shared $(ALL_LDFLAGS) -Wl,-soname,$(LIBRARY_SONAME) -Wl,-z,defs \
		-Wl,--version-script=userspace/libcloison/libcloison.sym -o $@ $(LIBRARY)
	@ln -sf $(LIBRARY_FILE) $(@D)/$(LIBRARY_SONAME)
	@ln -sf $(LIBRARY_SONAME) $(@D)/libcloison.so

$(BUILD)/bin/cloison: $(COMMAND) $(BUILD)/lib/libcommon.a $(LIBRARY_BUILT)
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $(COMMAND) $(BUILD)/lib/libcommon.a -L$(BUILD)/lib -lcloison $(PC_LIBS)

##@ Test
# The library is linked in whole here, so that a unit test can reach inside it.
$(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(BUILD)/lib/libcommon.a $(BUILD)/lib/libcloison.a
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(PC_LIBS)

# Its reader's clock is the test's.
$(BUILD)/unit/test_event_log: override LDFLAGS += -Wl,--wrap=clock_gettime

$(BUILD)/bin/cloison-vectors: $(VECTORS) $(BUILD)/lib/libcommon.a $(BUILD)/lib/libcloison.a
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PC_LIBS)

# The command of another build, whose guard has maps of other shapes, for tests of
# upgrades. It uses this build's library.
$(BUILD)/bin/cloison-other: $(BUILD)/bin/cloison
	$(call quiet,OTHER)
	@$(MAKE) --no-print-directory BUILD='$(BUILD)/other' SHAPE=-DCLOISON_OTHER_SHAPE user
	@cp '$(BUILD)/other/bin/cloison' $@

$(BUILD)/helpers/%: $(BUILD)/obj/tests/guest/helpers/%.o $(LIBRARY_BUILT)
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -pthread -o $@ $< -L$(BUILD)/lib -lcloison -lresolv

# What the guard includes of libbpf is another header here.
$(NETLINK_FUZZ): ALL_CPPFLAGS := -D_GNU_SOURCE -Itests/fuzz -Ibpf -MMD -MP

$(BUILD)/helpers/netlink-fuzz: $(NETLINK_FUZZ)
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^

$(BUILD)/benches/bench-%: $(BUILD)/obj/tests/bench/%.o
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $<

# These load the guard without the module, as the packet vectors do.
$(BUILD)/benches/bench-net-%: $(BUILD)/obj/tests/bench/net-%.o $(BUILD)/obj/tests/bpf/packet.o \
		$(BUILD)/lib/libcommon.a $(BUILD)/lib/libcloison.a
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PC_LIBS)

$(BUILD)/examples/%: $(BUILD)/obj/docs/examples/%.o $(LIBRARY_BUILT)
	$(call quiet,LD)
	@mkdir -p $(@D)
	@$(CC) $(ALL_LDFLAGS) -o $@ $< -L$(BUILD)/lib -lcloison

test: ## lint, unit tests, packet vectors and guest tests on both kernels (root)
	@tests/run

$(call objects,tests/unit/test_*.c): | unit-packages

# What of the kernel a file of kmod/ needs to run in a unit test.
$(BUILD)/obj/tests/unit/test_span.o: ALL_CPPFLAGS += -Itests/unit/kernel

unit: $(UNITS) ## unit tests, here, with TAP output
	@status=0; for unit in $(UNITS); do \
		echo "# $${unit##*/}"; CMOCKA_MESSAGE_OUTPUT=TAP $$unit || status=1; \
	done; exit $$status

# SOAK_MINUTES, SOAK_SEED, SOAK_SUITE and more: see tests/soak/run.
soak: ## campaigns on a kernel with sanitizers, for SOAK_MINUTES (20); KCSAN=1 for that one (root)
	@SOAK_KIND=$(if $(filter 1,$(KCSAN)),kcsan,kasan) tests/soak/run

lint: ## sparse, warnings, padding of the UAPI, shellcheck, clang-format (root)
	@tests/lint

format: ## lay out the C files as .clang-format says (root)
	@tests/lint --format

demo: ## two tenants and a model behind the wall, tried from both sides (root)
	@tests/demo/run

fuzz: ## the guard's packet parser (PARSER_SECONDS, 600) and netlink walk (NETLINK_SECONDS, 600)
	@tests/soak/parser.sh
	@tests/soak/netlink.sh

kills: ## 300 kills of what changes the guard, upgrades too, where make test has 40 (root)
	@tests/vm/run long/kills

bench: ## how fast, beside its peers, or only BENCH=memory: build/bench/bench.json (root)
	@tests/bench/run $(BENCH)

vm: ## a shell in the virtual host (root)
	@tests/vm/shell

# The programs that tests/vm/build puts into the virtual host.
tests: $(UNITS) $(HELPERS) $(BENCHES) $(EXAMPLES) $(BUILD)/bin/cloison-vectors $(BUILD)/bin/cloison-other

install-tests: tests
	$(INSTALL) -d $(DESTDIR)$(testdir)/unit
	$(INSTALL) $(UNITS) $(DESTDIR)$(testdir)/unit
	$(INSTALL) $(HELPERS) $(BENCHES) $(EXAMPLES) $(BUILD)/bin/cloison-vectors $(BUILD)/bin/cloison-other \
		$(DESTDIR)$(testdir)

# For each of KERNELS; what only tests load is in no place that modprobe looks at. The
# module of another version is this one with a member more in what it asks the guard.
install-test-modules:
	for kernel in $(KERNELS); do \
		mkdir -p $(BUILD)/test-module/$$kernel; \
		cp -pu $(TEST_MODULE_SOURCES) $(BUILD)/test-module/$$kernel; \
		$(MAKE) -C /lib/modules/$$kernel/build M='$(abspath $(BUILD))'/test-module/$$kernel modules; \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(testdir)/modules/$$kernel \
			$(BUILD)/test-module/$$kernel/*.ko; \
		mkdir -p $(BUILD)/other-module/$$kernel; \
		cp -rpu Kbuild dkms.conf kmod $(BUILD)/other-module/$$kernel; \
		$(MAKE) -C /lib/modules/$$kernel/build M='$(abspath $(BUILD))'/other-module/$$kernel \
			KCFLAGS=-DCLOISON_OTHER_SHAPE modules; \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(testdir)/modules/$$kernel/other \
			$(BUILD)/other-module/$$kernel/cloison.ko; \
	done

##@ Install
install: install-user install-module ## on this host; DESTDIR and prefix as usual

uninstall: uninstall-module uninstall-user ## what install did

install-user: user
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(libdir)/pkgconfig $(DESTDIR)$(includedir)/cloison
	$(INSTALL) $(BUILD)/bin/cloison $(DESTDIR)$(bindir)/cloison
	$(INSTALL) -m 644 $(LIBRARY_BUILT) $(DESTDIR)$(libdir)/$(LIBRARY_FILE)
	ln -sf $(LIBRARY_FILE) $(DESTDIR)$(libdir)/$(LIBRARY_SONAME)
	ln -sf $(LIBRARY_SONAME) $(DESTDIR)$(libdir)/libcloison.so
	$(INSTALL) -m 644 $(HEADERS) $(DESTDIR)$(includedir)/cloison
	sed -e 's|@PREFIX@|$(prefix)|; s|@LIBDIR@|$(libdir)|; s|@INCLUDEDIR@|$(includedir)|' \
		-e 's|@VERSION@|$(VERSION)|' userspace/libcloison/libcloison.pc.in \
		>$(DESTDIR)$(libdir)/pkgconfig/libcloison.pc
	for page in $(MANUALS); do \
		$(INSTALL) -D -m 644 -t $(DESTDIR)$(mandir)/man$${page##*.} $$page; \
	done
	$(if $(DESTDIR),,ldconfig)

uninstall-user:
	rm -f $(DESTDIR)$(bindir)/cloison $(DESTDIR)$(libdir)/libcloison.so* \
		$(DESTDIR)$(libdir)/pkgconfig/libcloison.pc
	rm -rf $(DESTDIR)$(includedir)/cloison
	for page in $(notdir $(MANUALS)); do \
		rm -f $(DESTDIR)$(mandir)/man$${page##*.}/$$page; \
	done
	$(if $(DESTDIR),,ldconfig)

# With DESTDIR a package is made, whose own scripts call DKMS.
install-module: $(if $(DESTDIR),,uninstall-module)
	$(if $(DESTDIR),,@tests/need dkms)
	$(INSTALL) -d $(DESTDIR)$(srcdir)
	cp -p --parents $(MODULE_SOURCES) $(DESTDIR)$(srcdir)
	$(if $(DESTDIR),,dkms add cloison/$(VERSION))
	$(if $(DESTDIR),,for kernel in $(KERNELS); do dkms install cloison/$(VERSION) -k $$kernel; done)

uninstall-module:
	$(if $(DESTDIR),,if command -v dkms >/dev/null && [ -n "$$(dkms status cloison/$(VERSION))" ]; then \
		dkms remove cloison/$(VERSION) --all; \
	fi)
	rm -rf $(DESTDIR)$(srcdir)

##@ Other
clean: ## remove what was built (the virtual host's root too)
	rm -rf $(BUILD)

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@printf '\nVariables: BUILD KERNEL KDIR KERNELS prefix DESTDIR CLOISON_MIRROR BENCH\n'

-include $(shell find $(BUILD)/obj $(BUILD)/bpf -name '*.d' 2>/dev/null)
