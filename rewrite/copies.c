/*
 * rewrite/copies.c - areas of copies, each with an index of the copies in it; the table of sites.
 *
 * An area's index is ascending because both its parts are filled upwards. The count is published last, so that a
 * reader without the lock (a signal handler, the cold path) sees whole entries.
 */
#include "rewrite/copies.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/area.h"
#include "rewrite/lazy.h"

#define THUNKS_BYTES (4 * COPIES_THUNK)
#define MAX_AREAS 8192
#define MAX_SITES (1u << 25)
#define LEAST_AREA (256ul << 10)
#define MANY_TEXT (16ul << 20)
#define AHEAD (64ul << 10)
#define COPY_LEAST 16 /* bytes of code of a unit and its cold stubs, at the least */

static struct copy_area *areas[MAX_AREAS]; /* entries may be NULL: unloaded */
static uint32_t nareas;                    /* published */
static struct rewrite_site *sites;
static uint32_t nsites, sites_ready; /* sites_ready: their pages are there */

/* Two whole parts, at least as large. */
static size_t rounded(size_t size)
{
    return (size + 2 * CODE_PAGE - 1) & ~(2 * CODE_PAGE - 1);
}

/* Copies are about 4 times the text of which there are any; of large modules most is never run. */
static size_t area_size(const struct module *m)
{
    size_t text = m->span.hi - m->span.lo;
    size_t size = text <= MANY_TEXT ? 8 * text : 8 * MANY_TEXT + 2 * (text - MANY_TEXT);

    size = m->area ? size / 4 : size; /* a forked child, or more than was thought */
    return rounded(size < LEAST_AREA ? LEAST_AREA : size);
}

static void put_thunk(uint8_t *at, uintptr_t target)
{
    base_mem_copy(at, "\xff\x25\x00\x00\x00\x00", 6); /* jmp *0(%rip) */
    base_mem_copy(at + 6, &target, 8);
    base_mem_copy(at + 14, "\xcc\xcc", 2);
}

static int write_thunks(const struct copy_area *a, const struct rewrite_runtime *rt)
{
    uint8_t *at = (uint8_t *)a->code.at + a->code.alias;
    int ret = code_open(&a->code, a->code.at, THUNKS_BYTES);

    if (ret < 0)
        return ret;
    put_thunk(at, rt->cold);
    put_thunk(at + COPIES_THUNK, rt->cold_dead);
    put_thunk(at + 2 * COPIES_THUNK, rt->strip);
    code_close(&a->code, a->code.at, THUNKS_BYTES);
    return 0;
}

static void divide(struct copy_area *a)
{
    a->thunk = a->code.at;
    a->hot = a->code.at + THUNKS_BYTES;
    a->hot_end = a->cold = a->code.at + a->code.size / 2 / CODE_PAGE * CODE_PAGE;
    a->cold_end = a->code.at + a->code.size;
}

static struct copy_area *map_area(const struct module *m, size_t size,
                                  const struct rewrite_runtime *rt)
{
    struct copy_area *a = base_arena_alloc(sizeof(*a));
    uintptr_t at = a ? area_reserve_near(m->bias + m->span.lo, m->bias + m->span.hi, size) : 0;

    if (!at || code_map(&a->code, at, size) < 0)
        return NULL;
    a->max = (uint32_t)(size / 2 / COPY_LEAST);
    a->index = base_sys_pages(a->max * sizeof(a->index[0]));
    if (!a->index || write_thunks(a, rt) < 0) {
        code_unmap(&a->code);
        return NULL;
    }
    a->module = m;
    divide(a);
    return a;
}

static struct copy_area *new_area(struct module *m, size_t size, const struct rewrite_runtime *rt)
{
    struct copy_area *a = nareas < MAX_AREAS ? map_area(m, size, rt) : NULL;

    if (!a)
        return NULL;
    m->area = a;
    areas[nareas] = a;
    __atomic_store_n(&nareas, nareas + 1, __ATOMIC_RELEASE); /* partner: the load in copy_at() */
    return a;
}

static bool fits(const struct copy_area *a, size_t hot, size_t cold)
{
    return a && a->code.family == code_family() && a->count + 2 < a->max &&
           hot <= a->hot_end - a->hot && cold <= a->cold_end - a->cold;
}

/* Has the pages that are about to be written ready, many at a time. */
static void prepare(const struct copy_area *a, uintptr_t from, uintptr_t end, uintptr_t *ready,
                    size_t need)
{
    uintptr_t lo = *ready > from ? *ready : from & ~(CODE_PAGE - 1);
    uintptr_t hi = (from + need + AHEAD) & ~(CODE_PAGE - 1);

    if (!a->code.alias || from + need <= *ready)
        return;
    hi = hi < end ? hi : end;
    base_sys_populate((const void *)(lo + (uintptr_t)a->code.alias), hi - lo);
    base_sys_populate_read((const void *)lo, hi - lo);
    *ready = hi;
}

struct copy_area *copies_room(struct module *m, size_t hot, size_t cold,
                              const struct rewrite_runtime *rt)
{
    size_t size = area_size(m), least = rounded(2 * ((hot > cold ? hot : cold) + 4 * CODE_PAGE));
    struct copy_area *a;

    if (fits(m->area, hot, cold)) {
        prepare(m->area, m->area->hot, m->area->hot_end, &m->area->hot_ready, hot);
        prepare(m->area, m->area->cold, m->area->cold_end, &m->area->cold_ready, cold);
        return m->area;
    }
    a = new_area(m, size < least ? least : size, rt);
    return a ? a : new_area(m, least, rt);
}

