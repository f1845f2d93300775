/*
 * cli/cli.h - the sub-commands of `seance`, one file each; main.c has the table.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/options.h"

enum { CLI_USAGE = 2, CLI_CANNOT_RUN = 126, CLI_NOT_FOUND = 127 };

/* Each gets its own arguments (argv[0] is the sub-command's name) and returns the exit status. */
int cli_run(int argc, char **argv);
int cli_symbolize(int argc, char **argv);
int cli_render(int argc, char **argv);
int cli_atomics(int argc, char **argv);

/* One line on stderr, "seance: ..."; returns status. */
int cli_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Looks whether Seance can work in the program at `path`: a dynamically linked, 64-bit AMD64 program without
 * setuid; scripts are followed to their interpreter. 0, or the exit status after one line on stderr. */
int cli_check_program(const char *path);
/* True if the program needs libtsan.so; out (PATH_MAX bytes): what to preload in its place, beside the library. */
bool cli_sanitizer(const char *program, const char *library, char *out);

/* Looks whether the files that the options name can be written or read by a program at this path. The same answer. */
int cli_check_files(const struct base_options *o, const char *program);

#endif
