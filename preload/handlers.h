/*
 * preload/handlers.h - the program's signal handlers, called through ours.
 */
#ifndef PRELOAD_HANDLERS_H
#define PRELOAD_HANDLERS_H

#include <signal.h>

/* Takes SIGSEGV, SIGBUS and SIGTRAP over: a fault of an inlined check is a miss of the check, not a fault of the program. */
void preload_handlers_init(void);
/* What sigaction(2) must do for the program; returns 0 or -1 with errno set. */
int preload_handlers_action(int sig, const struct sigaction *act, struct sigaction *old);
/* What sigprocmask(2) must do for the program; real is the original that was called. */
int preload_handlers_mask(int (*real)(int, const sigset_t *, sigset_t *), int how,
                          const sigset_t *set, sigset_t *old);
/* Takes libc's handler for pthread_cancel() over, once libc has installed it. */
void preload_handlers_cancel(void);

#endif
