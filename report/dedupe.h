/*
 * report/dedupe.h - which findings were sent already, and how often each came again.
 */
#ifndef REPORT_DEDUPE_H
#define REPORT_DEDUPE_H

#include <stdbool.h>
#include <stdint.h>

#include "report/report.h"

/* True if this is the first of its kind and pc pair; *index is then its number, 0, 1, ... */
bool report_dedupe_first(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b, uint32_t *index);
/* Notes what became of a finding that was first. */
void report_dedupe_verdict(enum report_kind kind, uintptr_t pc_a, uintptr_t pc_b,
                           enum report_verdict verdict);
/* Writes at most max pairs of a finding that came again; returns how many. */
uint32_t report_dedupe_repeats(void (*each)(uint32_t index, uint32_t count, void *arg), void *arg,
                               uint32_t max);
uint64_t report_dedupe_total_repeats(void);
void report_dedupe_reset(void);

#endif
