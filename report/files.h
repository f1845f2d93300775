/*
 * report/files.h - the report files of this process: opened early, kept open, written whole lines at a time.
 */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A descriptor and what it pointed at when it was opened: hosts close descriptors that they do not know. */
struct report_fd {
    int fd; /* -1: none */
    uint64_t dev, ino;
};

struct report_files {
    struct report_fd text; /* stderr or a file */
    struct report_fd json;
};

/* Opens what base_options asks for; a line on stderr for each that cannot be opened. `child`: this process was
 * forked, so a path without %p gets .PID at its end. */
void report_files_open(struct report_files *f, const char *program, bool child);
void report_files_close(struct report_files *f);
/* Notes what fd is. */
struct report_fd report_files_note(int fd);
/* False where the host has closed the descriptor or put something else there. */
bool report_files_still(const struct report_fd *f);
void report_files_write(const struct report_fd *f, const char *text, size_t len);
/* A copy of fd out of the program's way (high, close-on-exec); fd is closed. Negative: -errno. */
int report_files_raise(int fd);
/* Writes path with %p, %e and %% expanded. */
void report_files_expand(const char *path, const char *program, bool child, char *out, size_t size);

#endif
