# xconnect: build, tests and every other verb of the project.
#
#   make, make install, make installcheck    the usual PGXS build, for packagers: touches no package, starts no server
#   make help                                all verbs
#
# The verbs set up what they need (tools/setup), build, and run on a private server of their own (tools/server).

EXTENSION  := xconnect
VERSION    := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" xconnect.control)
PG_CONFIG  ?= pg_config
JOBS       ?= 2
WERROR     ?= -Werror

BUILD_GOALS := all install uninstall installcheck clean
VERBS := help setup try check check-one check-unit check-regress check-isolation check-tap check-roundtrip check-generator \
         check-invisible check-events check-extensions check-faults check-postgres check-cassert check-valgrind check-upgrade check-long \
         matrix bench lint format shell dist fuzz reference coverage

# ---------------------------------------------------------------- the module and its script
MODULE_big := xconnect
SOURCES    := $(sort $(wildcard src/*.cpp src/*/*.cpp))
OBJS       := $(SOURCES:src/%.cpp=build/%.o)

# The extension script: tables of all folders first, then their functions, in the order of the data's path. It runs with
# pg_catalog alone in its path (src/install/head.sql): what fits a view of ours better than the server's own operators, and
# was put into the schema before, must not get into it. So its functions are named with their schema.
STAGES     := store ledger capture kind vault diff plan apply verify
SQL_PARTS  := $(wildcard src/install/head.sql) \
              $(foreach s,$(STAGES),$(wildcard src/$(s)/schema.sql)) \
              $(foreach s,$(STAGES),$(wildcard src/$(s)/api.sql)) \
              $(wildcard src/install/tail.sql)
DATA_built := build/xconnect--$(VERSION).sql

PG_CXXFLAGS = -std=c++20 -fvisibility=hidden -fvisibility-inlines-hidden \
              -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast $(WERROR)
SHLIB_LINK  = -lfmt -Wl,--version-script=src/exports.map
EXTRA_CLEAN = build

# pg_regress: sql/<folder>/<topic>.sql mirrors src/<folder>.
REGRESS      := $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*/*.sql)))
REGRESS_PREP := results-folders
REGRESS_OPTS := --load-extension=xconnect --encoding=UTF8

# PGXS would compile bitcode with clang and its own idea of C++, and link C++ with gcc.
override with_llvm = no
override COMPILER = $(CXX) $(CXXFLAGS)

ifeq ($(filter $(VERBS),$(MAKECMDGOALS)),)

PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifeq ($(PGXS),)
$(error the server's build files are missing: run tools/setup as root, or install postgresql-server-dev-15 (PG_CONFIG=$(PG_CONFIG)))
endif
include $(PGXS)

# Server headers are the system's, not ours: no warnings from them.
XC_CPPFLAGS = -Isrc $(patsubst -I%,-isystem %,$(filter-out -I. -I./,$(CPPFLAGS)))

# One line a file; V=1 shows the commands.
say = $(if $(V),,@echo '$(1)';)

build/%.o: src/%.cpp
	@mkdir -p $(@D)
	$(call say,c++ $<)$(CXX) $(CXXFLAGS) $(XC_CPPFLAGS) -MMD -MP -c -o $@ $<

build/entry.o: XC_CPPFLAGS += -DXC_VERSION='"$(VERSION)"'
build/entry.o: xconnect.control

$(DATA_built): $(SQL_PARTS) xconnect.control Makefile
	@mkdir -p $(@D)
	$(call say,sql $@)cat /dev/null $(SQL_PARTS) | sed -E 's/\bFUNCTION xc_/FUNCTION @extschema@.xc_/g' > $@

xconnect.so: src/exports.map

.PHONY: results-folders
results-folders:
	@mkdir -p $(addprefix results/,$(sort $(dir $(REGRESS))))

-include $(OBJS:.o=.d)

else

# ---------------------------------------------------------------- verbs
# Each sets up, builds and runs by itself; a build goal named beside a verb is passed on.
.PHONY: $(VERBS) $(BUILD_GOALS)
$(BUILD_GOALS):
	+@$(MAKE) --no-print-directory $@

help:
	@cat tools/help.txt

setup:
	@tools/setup

# What every verb below needs: packages, the built module.
.PHONY: ready
ready: setup
	+@$(MAKE) --no-print-directory -j$(JOBS) all

try: setup
	@tools/try

check: ready
	@status=0; tools/check all || status=1; tools/check-postgres || status=1; exit $$status

check-one: ready
	@tools/check regress $(T)

check-unit: setup
	@tools/check unit $(T)

check-regress check-isolation check-invisible check-events check-extensions check-tap check-roundtrip check-generator check-faults: check-%: ready
	@tools/check $* $(T)

check-postgres: setup
	@tools/check-postgres $(T)

check-upgrade: setup
	@test/upgrade/run $(T)

# Thousands of faults, hundreds of crashes of the vault, ten minutes of load, ten thousand objects at once, the upgrades.
check-long: ready
	@status=0; test/faults/run --long || status=1; VAULT_CRASHES=200 tools/check tap vault_crash || status=1; XC_SECONDS=600 tools/check tap load || status=1; XC_SIZE=10000 tools/check tap sizes || status=1; test/upgrade/run || status=1; exit $$status

check-cassert: setup
	@tools/check-cassert $(T)

check-valgrind: setup
	@tools/check-cassert --valgrind $(T)

matrix: setup
	@tools/matrix $(PG) $(T)

bench: ready
	@SAVE=$(SAVE) test/bench/run $(T)

reference: ready
	@tools/reference

coverage: ready
	@tools/coverage

shell: ready
	@tools/server --shell

lint:
	@tools/lint

format:
	@tools/lint --format

fuzz: ready
	@STEPS=$(STEPS) SEED=$(SEED) tools/fuzz $(T)

dist:
	@tools/dist $(VERSION)

endif
