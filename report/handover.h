/*
 * report/handover.h - the renderer process and the socket to it.
 *
 * The caller holds one lock around all of these.
 */
#ifndef REPORT_HANDOVER_H
#define REPORT_HANDOVER_H

#include <stdbool.h>

#include "report/files.h"
#include "report/record.h"

/* Notes where this library and the suppressions lie; relative paths are completed now, before the program changes
 * its directory. A line on stderr where the suppressions cannot be read. */
void report_handover_init(const char *self);
/* The `seance` command and the environment for it; false: there is none. Both are the next call's too. */
bool report_handover_command(const char **path, const char *const **envp);
/* A pair of sockets, both high and close-on-exec; 0 or -errno. */
int report_handover_socket(int ends[2]);
/* Starts the renderer and sends hello and all modules; false where it cannot be had (said in one line). */
bool report_handover_start(const char *program, struct report_files *files,
                           const struct record_counts *before);
bool report_handover_running(void);
/* True if the program has closed the socket, so that the renderer ends: start another one after stop(). */
bool report_handover_closed(void);
/* Sends one record, waiting some seconds for a slow renderer; false: it cannot be reached any more. */
bool report_handover_send(struct record_head *record);
void report_handover_send_module(const struct report_module *m);
/* Reads answers, waiting at most ms until `findings` were answered (or, if done, until the end); the newest
 * answer goes to *answer. False where the renderer ended or the time is over. */
bool report_handover_wait(uint32_t findings, bool done, unsigned ms, struct record_answer *answer);
/* Closes the socket; with `collect`, waits a moment for the processes' end. */
void report_handover_stop(bool collect);
/* In a forked child: drops what is the parent's. */
void report_handover_forget(void);

#endif
