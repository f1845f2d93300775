/*
 * rewrite/area.c - finds memory by trying: MAP_FIXED_NOREPLACE refuses what is taken, so no map of the process is
 * needed and none can be stale.
 *
 * Stub chunks are 64 KiB or, in tight windows, single pages; kept sorted by address so that a window is answered by
 * a binary search. Owned by the rewriter, start-up only.
 */
#include "rewrite/area.h"

#include <sys/mman.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"

#define PAGE 4096ul
#define CHUNK 65536ul
#define SLOT 8ul
#define REACH                                                                                      \
    0x7ff00000ul /* what a rel32 reaches, with room for the module's own size left to the caller */
#define STEP (16ul << 20)
#define MAX_CHUNKS 8192

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

struct chunk {
    uintptr_t lo;
    uint32_t size;
    bool sealed;                      /* RX: made RW again when a later module takes a slot */
    uint32_t page_next[CHUNK / PAGE]; /* bytes used from the start of each page */
};

static struct chunk *chunks[MAX_CHUNKS]; /* by address */
static unsigned nchunks;
static uintptr_t out_lo, out_hi; /* kept free */

void area_keep_out(uintptr_t lo, uintptr_t hi)
{
    out_lo = lo;
    out_hi = hi;
}

static uintptr_t try_map(uintptr_t at, size_t size)
{
    uintptr_t got;

    if (at < 0x10000 || at + size > 0x7ffffffff000ul || (at < out_hi && at + size > out_lo))
        return 0;
    got = base_sys_mmap(at, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (base_sys_failed(got))
        return 0;
    if (got != at) { /* a kernel before 4.17 takes the address as a hint */
        base_sys_munmap(got, size);
        return 0;
    }
    return got;
}

uintptr_t area_map_near(uintptr_t lo, uintptr_t hi, size_t size)
{
    uintptr_t first = hi > REACH ? hi - REACH : 0, last = lo + REACH, got;

    size = (size + PAGE - 1) & ~(PAGE - 1);
    for (uintptr_t at = (lo - size - STEP) & ~(STEP - 1); at > first && at < lo; at -= STEP)
        if ((got = try_map(at, size)))
            return got;
    for (uintptr_t at = (hi + 2 * STEP) & ~(STEP - 1); at + size < last; at += STEP)
        if ((got = try_map(at, size)))
            return got;
    return 0;
}

static unsigned first_chunk_above(uintptr_t lo)
{
    unsigned a = 0, b = nchunks;

    while (a < b) {
        unsigned mid = (a + b) / 2;

        if (chunks[mid]->lo + chunks[mid]->size <= lo)
            a = mid + 1;
        else
            b = mid;
    }
    return a;
}

static uintptr_t take_slot(struct chunk *c, uintptr_t lo, uintptr_t hi, bool fresh)
{
    for (unsigned i = 0; i < c->size / PAGE; i++) {
        uintptr_t page = c->lo + i * PAGE, at = page + c->page_next[i];

        if (at < lo) /* skipped slots are lost: windows this narrow are rare */
            at = (lo + SLOT - 1) & ~(SLOT - 1);
        if (!c->page_next[i] && !fresh)
            continue;
        if (at < page || at + SLOT > page + PAGE || at + SLOT > hi)
            continue;
        if (c->sealed && base_sys_mprotect(c->lo, c->size, PROT_READ | PROT_WRITE) < 0)
            return 0;
        c->sealed = false;
        c->page_next[i] = (uint32_t)(at + SLOT - page);
        return at;
    }
    return 0;
}

static struct chunk *add_chunk(uintptr_t at, uint32_t size)
{
    struct chunk *c = nchunks < MAX_CHUNKS ? base_arena_alloc(sizeof(*c)) : NULL;
    unsigned i;

    if (!c || !try_map(at, size))
        return NULL;
    c->lo = at;
    c->size = size;
    i = first_chunk_above(at);
    base_mem_move(&chunks[i + 1], &chunks[i], (nchunks - i) * sizeof(chunks[0]));
    chunks[i] = c;
    nchunks++;
    return c;
}

/* A new chunk that overlaps [lo, hi): 64 KiB at a few places, then single pages. */
static struct chunk *new_chunk(uintptr_t lo, uintptr_t hi)
{
    uintptr_t step = (hi - lo) / 8 > CHUNK ? ((hi - lo) / 8) & ~(CHUNK - 1) : CHUNK;
    struct chunk *c;

    for (uintptr_t at = lo & ~(CHUNK - 1); at < hi; at += step)
        if ((c = add_chunk(at, CHUNK)))
            return c;
    if (hi - lo > CHUNK)
        return NULL;
    for (uintptr_t at = lo & ~(PAGE - 1); at < hi; at += PAGE)
        if ((c = add_chunk(at, PAGE)))
            return c;
    return NULL;
}

uintptr_t area_stub(uintptr_t lo, uintptr_t hi, bool fresh)
{
    struct chunk *c;
    uintptr_t at;

    for (unsigned i = first_chunk_above(lo); i < nchunks && chunks[i]->lo < hi; i++)
        if ((at = take_slot(chunks[i], lo, hi, fresh)))
            return at;
    c = fresh ? new_chunk(lo, hi) : NULL;
    return c ? take_slot(c, lo, hi, true) : 0;
}

bool area_has(uintptr_t pc)
{
    unsigned i = first_chunk_above(pc);

    return i < nchunks && pc >= chunks[i]->lo;
}

void area_seal_stubs(void)
{
    for (unsigned i = 0; i < nchunks; i++)
        if (!chunks[i]->sealed)
            chunks[i]->sealed =
                base_sys_mprotect(chunks[i]->lo, chunks[i]->size, PROT_READ | PROT_EXEC) == 0;
}

size_t area_stub_bytes(void)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < nchunks; i++)
        for (unsigned p = 0; p < chunks[i]->size / PAGE; p++)
            bytes += chunks[i]->page_next[p] ? PAGE : 0;
    return bytes;
}

size_t area_stub_maps(void)
{
    return nchunks;
}
