/*
 * preload/thread.h - a thread's way into Seance and out of it.
 *
 * Called by start.c (first thread), bodies_thread.c (creation) and bodies_process.c (fork).
 */
#ifndef PRELOAD_THREAD_H
#define PRELOAD_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/tls.h"
#include "shadow/shadow.h"

/* Makes the key whose destructor is the last act of every thread, and reads the default stack size; at start-up.
 * 0 or -errno. */
int preload_thread_init(void);
/* The calling thread, which libc made with that stack size (below), is t; inside Seance. preload_thread_watch() must follow,
 * outside. */
void preload_thread_enter(struct preload_tls *self, struct shadow_thread *t, size_t stack_size,
                          bool detached);
/* Of a thread made with these attributes (NULL: the default ones); bytes, with the guard. */
size_t preload_thread_stack_size(const pthread_attr_t *attr);
/* The calling thread ends through that destructor, whatever way it ends. */
void preload_thread_watch(void);
/* In the child of a fork: no other thread is on its way, and none is at work on what libc is to call. */
void preload_thread_fork_child(void);
void preload_notify_fork_child(void);
/* Registers what is done before and after each fork, before anybody else's handlers; at start-up. 0 or -errno. */
int preload_fork_init(void);

#endif
