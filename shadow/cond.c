/*
 * shadow/cond.c - a signal releases into the wake-ups after it.
 */
#include "shadow/shadow.h"

void shadow_cond_signal(struct shadow_thread *t, uintptr_t c)
{
    shadow_release(t, c);
}

void shadow_cond_wake(struct shadow_thread *t, uintptr_t c)
{
    shadow_acquire(t, c);
}

void shadow_cond_destroy(uintptr_t c)
{
    shadow_sync_forget(c);
}
