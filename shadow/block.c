/*
 * shadow/block.c - the table of blocks, without a lock between malloc and free.
 *
 *      address  46        34 33      22 21              0
 *               top (4096)   mid (4096)  leaf: at[] every 16 bytes, odd[] the same for addresses that are 8 modulo 16,
 *                                              over[] every 64 KiB: the block that this border lies in
 *
 * An entry is the number of a record, 0: none. A freed block's record stays until its memory is allocated again. Only
 * the thread that allocates or frees a block writes its record and its entries, so that they need no lock; a program
 * that frees twice at once spoils facts, not the table. Who looks for a finding may meet a record in the making: addr is
 * written last and looked at twice. pool_lock protects the list of unused records, of which each thread keeps a few.
 */
#include "shadow/block.h"

#include <errno.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"

#define LEAF_SHIFT 22
#define MID_SHIFT 34
#define FAN 4096u
#define EVERY 16u /* bytes an entry */
#define BORDER 65536u
#define CHUNK 4096u
#define CHUNKS 16384u
#define SPARE 64u

struct leaf {
    uint32_t at[(1u << LEAF_SHIFT) / EVERY];
    uint32_t over[(1u << LEAF_SHIFT) / BORDER];
    uint32_t *odd; /* NULL: none yet; atomic */
};

struct record {
    uintptr_t addr; /* 0: unused, or in the making; atomic */
    size_t size;
    struct shadow_ticket owner, freer;
    uint32_t stack, free_stack;
    uint32_t next : 31; /* while unused */
    uint32_t freed : 1;
};

static struct leaf ***tops;           /* atomic pointers at each level */
static struct record *chunks[CHUNKS]; /* atomic */
static struct base_lock pool_lock =
    BASE_LOCK_INIT; /* protects the two below, and the making of chunks */
static uint32_t pool_first;
static uint32_t pool_made = 1; /* number 0 is none */

int shadow_block_init(void)
{
    tops = base_arena_alloc((1ul << 47 >> MID_SHIFT) * sizeof(*tops));
    return tops ? 0 : -ENOMEM;
}

/* ---- entries ------------------------------------------------------------------------------------------- */

