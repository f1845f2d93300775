/*
 * shadow/misuse.h - findings about the use of locks (kind mutex-misuse). Callers are outside the bracket.
 */
#ifndef SHADOW_MISUSE_H
#define SHADOW_MISUSE_H

#include "shadow/thread.h"

/* If some thread holds the lock: reports `what` and returns true. Nothing is slower where its object says nobody does. */
bool shadow_misuse_check_held(struct shadow_thread *t, enum report_misuse what, uintptr_t lock,
                              unsigned flags, const struct base_where *at);
/* The memory that lock id lay in, at that address, is freed. */
void shadow_misuse_freed(struct shadow_thread *t, uint32_t id, uintptr_t lock,
                         const struct base_where *at);
/* t, which is about to end, holds locks. */
void shadow_misuse_exit(struct shadow_thread *t);

#endif
