/*
 * preload/state.h - how far the process has come, and who it is.
 *
 * OFF until the constructor, BOOT inside it, ON while checking, DONE from the moment the summary is made.
 * Wrappers and the cold path work only while ON. Written by preload/start.c and preload/stop.c.
 */
#ifndef PRELOAD_STATE_H
#define PRELOAD_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum preload_state { PRELOAD_OFF, PRELOAD_BOOT, PRELOAD_ON, PRELOAD_DONE };

/* enum preload_state; relaxed: each thread sees a change soon enough. */
extern uint32_t preload_state __attribute__((visibility("hidden")));
/* The process this copy of our data belongs to: a vfork'ed child shares it but has another pid. */
extern int preload_pid __attribute__((visibility("hidden")));

static inline bool preload_is_on(void)
{
    return __atomic_load_n(&preload_state, __ATOMIC_RELAXED) == PRELOAD_ON;
}

/* True from the start of checking to the end of the process. */
static inline bool preload_is_started(void)
{
    return __atomic_load_n(&preload_state, __ATOMIC_RELAXED) >= PRELOAD_ON;
}

#endif
