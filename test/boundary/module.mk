# xconnect_boundary.so, for test/boundary/run alone: src/pg and src/core and the functions of boundary.cpp.
PG_CONFIG ?= pg_config
root := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
out  := $(root)/build/boundary
objects := $(patsubst $(root)/%.cpp,$(out)/%.o,$(wildcard $(root)/src/pg/*.cpp $(root)/src/core/*.cpp) $(root)/test/boundary/boundary.cpp)
flags := -std=c++20 -O2 -g -fPIC -fwrapv -fno-strict-aliasing -fvisibility=hidden -fvisibility-inlines-hidden \
         -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Werror \
         -I$(root)/src -isystem $(shell $(PG_CONFIG) --includedir-server) -D_GNU_SOURCE

$(out)/xconnect_boundary.so: $(objects) $(root)/src/exports.map
	@$(CXX) -shared -o $@ $(objects) -lfmt -Wl,--version-script=$(root)/src/exports.map

$(out)/%.o: $(root)/%.cpp
	@mkdir -p $(@D)
	@echo 'c++ $(patsubst $(root)/%,%,$<)'
	@$(CXX) $(flags) -MMD -MP -c -o $@ $<

-include $(objects:.o=.d)
