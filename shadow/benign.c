/*
 * shadow/benign.c - see benign.h. A short table under one lock, asked only where a race has been found.
 */
#include "shadow/benign.h"

#include <stddef.h>

#include "base/lock.h"
#include "shadow/inline.h"
#include "shadow/world.h"

#define RANGES 4096u

static struct base_lock lock = BASE_LOCK_INIT; /* protects the table */
static struct {
    uintptr_t lo, hi;
} ranges[RANGES];
uint32_t shadow_benign_count;

void shadow_benign_add(uintptr_t lo, size_t len)
{
    uint32_t n;

    if (!len || lo + len < lo)
        return;
    base_lock_acquire(&lock);
    n = shadow_benign_count;
    if (n < RANGES) {
        ranges[n].lo = lo;
        ranges[n].hi = lo + len;
        __atomic_store_n(&shadow_benign_count, n + 1, __ATOMIC_RELEASE);
    }
    base_lock_release(&lock);
}

bool shadow_benign_has(uintptr_t addr)
{
    bool has = false;

    if (!__atomic_load_n(&shadow_benign_count, __ATOMIC_ACQUIRE))
        return false;
    base_lock_acquire(&lock);
    for (uint32_t i = 0; i < shadow_benign_count && !has; i++)
        has = addr >= ranges[i].lo && addr < ranges[i].hi;
    base_lock_release(&lock);
    return has;
}

void shadow_benign_drop(uintptr_t lo, uintptr_t hi)
{
    base_lock_acquire(&lock);
    for (uint32_t i = 0; i < shadow_benign_count;) {
        if (ranges[i].lo < hi && ranges[i].hi > lo)
            ranges[i] = ranges[--shadow_benign_count];
        else
            i++;
    }
    base_lock_release(&lock);
}

void shadow_benign_fork_child(void)
{
    lock = (struct base_lock)BASE_LOCK_INIT;
}

void shadow_ignore(struct shadow_thread *t, enum shadow_ignore what, bool begin)
{
    if (!shadow_world_enter(t))
        return;
    if (begin)
        t->ignores[what]++;
    else if (t->ignores[what])
        t->ignores[what]--;
    t->ignoring = 0;
    for (unsigned i = 0; i < SHADOW_IGNORES; i++)
        if (t->ignores[i])
            t->ignoring |= 1u << i;
    shadow_inline_renew(t); /* decides anew whether the fast paths are its own */
    shadow_world_leave(t);
}
