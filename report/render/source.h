/*
 * report/render/source.h - what a source line says about atomics.
 */
#ifndef REPORT_RENDER_SOURCE_H
#define REPORT_RENDER_SOURCE_H

#include <stdbool.h>

enum render_source_word {
    RENDER_SOURCE_UNREAD, /* no file, no such line */
    RENDER_SOURCE_NOTHING,
    RENDER_SOURCE_MENTIONED, /* the word is there somewhere */
    RENDER_SOURCE_OPERATION, /* a builtin or library call that is atomic */
};

enum render_source_word render_source_atomic(const char *path, unsigned line);
/* The same for a line's text. */
enum render_source_word render_source_word(const char *text);

/* The file holds nothing but a library's atomic operations: an instruction of a line there is one, though optimisation may have left
 * it no frame of its own. */
bool render_source_is_atomic(const char *path);

#endif
