/*
 * rewrite/area.c - finds memory by trying: MAP_FIXED_NOREPLACE refuses what is taken, so no map of the process is
 * needed and none can be stale.
 *
 * A stub is a jump in a slot of 8 bytes that must lie in a given window; windows are all over the address space, so that
 * most hold one stub. Chunks (64 KiB, or a page where no more is free) are mapped where windows are, and many of them
 * are the same 64 KiB of memory, a group: a slot is used by one of the chunks of its group and dead bytes in the others.
 *
 *      chunk at 0x55..a0000 ──┐
 *      chunk at 0x56..10000 ──┼──► group: 64 KiB, 8,192 slots, each taken once
 *      page  at 0x56..f3000 ──┘
 *
 * Chunks are kept sorted by address, so that a window is answered by a binary search. Readers without the lock look
 * again where the writer's count says that the array was being changed.
 */
#include "rewrite/area.h"

#include <sys/mman.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/code.h"

#define PAGE CODE_PAGE
#define CHUNK 65536ul
#define SLOT 8ul
#define SLOTS (CHUNK / SLOT)
#define FULL (SLOTS / 2) /* then a group gets no more chunks: some windows are 32 slots */
#define STRIDE                                                                                     \
    1031 /* slots; prime: wide windows take them all over the group, so that narrow ones find some */
/* What a rel32 reaches, with room for the module's own size left to the caller. */
#define REACH 0x7ff00000ul
#define STEP (16ul << 20)
#define ASIDE 0x6b5000ul /* programs ask for round addresses: ours are none */
#define MAX_CHUNKS 4096

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct group {
    struct code_memory code;
    uint32_t taken, next; /* next: where the search goes on in a wide window */
    uint8_t used[SLOTS / 8];
};

struct chunk {
    uintptr_t lo;
    uint32_t size;
    uint32_t from; /* offset in its group */
    struct group *group;
};

static struct chunk chunks[MAX_CHUNKS]; /* by address */
static uint32_t nchunks, changes;       /* changes: odd while the array is moved */
static struct group *newest;
static size_t group_bytes;
static uintptr_t out_lo, out_hi; /* kept free */

void area_keep_out(uintptr_t lo, uintptr_t hi)
{
    out_lo = lo;
    out_hi = hi;
}

