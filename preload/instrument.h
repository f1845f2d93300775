/*
 * preload/instrument.h - hands the checked modules to rewrite/, and counts what became of them.
 */
#ifndef PRELOAD_INSTRUMENT_H
#define PRELOAD_INSTRUMENT_H

#include <stdbool.h>

#include "preload/modules.h"
#include "report/report.h"

/* Before the first module; false where code cannot be changed: then only calls are seen. [stack_lo, stack_hi): where the first
 * thread's stack may be. */
bool preload_instrument_init(bool gs_form, bool debugged, uintptr_t stack_lo, uintptr_t stack_hi);
/* Before any of its code runs. Libraries of which only the atomics count wait for the second thread. */
void preload_instrument_ask(void);
void preload_instrument_module(struct preload_module *m);
/* Before the second thread is created, by the first one, whose stack pointer is sp. */
void preload_instrument_libraries(uintptr_t sp);
/* After it was unloaded. */
void preload_instrument_forget(struct preload_module *m);
/* Adds up all modules; with verbosity 1 a few lines for each. */
void preload_instrument_summary(struct report_summary *sum);

#endif
