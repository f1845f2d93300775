/*
 * shadow/once.c - the initialiser releases into everybody who passes.
 */
#include "shadow/shadow.h"

void shadow_once_done(struct shadow_thread *t, uintptr_t once)
{
    shadow_release(t, once);
}

void shadow_once_pass(struct shadow_thread *t, uintptr_t once)
{
    shadow_acquire(t, once);
}
