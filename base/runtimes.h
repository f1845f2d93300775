/*
 * base/runtimes.h - libraries that run a program's tasks and hand them from thread to thread by stores of their own.
 *
 * Such a store is a plain mov, and the task that goes with it belongs to the program: unseen, its order would be missing there. So these
 * are checked though they are the system's, and what is not said otherwise about their accesses is taken for atomic.
 */
#ifndef BASE_RUNTIMES_H
#define BASE_RUNTIMES_H

#include <stdbool.h>

/* path: of a module. By the name of its file: oneTBB and its older selves, libdispatch. */
bool base_is_task_runtime(const char *path);

#endif