void copies_publish(struct copy_area *a, struct unit_copy *c)
{
    a->hot = c->hot_end;
    a->cold = c->cold_end;
    a->index[a->count] = c;
    __atomic_store_n(&a->count, a->count + 1,
                     __ATOMIC_RELEASE); /* partner: the load in copy_at() */
}

void copies_release(struct module *m)
{
    for (uint32_t i = 0; i < nareas; i++)
        if (areas[i] && areas[i]->module == m) {
            struct copy_area *a = areas[i];

            __atomic_store_n(&areas[i], NULL, __ATOMIC_RELEASE);
            code_unmap(&a->code);
        }
    m->area = NULL;
}

struct rewrite_site *copies_sites(uint32_t n, uint32_t *first)
{
    if (!sites)
        sites = base_sys_pages(MAX_SITES * sizeof(sites[0]));
    if (!sites || n > MAX_SITES - nsites)
        return NULL;
    *first = nsites;
    nsites += n;
    if (nsites > sites_ready) {
        base_sys_populate(&sites[sites_ready], (nsites - sites_ready) * sizeof(sites[0]) + AHEAD);
        sites_ready = nsites + AHEAD / sizeof(sites[0]);
    }
    return &sites[*first];
}

const struct rewrite_site *rewrite_site(uint32_t number)
{
    return &sites[number];
}

/* ---- from an address in a copy ----------------------------------------------------------------------------- */

static const struct copy_area *area_at(uintptr_t pc)
{
    uint32_t n = __atomic_load_n(&nareas, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < n; i++) {
        const struct copy_area *a = __atomic_load_n(&areas[i], __ATOMIC_ACQUIRE);

        if (a && pc - a->code.at < a->code.size)
            return a;
    }
    return NULL;
}

/* The copy whose checked part, or cold part, holds pc. */
static const struct unit_copy *copy_at(const struct copy_area *a, uintptr_t pc, bool cold)
{
    uint32_t lo = 0, hi = __atomic_load_n(&a->count, __ATOMIC_ACQUIRE);
    const struct unit_copy *c;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        c = a->index[mid];
        if ((cold ? c->cold_end : c->hot_end) <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == __atomic_load_n(&a->count, __ATOMIC_ACQUIRE))
        return NULL;
    c = a->index[lo];
    return pc >= (cold ? c->cold : c->hot) ? c : NULL;
}

static const struct unit_copy *find_copy(uintptr_t pc, bool *cold)
{
    const struct copy_area *a = area_at(pc);

    if (!a)
        return NULL;
    *cold = pc >= a->hot_end;
    return copy_at(a, pc, *cold);
}

/* The site whose check or cold stub holds pc, or NULL. */
static const struct rewrite_site *site_at(const struct unit_copy *c, uintptr_t pc, bool cold)
{
    uint32_t lo = 0, hi = c->nsites;
    const struct rewrite_site *s;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        s = &sites[c->first_site + mid];
        if (s->pc + (cold ? s->cold : s->copy) <= pc)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return NULL;
    s = &sites[c->first_site + lo - 1];
    return cold || pc - (s->pc + s->copy) < s->check ? s : NULL;
}

static uintptr_t original_of(const struct unit_copy *c, uintptr_t pc)
{
    uintptr_t at = c->hot, original = c->module->bias + c->lo;

    for (uint32_t i = 0; i < c->nsteps; i++) {
        if (pc - at < c->steps[i].copy)
            break;
        at += c->steps[i].copy;
        original += c->steps[i].original;
    }
    return original;
}

uintptr_t copies_address(const struct unit_copy *c, uint32_t off)
{
    uintptr_t at = c->twin ? copies_address(c->twin, off) : 0, first = c->hot;
    uint32_t original = c->lo;

    if (at)
        return at;
    at = c->hot;

    for (uint32_t i = 0; i < c->nsteps; i++) {
        if (original == off && c->steps[i].original && (c->steps[i].copy || first != at))
            return first;
        at += c->steps[i].copy;
        original += c->steps[i].original;
        if (c->steps[i].original)
            first = at;
    }
    return 0;
}

uintptr_t rewrite_pc_original(uintptr_t pc)
{
    bool cold = false;
    const struct unit_copy *c = find_copy(pc, &cold);
    const struct rewrite_site *s;

    if (!c)
        return pc;
    if (!cold)
        return original_of(c, pc);
    s = site_at(c, pc, true);
    return s ? s->pc : pc;
}

uintptr_t rewrite_pc_cold(uintptr_t pc)
{
    bool cold = false;
    const struct unit_copy *c = find_copy(pc, &cold);
    const struct rewrite_site *s = c && !cold ? site_at(c, pc, false) : NULL;

    return s ? s->pc + s->cold + s->look : 0;
}

bool rewrite_pc_inside(uintptr_t pc)
{
    const struct copy_area *a = area_at(pc);
    const struct unit_copy *c;
    const struct rewrite_site *s;

    if (!a)
        return area_has(pc) || lazy_slot(pc);
    c = pc >= a->hot_end ? NULL : copy_at(a, pc, false);
    if (!c) /* cold, or the thunk */
        return true;
    s = site_at(c, pc, false);
    return s && pc != s->pc + s->copy;
}
