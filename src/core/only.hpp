// Keeps the core free of the server: included last by every .cpp here, so that a server header before it is an error
// and a call into the backend after it does not compile.
#pragma once

#ifdef POSTGRES_H
#error "src/core must not see server headers: it is built, tested and fuzzed without a server"
#endif

#pragma GCC poison palloc palloc0 pfree elog ereport SPI_execute SPI_connect
