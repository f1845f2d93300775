/*
 * preload/atomics.h - what debug information says is atomic, for rewrite/ (instructions) and shadow/ (objects).
 */
#ifndef PRELOAD_ATOMICS_H
#define PRELOAD_ATOMICS_H

#include "preload/modules.h"
#include "rewrite/rewrite.h"

/* Asks about the modules that are checked and were not asked about yet: those that make threads by their imports, or
 * all (`every`). Waits for the answer. */
void preload_atomics_ask(bool every);
/* The module's code; fills r->atomics. */
void preload_atomics_code(const struct preload_module *m, struct rewrite_module *r);
/* The second thread is about to be made, or the module came later: its objects become sync words. */
void preload_atomics_declare(const struct preload_module *m);

#endif
