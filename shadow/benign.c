/*
 * shadow/benign.c - see benign.h. A short table under one lock, asked only where a race has been found.
 */
#include "shadow/benign.h"

#include <stddef.h>

#include "base/lock.h"
#include "base/mem.h"
#include "shadow/inline.h"
#include "shadow/range.h"
#include "shadow/sync.h"
#include "shadow/world.h"

#define RANGES 4096u

static struct base_lock lock = BASE_LOCK_INIT; /* protects the table */
static struct {
    uintptr_t lo, hi;
} ranges[RANGES];
uint32_t shadow_benign_count;

/* One of them holds all of [lo, hi). */
static bool has_locked(uintptr_t lo, uintptr_t hi)
{
    for (uint32_t i = 0; i < shadow_benign_count; i++)
        if (lo >= ranges[i].lo && hi <= ranges[i].hi)
            return true;
    return false;
}

void shadow_benign_add(uintptr_t lo, size_t len)
{
    uint32_t n;

    if (!len || lo + len < lo)
        return;
    base_lock_acquire(&lock);
    n = shadow_benign_count;
    if (n < RANGES && !has_locked(lo, lo + len)) {
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
    has = has_locked(addr, addr + 1);
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

/* Takes [lo, hi) out of range i, which may leave a part on either side. */
static void cut_locked(uint32_t i, uintptr_t lo, uintptr_t hi)
{
    uintptr_t end = ranges[i].hi;

    if (ranges[i].lo < lo) {
        ranges[i].hi = lo;
        if (end > hi && shadow_benign_count < RANGES) {
            ranges[shadow_benign_count].lo = hi;
            ranges[shadow_benign_count++].hi = end;
        }
    } else if (end > hi) {
        ranges[i].lo = hi;
    } else {
        ranges[i] = ranges[--shadow_benign_count];
    }
}

/* What was done while nobody looked. Sync words and locks stay what they are. */
static void forget_accesses(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    if (!shadow_covers(lo, hi - lo) || !shadow_world_enter(t))
        return;
    for (uintptr_t x = lo, next; x < hi; x = next) {
        uintptr_t word = shadow_sync_word(x);

        next = (x & ~(uintptr_t)3) + 4 < hi ? (x & ~(uintptr_t)3) + 4 : hi;
        if (!shadow_sync_find_word(&word))
            shadow_range_clear(t, x, next - x);
    }
    shadow_world_leave(t);
}

void shadow_benign_remove(struct shadow_thread *t, uintptr_t lo, size_t len)
{
    uintptr_t hi = lo + len;

    if (!len || hi < lo)
        return;
    base_lock_acquire(&lock);
    for (uint32_t i = shadow_benign_count; i-- > 0;)
        if (ranges[i].lo < hi && ranges[i].hi > lo)
            cut_locked(i, lo, hi);
    base_lock_release(&lock);
    forget_accesses(t, lo, hi);
}

void shadow_benign_fork_child(void)
{
    lock = (struct base_lock)BASE_LOCK_INIT;
}

void shadow_mute(struct shadow_thread *t, bool begin)
{
    if (begin)
        t->muted++;
    else if (t->muted)
        t->muted--;
}

static void changed(struct shadow_thread *t)
{
    t->ignoring = 0;
    for (unsigned i = 0; i < SHADOW_IGNORES; i++)
        if (t->ignores[i])
            t->ignoring |= 1u << i;
    shadow_inline_renew(t); /* decides anew whether the fast paths are its own */
}

void shadow_ignore(struct shadow_thread *t, enum shadow_ignore what, bool begin)
{
    if (!shadow_world_enter(t))
        return;
    if (begin)
        t->ignores[what]++;
    else if (t->ignores[what])
        t->ignores[what]--;
    changed(t);
    shadow_world_leave(t);
}

bool shadow_ignore_pause(struct shadow_thread *t, uint32_t begun[SHADOW_IGNORES])
{
    if (!t->ignoring || !shadow_world_enter(t))
        return false;
    base_mem_copy(begun, t->ignores, sizeof(t->ignores));
    base_mem_set(t->ignores, 0, sizeof(t->ignores));
    changed(t);
    shadow_world_leave(t);
    return true;
}

void shadow_ignore_resume(struct shadow_thread *t, const uint32_t begun[SHADOW_IGNORES])
{
    if (!shadow_world_enter(t))
        return;
    base_mem_copy(t->ignores, begun, sizeof(t->ignores));
    changed(t);
    shadow_world_leave(t);
}
