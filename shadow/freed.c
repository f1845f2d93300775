/*
 * shadow/freed.c - see freed.h. Changed by whole words, 512 bytes of the program each, as malloc and free are hot.
 *
 * `marked` says of each 64 MiB whether a bit was ever set there: most of what is mapped, stacks above all, has none to clear.
 */
#include "shadow/freed.h"

#include <stddef.h>

#include "shadow/block.h"
#include "shadow/finding.h"
#include "shadow/plane.h"
#include "shadow/world.h"

#define UNIT 8u
#define WORD_BITS 64u
#define PART_SHIFT 26

uint8_t *shadow_freed;
static uint8_t marked[1ul << (47 - PART_SHIFT)]; /* atomic; only ever turns 1 */

void shadow_heap_watch(void)
{
    shadow_freed = shadow_plane_reserve_freed();
}

/* The bits of [lo, hi), which lie in one word and are some. */
static uint64_t bits(uintptr_t lo, uintptr_t hi)
{
    return ~0ull >> (WORD_BITS - (hi - lo) / UNIT) << lo / UNIT % WORD_BITS;
}

/* Bits of a word that belong to other blocks may be changed by other threads at the same time. */
static void change(uint64_t *word, uint64_t mask, bool set)
{
    if (mask == ~0ull)
        __atomic_store_n(word, set ? mask : 0, __ATOMIC_RELAXED);
    else if (set)
        __atomic_fetch_or(word, mask, __ATOMIC_RELAXED);
    else if (__atomic_load_n(word, __ATOMIC_RELAXED) & mask)
        __atomic_fetch_and(word, ~mask, __ATOMIC_RELAXED);
}

static void change_all(uintptr_t lo, uintptr_t hi, bool set)
{
    uint64_t *words = (uint64_t *)(void *)shadow_freed;

    for (uintptr_t end; lo < hi; lo = end) {
        end = (lo | (UNIT * WORD_BITS - 1)) + 1;
        end = end < hi ? end : hi;
        change(&words[lo / (UNIT * WORD_BITS)], bits(lo, end), set);
    }
}

void shadow_freed_set(uintptr_t lo, uintptr_t hi)
{
    uintptr_t from = (lo + UNIT - 1) & ~(uintptr_t)(UNIT - 1);
    /* The rest of a small block's last unit belongs to nobody. */
    uintptr_t to = (hi + UNIT - 1) & ~(uintptr_t)(UNIT - 1);

    if (!shadow_freed || hi >> 47)
        return;
    for (uintptr_t part = from >> PART_SHIFT; part <= (to - 1) >> PART_SHIFT; part++)
        if (!__atomic_load_n(&marked[part], __ATOMIC_RELAXED))
            __atomic_store_n(&marked[part], 1, __ATOMIC_RELAXED);
    change_all(from, to, true);
}

void shadow_freed_clear_slow(uintptr_t lo, uintptr_t hi)
{
    uintptr_t border;

    lo &= ~(uintptr_t)(UNIT - 1);
    hi = (hi + UNIT - 1) & ~(uintptr_t)(UNIT - 1);
    for (; lo < hi && !(hi >> 47); lo = border) {
        border = ((lo >> PART_SHIFT) + 1) << PART_SHIFT;
        border = border < hi ? border : hi;
        if (__atomic_load_n(&marked[lo >> PART_SHIFT], __ATOMIC_RELAXED))
            change_all(lo, border, false);
    }
}

void shadow_heap_used(uintptr_t addr, size_t size)
{
    shadow_freed_clear(addr, addr + size);
}

static void free_side(struct report_finding *f, const struct shadow_block *b,
                      const struct shadow_identity *who)
{
    struct report_side *s = shadow_finding_side(f, REPORT_PREVIOUS, REPORT_FREE);

    s->size = (uint32_t)b->size;
    s->addr = b->addr;
    s->thread = b->freer.id;
    s->stack = b->free_stack;
    s->lost = s->stack == 0;
    if (who)
        shadow_finding_thread(f, who);
}

static void emit(struct shadow_thread *t, const struct shadow_block *b, uintptr_t addr, size_t size,
                 unsigned op, const struct base_where *at)
{
    struct report_finding *f = shadow_finding_new(REPORT_HEAP_USE_AFTER_FREE);
    const struct shadow_identity *who = shadow_identity_of(b->freer);
    struct shadow_now now = {
        .addr = addr, .size = size, .op = (uint8_t)op, .stack = shadow_thread_stack(t, at)
    };

    if (!f)
        return;
    f->addr = addr;
    f->size = (uint32_t)size;
    shadow_finding_now(f, t, &now);
    free_side(f, b, who);
    shadow_finding_locate(f, t, who);
    report_emit(f);
    shadow_finding_del(f);
}

void shadow_freed_report(struct shadow_thread *t, uintptr_t addr, size_t size, unsigned op,
                         const struct base_where *at)
{
    struct shadow_block b;

    if (!shadow_world_enter(t))
        return;
    shadow_freed_clear(addr, addr + size);
    if (!t->muted && shadow_block_find(addr, &b) && b.freed)
        emit(t, &b, addr, size, op, at);
    shadow_world_leave(t);
}
