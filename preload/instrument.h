/*
 * preload/instrument.h - hands the checked modules to rewrite/, and counts what became of them.
 */
#ifndef PRELOAD_INSTRUMENT_H
#define PRELOAD_INSTRUMENT_H

#include <stdbool.h>

#include "preload/modules.h"
#include "report/report.h"

/* Before the first module; false where code cannot be changed: then only calls are seen. */
bool preload_instrument_init(bool gs_form, bool traced);
/* Before any of its code runs. */
void preload_instrument_module(struct preload_module *m);
/* After it was unloaded. */
void preload_instrument_forget(struct preload_module *m);
/* Adds up all modules; with verbosity 1 a few lines for each. */
void preload_instrument_summary(struct report_summary *sum);

#endif
