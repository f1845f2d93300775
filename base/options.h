/*
 * base/options.h - the options of SEANCE_OPTIONS and of `seance run`, from the rows of options.def.
 *
 * The library parses the environment with base_options_parse(); the command parses flags with
 * base_options_set(). Both name the nearest valid key for a wrong one. Fixed storage, no malloc.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE_OPTIONS_TEXT 4096

struct base_options {
#define OPTION_STR(name, def, help) char name[BASE_OPTIONS_TEXT];
#define OPTION_UINT(name, def, max, help) uint32_t name;
#define OPTION_WORD(name, def, words, help) char name[16];
#include "base/options.def"
#undef OPTION_STR
#undef OPTION_UINT
#undef OPTION_WORD
};

struct base_option_row {
    const char *name;
    const char *def;   /* as text */
    const char *words; /* allowed words, or NULL */
    const char *help;
    uint64_t max; /* numbers only; 0 for text */
};

/* The process's options; valid after base_options_defaults(). Written once at start-up. */
extern struct base_options base_options;
extern const struct base_option_row base_option_rows[];
extern const size_t base_option_count;

void base_options_defaults(struct base_options *o);
/* Sets one; false leaves *o untouched and writes one line (no newline) into err. */
bool base_options_set(struct base_options *o, const char *key, const char *value, char *err,
                      size_t err_size);
/* Parses "key=value" pairs separated by ':' or blanks, values with either in double quotes. Calls bad() with one
 * line for each wrong item and goes on; returns how many were wrong. */
unsigned base_options_parse(struct base_options *o, const char *text,
                            void (*bad)(const char *line));
/* Writes the value as text (for passing on). */
void base_options_get(const struct base_options *o, const char *key, char *buf, size_t size);
/* A file option's value with %p (process id), %e (program's name) and %% filled in. `child`: this process was forked
 * by the one that the option was meant for, so a path without %p gets .PID at its end. */
void base_options_expand(const char *path, const char *program, bool child, char *out, size_t size);
/* Nearest valid key by edit distance, or NULL where nothing is near. */
const char *base_options_nearest(const char *key);

#endif
