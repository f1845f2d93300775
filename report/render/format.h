/*
 * report/render/format.h - one format, one file. Each prints into memory; the caller writes it in one piece.
 */
#ifndef REPORT_RENDER_FORMAT_H
#define REPORT_RENDER_FORMAT_H

#include <stdio.h>

#include "report/render/model.h"

void render_text_finding(FILE *out, const struct render_finding *f);
/* One JSON line each, with the newline. */
void render_json_finding(FILE *out, const struct render_finding *f);
void render_json_summary(FILE *out, const struct render_summary *s);
/* Names out of files and debug information: control characters and broken UTF-8 become \xNN. */
void render_untrusted(FILE *out, const char *s);

#endif
