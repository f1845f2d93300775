/*
 * shadow/sem.c - a post releases into every wait after it. Which post a wait takes is not known: it takes all.
 */
#include "shadow/shadow.h"

void shadow_sem_init(uintptr_t s)
{
    shadow_sync_forget(s);
}

void shadow_sem_post(struct shadow_thread *t, uintptr_t s)
{
    shadow_release(t, s);
}

void shadow_sem_wait(struct shadow_thread *t, uintptr_t s)
{
    shadow_acquire(t, s);
}

void shadow_sem_destroy(uintptr_t s)
{
    shadow_sync_forget(s);
}
