# xconnect_faults.so, for test/faults/run alone.
PG_CONFIG ?= pg_config
root := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
out  := $(root)/build/faults
flags := -std=c++20 -O2 -g -fPIC -fwrapv -fno-strict-aliasing -fvisibility=hidden -fvisibility-inlines-hidden \
         -Wall -Wextra -Wshadow -Wconversion -Werror -isystem $(shell $(PG_CONFIG) --includedir-server) -D_GNU_SOURCE

$(out)/xconnect_faults.so: $(root)/test/faults/faults.cpp
	@mkdir -p $(@D)
	@echo 'c++ $(patsubst $(root)/%,%,$<)'
	@$(CXX) $(flags) -shared -o $@ $< -lfmt
