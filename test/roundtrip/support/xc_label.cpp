// A provider of security labels that takes every label, as the server's own tests have one.
extern "C" {
#include "postgres.h"

#include "commands/seclabel.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

static void take_any(const ObjectAddress*, const char*) {}

void _PG_init(void) { register_label_provider("xc_label", take_any); }
}
