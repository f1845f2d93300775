/*
 * report/files.h - the report files of this process: opened early, kept open, written whole lines at a time.
 */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fd.h"

#define REPORT_FILES_PATH 4096

struct report_file {
    const char *option;           /* "text" or "json" */
    bool wanted;                  /* the option asks for it, and it could be opened */
    bool log;                     /* it is stderr: base_log_fd() says where that is */
    bool failed;                  /* a write has failed, and a line has said so */
    struct base_fd fd;            /* unless it is stderr */
    char path[REPORT_FILES_PATH]; /* absolute where the folder was known; "" for stderr */
};

struct report_files {
    struct report_file text, json;
};

/* Opens what base_options asks for; a line on stderr for each that cannot be opened. `child`: this process was
 * forked, so a path without %p gets .PID at its end. */
void report_files_open(struct report_files *f, const char *program, bool child);
void report_files_close(struct report_files *f);
/* The descriptor to use now, -1: none. Where the program has closed ours, the same file is opened again; where that
 * cannot be done a line says so, once, and the file is not wanted any more. */
int report_files_fd(struct report_file *f);
/* Writes all of it or nothing: what a full disk has cut off is taken back. One line on stderr at the first failure. */
bool report_files_write(struct report_file *f, const char *text, size_t len);
/* A path that stays right when the program changes its directory. */
void report_files_absolute(const char *path, char *out, size_t size);

#endif
