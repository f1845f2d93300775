/*
 * rewrite/lazy.c - regions of stubs with their slots behind them, made whole and sealed before the first is used.
 *
 *      region:  thunk | stub 1 | stub 2 | ...     RX        slots: - | slot 1 | slot 2 | ...     RW
 */
#include "rewrite/lazy.h"

#include <sys/mman.h>

#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/area.h"

#define STUB 32ul
#define STUBS 4096u   /* of a region, where the module's own number was not enough */
#define FIRST_BYTES 6 /* jmp *target */
#define MAX_REGIONS 4096

struct region {
    uintptr_t at;
    uint32_t max, used, module;
    bool gone;
};

static struct region regions[MAX_REGIONS];
static uint32_t nregions;                 /* published: read by region_of() without the lock */
static uint32_t last_of[REWRITE_MODULES]; /* the region a module takes stubs from, + 1 */

static size_t code_bytes(uint32_t stubs)
{
    return (stubs * STUB + CODE_PAGE - 1) & ~(CODE_PAGE - 1);
}

static struct lazy_slot *slot_at(const struct region *r, uint32_t i)
{
    return (struct lazy_slot *)(r->at + code_bytes(r->max)) + i;
}

static void write_stub(uint8_t *at, const struct lazy_slot *slot, uintptr_t thunk)
{
    int32_t to_slot = (int32_t)((uintptr_t)slot - (uintptr_t)(at + FIRST_BYTES));
    int32_t to_thunk = (int32_t)(thunk - (uintptr_t)(at + LAZY_CALL));

    base_mem_copy(at, "\xff\x25", 2);
    base_mem_copy(at + 2, &to_slot, 4);
    base_mem_copy(at + 6, "\x48\x8d\x64\x24\x80\xe8", 6);
    base_mem_copy(at + 12, &to_thunk, 4);
    base_mem_copy(at + LAZY_CALL, "\x48\x8d\xa4\x24\x80\x00\x00\x00\xeb\xe6", 10);
}

static void write_region(const struct region *r, uintptr_t resolver)
{
    base_mem_copy((uint8_t *)r->at, "\xff\x25\x00\x00\x00\x00", FIRST_BYTES); /* jmp *0(%rip) */
    base_mem_copy((uint8_t *)r->at + FIRST_BYTES, &resolver, sizeof(resolver));
    for (uint32_t i = 1; i < r->max; i++)
        write_stub((uint8_t *)r->at + i * STUB, slot_at(r, i), r->at);
}

/* Index of a place in the table that nobody uses, or MAX_REGIONS. */
static uint32_t free_region(void)
{
    uint32_t i = 0;

    while (i < nregions && !regions[i].gone)
        i++;
    return i;
}

bool lazy_prepare(const struct module *m, uint32_t stubs, uintptr_t resolver)
{
    struct region r = { 0, stubs + 1, 1, m->number, false };
    size_t size = 2 * code_bytes(r.max);
    uint32_t i = free_region();

    if (i == MAX_REGIONS)
        return false;
    r.at = area_reserve_near(m->bias + m->span.lo, m->bias + m->span.hi, size);
    if (!r.at || base_sys_mprotect(r.at, size, PROT_READ | PROT_WRITE) < 0)
        return false;
    base_sys_populate((const void *)r.at, size);
    write_region(&r, resolver);
    base_sys_mprotect(r.at, size / 2, PROT_READ | PROT_EXEC);
    regions[i] = r;
    last_of[m->number] = i + 1;
    if (i == nregions)
        __atomic_store_n(&nregions, i + 1, __ATOMIC_RELEASE); /* partner: the load in region_of() */
    return true;
}

uintptr_t lazy_stub(const struct module *m, uint32_t off, uintptr_t resolver)
{
    struct region *r = &regions[last_of[m->number] - 1];
    uintptr_t stub;

    if (r->used == r->max) {
        if (!lazy_prepare(m, STUBS, resolver))
            return 0;
        r = &regions[last_of[m->number] - 1];
    }
    stub = r->at + r->used * STUB;
    *slot_at(r, r->used++) = (struct lazy_slot){ stub + FIRST_BYTES, off, m->number };
    return stub;
}

static struct region *region_of(uintptr_t pc)
{
    uint32_t n = __atomic_load_n(&nregions, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < n; i++)
        if (pc - regions[i].at < regions[i].max * STUB && !regions[i].gone)
            return &regions[i];
    return NULL;
}

struct lazy_slot *lazy_slot(uintptr_t stub)
{
    const struct region *r = region_of(stub);

    return r ? slot_at(r, (uint32_t)((stub - r->at) / STUB)) : NULL;
}

void lazy_lead(uintptr_t stub, uintptr_t target)
{
    /* Release: who jumps through it finds the copy's bytes and tables written. */
    __atomic_store_n(&lazy_slot(stub)->target, target, __ATOMIC_RELEASE);
}

bool lazy_leads(uintptr_t stub)
{
    return lazy_slot(stub)->target != stub + FIRST_BYTES;
}

void lazy_release(uint32_t module)
{
    for (uint32_t i = 0; i < nregions; i++)
        if (regions[i].module == module && !regions[i].gone) {
            regions[i].gone = true;
            base_sys_munmap(regions[i].at, 2 * code_bytes(regions[i].max));
        }
    last_of[module] = 0;
}
