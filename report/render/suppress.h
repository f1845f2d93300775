/*
 * report/render/suppress.h - rules that keep findings quiet.
 */
#ifndef REPORT_RENDER_SUPPRESS_H
#define REPORT_RENDER_SUPPRESS_H

#include "report/render/model.h"

struct render_rules;

/* Reads a file of rules; one line on stderr for each that is not understood. NULL: no rules. */
struct render_rules *render_rules_read(const char *path);
/* True if a rule matches; the rule is counted. */
bool render_rules_match(struct render_rules *rules, const struct render_finding *f);
/* Names on stderr the rules that never matched. */
void render_rules_unused(const struct render_rules *rules);
/* `*` wildcards, `^` and `$` anchors; otherwise the pattern may lie anywhere in text. */
bool render_rules_pattern(const char *pattern, const char *text);

#endif
