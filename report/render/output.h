/*
 * report/render/output.h - one file that findings go to: whole pieces or nothing.
 */
#ifndef REPORT_RENDER_OUTPUT_H
#define REPORT_RENDER_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct render_output {
    int fd;             /* -1: not wanted */
    bool own;           /* a file of ours, which may be cut back; not the program's stderr */
    bool failed;        /* a line about it was printed */
    long long size;     /* of a file of ours after the last write; 0 before the first */
    const char *option; /* for messages, as is path */
    const char *path;
};

/* Writes all of it. Where the file cannot take it (a full disk), takes back what was written of it and says so on
 * stderr, once; the next piece is tried again. */
bool render_output_write(struct render_output *o, const char *text, size_t len);
/* True if the file has grown since the last write: another renderer writes it now. */
bool render_output_grown(const struct render_output *o);

#endif