static bool reserve(uintptr_t at, size_t size)
{
    uintptr_t got;

    if (at < 0x10000 || at + size > 0x7ffffffff000ul || (at < out_hi && at + size > out_lo))
        return false;
    got = base_sys_mmap(at, size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (base_sys_failed(got))
        return false;
    if (got != at) /* a kernel before 4.17 takes the address as a hint */
        base_sys_munmap(got, size);
    return got == at;
}

uintptr_t area_reserve_near(uintptr_t lo, uintptr_t hi, size_t size)
{
    uintptr_t first = hi > REACH ? hi - REACH : 0, last = lo + REACH;

    size = (size + PAGE - 1) & ~(PAGE - 1);
    for (uintptr_t at = (lo - size - 2 * STEP) & ~(STEP - 1); at > first && at < lo; at -= STEP)
        if (reserve(at + ASIDE, size))
            return at + ASIDE;
    for (uintptr_t at = (hi + 2 * STEP) & ~(STEP - 1); at + ASIDE + size < last; at += STEP)
        if (reserve(at + ASIDE, size))
            return at + ASIDE;
    return 0;
}

/* Index of the first chunk that ends above lo. */
static uint32_t first_chunk_above(uintptr_t lo)
{
    uint32_t a = 0, b = nchunks;

    while (a < b) {
        uint32_t mid = (a + b) / 2;

        if (chunks[mid].lo + chunks[mid].size <= lo)
            a = mid + 1;
        else
            b = mid;
    }
    return a;
}

static bool write_jump(const struct code_memory *code, uintptr_t at, uintptr_t target)
{
    int64_t rel = (int64_t)(target - (at + 5));
    uint8_t jump[SLOT] = { 0xE9, 0, 0, 0, 0, 0xCC, 0xCC, 0xCC };
    int32_t rel32 = (int32_t)rel;

    if (rel != rel32 || code_open(code, at, SLOT) < 0)
        return false;
    base_mem_copy(jump + 1, &rel32, 4);
    base_mem_copy((uint8_t *)at + code->alias, jump, SLOT);
    code_close(code, at, SLOT);
    return true;
}

/* The alias belongs to the address where the group was mapped first; for this chunk the distance is another. */
static bool fill_slot(const struct chunk *c, uintptr_t at, uintptr_t target)
{
    struct code_memory view = c->group->code;

    if (view.alias)
        view.alias += (intptr_t)(view.at - (c->lo - c->from));
    return write_jump(&view, at, target);
}

/* The first free slot of [from, to), or `to`. */
static uint32_t free_slot(const struct group *g, uint32_t from, uint32_t to)
{
    while (from < to && g->used[from / 8] >> (from % 8) & 1)
        from++;
    return from;
}

static uintptr_t take_slot(const struct chunk *c, uintptr_t lo, uintptr_t hi, uintptr_t target)
{
    struct group *g = c->group;
    uintptr_t base = c->lo - c->from, end = c->lo + c->size < hi ? c->lo + c->size : hi;
    uint32_t from = (uint32_t)(((lo > c->lo ? lo : c->lo) - base + SLOT - 1) / SLOT), slot;
    uint32_t to = (uint32_t)((end - base) / SLOT);

    if (g->code.family != code_family() || from >= to)
        return 0;
    slot = g->next > from && g->next < to ? free_slot(g, g->next, to) : to;
    if (slot == to)
        slot = free_slot(g, from, to);
    if (slot == to || !fill_slot(c, base + slot * SLOT, target))
        return 0;
    g->used[slot / 8] |= (uint8_t)(1u << (slot % 8));
    g->taken++;
    g->next = (slot + STRIDE) % SLOTS;
    return base + slot * SLOT;
}

static void insert(const struct chunk *c)
{
    uint32_t i = first_chunk_above(c->lo);

    __atomic_store_n(&changes, changes + 1,
                     __ATOMIC_SEQ_CST); /* partners: both loads in area_has() */
    for (uint32_t k = nchunks; k > i; k--)
        chunks[k] = chunks[k - 1];
    chunks[i] = *c;
    nchunks++;
    __atomic_store_n(&changes, changes + 1, __ATOMIC_SEQ_CST);
}

static struct group *new_group(uintptr_t at)
{
    struct group *g = base_arena_alloc(sizeof(*g));

    if (!g || code_map(&g->code, at, CHUNK) < 0)
        return NULL;
    group_bytes += CHUNK;
    if (g->code.alias)
        newest = g;
    return g;
}

static bool shareable(const struct group *g)
{
    return g && g->code.family == code_family() && g->taken < FULL;
}

/* 64 KiB at `at`, or the one page there. */
static bool add_chunk(uintptr_t at, uint32_t size, struct chunk *c)
{
    if (nchunks == MAX_CHUNKS || (size < CHUNK && !shareable(newest)) || !reserve(at, size))
        return false;
    *c = (struct chunk){ at, size, 0, newest };
    if (size < CHUNK) { /* any page of the group does: its place in the chunk spreads them */
        struct code_memory page = newest->code;

        c->from = (uint32_t)(at & (CHUNK - 1));
        page.at += c->from;
        page.size = PAGE;
        if (!code_map_again(&page, at))
            return false;
    } else if (!shareable(newest) || !code_map_again(&newest->code, at)) {
        c->group = new_group(at);
    }
    if (!c->group)
        return false;
    insert(c);
    return true;
}

/* A new chunk that overlaps [lo, hi), and a slot in it: 64 KiB at a few places, then single pages. */
static uintptr_t new_slot(uintptr_t lo, uintptr_t hi, uintptr_t target)
{
    uintptr_t step = hi - lo > 8 * CHUNK ? ((hi - lo) / 8) & ~(CHUNK - 1) : CHUNK, got;
    struct chunk c;

    for (uintptr_t at = lo & ~(PAGE - 1); at < hi; at += step)
        if (add_chunk(at, CHUNK, &c) && (got = take_slot(&c, lo, hi, target)))
            return got;
    step = hi - lo > 8 * PAGE ? ((hi - lo) / 8) & ~(PAGE - 1) : PAGE;
    for (uintptr_t at = lo & ~(PAGE - 1); at < hi; at += step)
        if (add_chunk(at, PAGE, &c) && (got = take_slot(&c, lo, hi, target)))
            return got;
    return 0;
}

uintptr_t area_stub(uintptr_t lo, uintptr_t hi, uintptr_t target, bool fresh)
{
    uintptr_t at;

    for (uint32_t i = first_chunk_above(lo); i < nchunks && chunks[i].lo < hi; i++)
        if ((at = take_slot(&chunks[i], lo, hi, target)))
            return at;
    return fresh ? new_slot(lo, hi, target) : 0;
}

bool area_has(uintptr_t pc)
{
    uint32_t before, i;
    bool has;

    do {
        before = __atomic_load_n(&changes, __ATOMIC_SEQ_CST) & ~1u;
        i = first_chunk_above(pc);
        has = i < nchunks && pc >= chunks[i].lo;
    } while (__atomic_load_n(&changes, __ATOMIC_SEQ_CST) != before);
    return has;
}

size_t area_stub_bytes(void)
{
    return group_bytes;
}

size_t area_stub_maps(void)
{
    return nchunks;
}
