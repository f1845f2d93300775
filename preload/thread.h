/*
 * preload/thread.h - a thread's way into Seance and out of it.
 *
 * Called by start.c (first thread), bodies_thread.c (creation) and bodies_process.c (fork).
 */
#ifndef PRELOAD_THREAD_H
#define PRELOAD_THREAD_H

#include <stdint.h>

#include "shadow/shadow.h"

/* Makes the key whose destructor is the last act of every thread, and reads the default stack size; at start-up.
 * 0 or -errno. */
int preload_thread_init(void);
/* The calling thread ends through that destructor, whatever way it ends. */
void preload_thread_watch(void);
/* In the child of a fork: no other thread is on its way. */
void preload_thread_fork_child(void);
/* Registers what is done before and after each fork, before anybody else's handlers; at start-up. 0 or -errno. */
int preload_fork_init(void);

#endif
