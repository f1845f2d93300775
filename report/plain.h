/*
 * report/plain.h - the host's own, poorer writer: module + offset, for when no renderer can be had.
 */
#ifndef REPORT_PLAIN_H
#define REPORT_PLAIN_H

#include <stdbool.h>

#include "report/files.h"
#include "report/record.h"

struct report_counts {
    uint64_t findings, errors, certain, likely, suppressed, repeats, lost;
};

/* True if a side gives evidence that it is no atomic access. */
bool report_plain_certain(const struct report_finding *f);
/* False where a file could not take it. */
bool report_plain_finding(struct report_files *files, const char *program,
                          const struct report_finding *f, uint64_t time);
/* The JSON summary line. */
void report_plain_summary(struct report_files *files, const char *program,
                          const struct report_summary *s, const struct report_counts *c,
                          uint64_t peak_memory, uint64_t time);

/* Copies a stack's pcs: frames of libseance.so dropped, at most `max`; the first is exact, the rest are return
 * addresses. */
unsigned report_plain_frames(uint32_t stack, uint64_t *pcs, unsigned max);

#endif
