/*
 * report/rules.h - the rule of each pc, learnt once from call frame information, then a look-up.
 */
#ifndef REPORT_RULES_H
#define REPORT_RULES_H

#include "report/cfi.h"

/* Lock-free; a few nanoseconds where the pc was met before. */
struct report_rule report_rules_get(uintptr_t pc);
/* A module that covered [lo, hi) has gone: its rules are forgotten. */
void report_rules_forget(uintptr_t lo, uintptr_t hi);

#endif
