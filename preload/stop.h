/*
 * preload/stop.h - the end of the process: the summary, and the exit status.
 *
 * start.c arranges it; bodies_process.c calls it where libc would not.
 */
#ifndef PRELOAD_STOP_H
#define PRELOAD_STOP_H

/* Arranges that the summary is made as the process's last act but for libc's flushing of its streams. Must be the
 * first exit handler of the process. 0 or -ENOMEM. */
int preload_stop_init(void);
/* Makes the summary, once, and returns the status to end with. Outside of Seance (depth 0 or not). */
int preload_stop_status(int status);
/* quick_exit(3) does not tell its handlers the status: said here before. */
void preload_stop_note_quick(int status);

#endif
