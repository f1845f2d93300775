/*
 * report/plain_json.h - JSON lines by base/text, see report/plain.h.
 */
#ifndef REPORT_PLAIN_JSON_H
#define REPORT_PLAIN_JSON_H

#include "base/text.h"
#include "report/plain.h"

void report_plain_json_finding(struct base_text *t, const char *program,
                               const struct report_finding *f, uint64_t time);
void report_plain_json_summary(struct base_text *t, const char *program,
                               const struct report_summary *s, const struct report_counts *c,
                               uint64_t peak_memory, uint64_t time);
/* What was found, in words. */
void report_plain_words(struct base_text *t, const struct report_finding *f);
/* nanoseconds since 1970 as 2026-01-31T12:00:00Z */
void report_plain_json_time(struct base_text *t, uint64_t time);

#endif
