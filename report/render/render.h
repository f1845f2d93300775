/*
 * report/render/render.h - what the `seance` command calls: the renderer process and the rereading of findings.
 */
#ifndef REPORT_RENDER_RENDER_H
#define REPORT_RENDER_RENDER_H

#include <stdbool.h>
#include <stdio.h>

/* `seance render`: serves one host over descriptor `fd` until its end of file; an exit status. */
int render_serve(int fd);

enum render_format { RENDER_TEXT, RENDER_JSON };

/* `seance symbolize`: reads JSON Lines from `in`, resolves frames that have a module and an offset only, and prints.
 * Lines that are no finding are passed on (json) or left out (text). Returns how many lines were not JSON. */
unsigned render_symbolize(FILE *in, const char *name, enum render_format format, FILE *out);

/* `seance atomics`: sends what is atomic in each file (struct record_atomics) through fd, up to a NULL. Returns the exit
 * status. */
int render_atomics_serve(int fd, char *const *paths);

#endif