/* What *slot points to; where it is NULL and make is true a new one of that size. NULL: none. */
static void *child(void *slot, bool make, size_t size)
{
    void **at = slot, *old = __atomic_load_n(at, __ATOMIC_ACQUIRE), *fresh;

    if (__builtin_expect(old != NULL, 1) || !make)
        return old;
    fresh = base_arena_alloc(size);
    /* Whoever comes second leaves its untouched memory to the arena. */
    if (fresh &&
        __atomic_compare_exchange_n(at, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    return old;
}

static struct leaf *leaf_of(uintptr_t addr, bool make)
{
    struct leaf **mid;

    if (addr >> 47)
        return NULL;
    mid = child(&tops[addr >> MID_SHIFT], make, FAN * sizeof(*mid));
    return mid ? child(&mid[addr >> LEAF_SHIFT & (FAN - 1)], make, sizeof(struct leaf)) : NULL;
}

static uint32_t entry_of(uintptr_t addr)
{
    return (addr & ((1u << LEAF_SHIFT) - 1)) / EVERY;
}

/* Where the number of a block that starts at addr stands; NULL: nowhere. */
static uint32_t *slot_of(uintptr_t addr, bool make)
{
    struct leaf *leaf = addr & 7 ? NULL : leaf_of(addr, make);
    uint32_t *odd;

    if (!leaf || !(addr & 8))
        return leaf ? &leaf->at[entry_of(addr)] : NULL;
    odd = child(&leaf->odd, make, sizeof(leaf->at));
    return odd ? &odd[entry_of(addr)] : NULL;
}

/* ---- records ------------------------------------------------------------------------------------------- */

static struct record *record(uint32_t number)
{
    return &__atomic_load_n(&chunks[number / CHUNK], __ATOMIC_ACQUIRE)[number % CHUNK];
}

/* One never used before; 0: no memory. */
static uint32_t make_locked(void)
{
    struct record **chunk = &chunks[pool_made / CHUNK];

    if (pool_made >= CHUNK * CHUNKS || !child(chunk, true, CHUNK * sizeof(**chunk)))
        return 0;
    return pool_made++;
}

static void refill(struct shadow_thread *t)
{
    base_lock_acquire(&pool_lock);
    while (t->nblocks < SPARE / 2) {
        uint32_t number = pool_first;

        if (number)
            pool_first = record(number)->next;
        else
            number = make_locked();
        if (!number)
            break;
        record(number)->next = t->blocks;
        t->blocks = number;
        t->nblocks++;
    }
    base_lock_release(&pool_lock);
}

static uint32_t take_record(struct shadow_thread *t)
{
    uint32_t number;

    if (!t->blocks)
        refill(t);
    number = t->blocks;
    if (number) {
        t->blocks = record(number)->next;
        t->nblocks--;
    }
    return number;
}

/* Half of what t keeps goes back. */
static void give_half(struct shadow_thread *t)
{
    uint32_t first = t->blocks;
    struct record *last = record(first);

    for (uint32_t i = 1; i < SPARE / 2; i++)
        last = record(last->next);
    t->blocks = last->next;
    t->nblocks -= SPARE / 2;
    base_lock_acquire(&pool_lock);
    last->next = pool_first;
    pool_first = first;
    base_lock_release(&pool_lock);
}

static void put_record(struct shadow_thread *t, uint32_t number)
{
    struct record *r = record(number);

    __atomic_store_n(&r->addr, 0, __ATOMIC_RELAXED);
    r->next = t->blocks;
    t->blocks = number;
    if (++t->nblocks >= SPARE)
        give_half(t);
}

/* ---- malloc and free ------------------------------------------------------------------------------------- */

static void clear_entries(struct shadow_thread *t, uint32_t *at, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (at[i]) {
            uint32_t number = at[i];

            at[i] = 0;
            put_record(t, number);
        }
}

/* Blocks that once started inside [lo, hi), within one leaf. Both ends are multiples of EVERY. */
static void clear_inside(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    struct leaf *leaf = leaf_of(lo, false);
    uint32_t first = entry_of(lo), n = (uint32_t)((hi - lo) / EVERY), *odd;

    if (!leaf)
        return;
    clear_entries(t, &leaf->at[first], n);
    odd = __atomic_load_n(&leaf->odd, __ATOMIC_ACQUIRE);
    if (odd)
        clear_entries(t, &odd[first], n);
}

/* The 16 bytes in which the block ends may be another's start. */
static void clear(struct shadow_thread *t, uintptr_t addr, size_t size)
{
    uintptr_t lo = (addr + EVERY) & ~(uintptr_t)(EVERY - 1),
              end = (addr + size) & ~(uintptr_t)(EVERY - 1);
    uintptr_t border = (lo | ((1u << LEAF_SHIFT) - 1)) + 1;

    if (lo >= end)
        return;
    clear_inside(t, lo, end < border ? end : border);
    if (border < end)
        clear_inside(t, border, end);
}

/* Each border inside the block names it. */
static void cross(uintptr_t addr, size_t size, uint32_t number)
{
    for (uintptr_t x = (addr | (BORDER - 1)) + 1; x < addr + size; x += BORDER) {
        struct leaf *leaf = leaf_of(x, true);

        if (leaf)
            __atomic_store_n(&leaf->over[(x & ((1u << LEAF_SHIFT) - 1)) / BORDER], number,
                             __ATOMIC_RELAXED);
    }
}

static void describe(struct record *r, const struct shadow_block *b)
{
    __atomic_store_n(&r->addr, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* pairs with the fence in look() */
    r->size = b->size;
    r->owner = b->owner;
    r->stack = b->stack;
    r->freed = false;
    __atomic_store_n(&r->addr, b->addr, __ATOMIC_RELEASE);
}

void shadow_block_enter(struct shadow_thread *t, uintptr_t addr, size_t size, uint32_t stack)
{
    struct shadow_block b = {
        .addr = addr, .size = size, .owner = shadow_identity_ticket(t->identity), .stack = stack
    };
    uint32_t *slot = slot_of(addr, true), number;

    if (!slot)
        return;
    number = *slot ? *slot : take_record(t);
    if (!number)
        return;
    describe(record(number), &b);
    __atomic_store_n(slot, number, __ATOMIC_RELEASE); /* look() */
    if (size <= SHADOW_BLOCK_SMALL)
        clear(t, addr, size);
    if ((addr ^ (addr + size)) >= BORDER)
        cross(addr, size, number);
}

bool shadow_block_leave(uintptr_t addr, struct shadow_block *out)
{
    uint32_t *slot = slot_of(addr, false), number = slot ? *slot : 0;
    struct record *r;

    if (!number)
        return false;
    r = record(number);
    if (r->freed || r->addr != addr)
        return false;
    *out = (struct shadow_block){
        .addr = addr, .size = r->size, .owner = r->owner, .stack = r->stack
    };
    r->free_stack = 0;
    r->freed = true;
    return true;
}

void shadow_block_freed_at(struct shadow_thread *t, uintptr_t addr, uint32_t stack)
{
    uint32_t *slot = slot_of(addr, false), number = slot ? *slot : 0;

    if (!number || record(number)->addr != addr)
        return;
    record(number)->freer = shadow_identity_ticket(t->identity);
    record(number)->free_stack = stack;
}

/* ---- looking --------------------------------------------------------------------------------------------- */

/* The record of that number as it is now; false: it does not contain addr, or is in the making. */
static bool look(uint32_t number, uintptr_t addr, struct shadow_block *out)
{
    const struct record *r;

    if (!number)
        return false;
    r = record(number);
    out->addr = __atomic_load_n(&r->addr, __ATOMIC_ACQUIRE); /* describe() */
    out->size = r->size;
    out->owner = r->owner;
    out->stack = r->stack;
    out->freer = r->freer;
    out->free_stack = r->free_stack;
    out->freed = r->freed;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return out->addr && addr >= out->addr && addr - out->addr < out->size &&
           __atomic_load_n(&r->addr, __ATOMIC_RELAXED) == out->addr;
}

/* As look(), and true only for a living block; *dead becomes the first freed one. */
static bool living(const uint32_t *slot, uintptr_t addr, struct shadow_block *out,
                   struct shadow_block *dead)
{
    if (!slot || !look(__atomic_load_n(slot, __ATOMIC_ACQUIRE), addr, out))
        return false;
    if (out->freed && !dead->freed)
        *dead = *out;
    return !out->freed;
}

bool shadow_block_find(uintptr_t addr, struct shadow_block *out)
{
    uintptr_t border = addr & ~(uintptr_t)(BORDER - 1);
    struct leaf *leaf = leaf_of(addr, false);
    struct shadow_block b, dead = { .freed = false };
    bool found = false;

    if (!leaf)
        return false;
    for (uintptr_t x = (addr & ~(uintptr_t)7) + 8; x > border && !found;) {
        x -= 8;
        found = living(slot_of(x, false), addr, &b, &dead);
    }
    if (!found)
        found = living(&leaf->over[(addr & ((1u << LEAF_SHIFT) - 1)) / BORDER], addr, &b, &dead);
    if (found || dead.freed)
        *out = found ? b : dead;
    return found || dead.freed;
}

void shadow_block_fork_child(void)
{
    pool_lock = (struct base_lock)BASE_LOCK_INIT;
}
