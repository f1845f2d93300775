/*
 * report/render/judge.h - from facts to a finding: location, confidence, alignment, wording, fingerprint.
 */
#ifndef REPORT_RENDER_JUDGE_H
#define REPORT_RENDER_JUDGE_H

#include "report/render/model.h"

enum render_verdict { RENDER_STANDS, RENDER_BOTH_ATOMIC, RENDER_NOT_WANTED };

/* Completes f, whose stacks are resolved. Only what stands is to be printed. */
enum render_verdict render_judge(struct render_finding *f, bool alignment);
/* Of a finding that stands: both sides are atomic, and overlap with different sizes. */
bool render_sizes_differ(const struct render_finding *f);
/* "data race server.c:41 in handle" */
char *render_headline(const struct render_finding *f);
/* A key that is equal for findings that a person would call the same. Allocated. */
char *render_same_key(const struct render_finding *f);

#endif
