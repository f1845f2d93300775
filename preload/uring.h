/*
 * preload/uring.h - io_uring, as liburing's functions tell of it.
 *
 * liburing enters the kernel by its own instruction, and a program takes completions from the ring by inline code that calls
 * nothing. So the word that the kernel moves when a request is done (cq.ktail) is made a sync word: whatever comes before
 * a completion stores to it, and who looks whether there is one loads it.
 */
#ifndef PRELOAD_URING_H
#define PRELOAD_URING_H

#include "shadow/shadow.h"

struct io_uring;

/* Before a call that may hand requests to the kernel: all that t did comes before their completions; of what is written to a
 * descriptor, before the read of its other end; of what is read, behind the writes there, also those to come. */
void preload_uring_submit(struct shadow_thread *t, const struct io_uring *ring);
/* Before one that hands over nothing that was not handed over before. */
void preload_uring_enter(struct shadow_thread *t, const struct io_uring *ring);
/* After a call that may have waited for completions. */
void preload_uring_reap(struct shadow_thread *t, const struct io_uring *ring);
/* Before the ring goes. */
void preload_uring_exit(const struct io_uring *ring);
/* t has released into what a descriptor leads to: a ring may be waiting for it. */
void preload_uring_given(struct shadow_thread *t, uintptr_t object);
void preload_uring_fork_child(void);

#endif
