/*
 * preload/compiled.h - code compiled with -fsanitize=thread: it calls in for each access, and says what is atomic.
 */
#ifndef PRELOAD_COMPILED_H
#define PRELOAD_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* The module is being unloaded: what stood at its addresses is forgotten. */
void preload_compiled_forget(uintptr_t lo, uintptr_t hi);

/* Runs f(arg) on the thread's cold stack; the depth is raised. */
void preload_compiled_below(void (*f)(void *arg), void *arg);
/* For a fault at pc: where the access goes on, or 0 where pc is in no compare. */
uintptr_t preload_compiled_slow(uintptr_t pc);
/* Whether the run failed: a program that was compiled so may have a function that decides it. */
bool preload_compiled_failed(bool failed);

#pragma GCC visibility pop

#endif
