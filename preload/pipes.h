/*
 * preload/pipes.h - a pipe or an eventfd as a hand-over between threads: a write releases, a read acquires.
 *
 * A pipe is known by its inode, so that its two ends are one object. Kernel objects without an inode of their own
 * (eventfd, timerfd) are known by their descriptor. Files and sockets order nothing: every reader of a busy socket's
 * number would seem ordered after every writer before it.
 */
#ifndef PRELOAD_PIPES_H
#define PRELOAD_PIPES_H

#include "shadow/shadow.h"

void preload_pipes_release(struct shadow_thread *t, int fd); /* before the write */
void preload_pipes_acquire(struct shadow_thread *t, int fd); /* after the read */

#endif
