/*
 * shadow/budget.c - looks at what is resident, and drops. One at a time: whoever is second leaves it to the first.
 */
#include "shadow/budget.h"

#include <stddef.h>

#include "base/log.h"
#include "base/maps.h"
#include "base/options.h"
#include "base/sys.h"
#include "shadow/inline.h"
#include "shadow/record.h"
#include "shadow/tract.h"
#include "shadow/world.h"

#define MIB (1ull << 20)
#define CONSTANT (32 * MIB) /* what even a small program's use may be beyond its share */
#define DEAR 8u             /* the part of the time that dropping may cost, as a divisor */
#define ROOM_MOST 3u        /* times the program's memory */
#define PAGE 4096u
#define WORTH                                                                                      \
    (16 * MIB) /* inline planes that are worth dropping, or an eighth of the program's memory */
#define OFTEN (4 * MIB)    /* of growth: not looked at more often */
#define RECORDS (16 * MIB) /* beside a quarter of the program's memory */

static uint32_t grown;              /* KiB since the last look; atomic */
static uint32_t next = OFTEN >> 10; /* when to look again; atomic */
static uint32_t looking;            /* atomic */

/* Bytes; under looking. */
static uint64_t harmless; /* as long as all that is resident is not more, nothing has to go */
static uint64_t unseen;   /* said to have grown since the parts were looked at */
static uint64_t room = CONSTANT; /* beside twice the program's memory */

/* Of the last time that planes were dropped; under looking. */
static struct {
    uint64_t when;    /* ns, monotonic; 0: never */
    uint64_t program; /* bytes */
} last;

static bool told_planes, told_history, told_unknown;

/* Bytes. */
struct usage {
    uint64_t program, ours;
    struct shadow_plane_use planes; /* part of ours */
};

void shadow_budget_grown(struct shadow_thread *t)
{
    uint32_t now = __atomic_add_fetch(&grown, t->growth, __ATOMIC_RELAXED);

    t->growth = 0;
    if (now >= __atomic_load_n(&next, __ATOMIC_RELAXED))
        shadow_world_want(SHADOW_WANT_BUDGET);
}

static void add(const struct base_resident *r, void *arg)
{
    struct usage *u = arg;

    if (!r->dontdump) {
        u->program += r->bytes;
        return;
    }
    u->ours += r->bytes;
    shadow_plane_measure(r->lo, r->bytes, &u->planes);
}

static bool measure(struct usage *u)
{
    *u = (struct usage){ 0 };
    shadow_plane_measure_begin();
    if (base_maps_resident(add, u) == 0)
        return true;
    if (base_options.memory_limit && !told_unknown)
        base_log(
            "memory_limit: what is in memory cannot be read from /proc/self/smaps, so nothing is dropped");
    told_unknown = true;
    return false;
}

static uint64_t limit_of(const struct usage *u)
{
    uint64_t limit = base_options.memory_limit * MIB, share = 2 * u->program + room;

    return limit && limit < share ? limit : share;
}

/* KiB of growth until the next look. */
static uint32_t patience(void)
{
    uint64_t limit = base_options.memory_limit * MIB / 8;

    return (uint32_t)((!limit || limit > OFTEN ? OFTEN : limit < MIB ? MIB : limit) >> 10);
}

/* With the world stopped by `by`: planes of at least that size. */
static void drop_planes(const struct shadow_thread *by, uint64_t least)
{
    for (struct shadow_thread *u = shadow_threads; u; u = u->all)
        if (u->plane && u->plane->resident >= least)
            shadow_inline_revoke(u);
    shadow_tract_shut_all(by);
    for (struct shadow_thread *u = shadow_threads; u; u = u->all) {
        if (!u->plane || u->plane->resident < least)
            continue;
        shadow_tract_leave(u, true);
        shadow_plane_drop(u->plane);
        u->plane->resident = 0;
        shadow_tract_begin(u);
    }
    shadow_plane_drop_unused();
}

/* With the world stopped. */
static void drop_history(void)
{
    shadow_world_reset(SHADOW_RESET_LIMIT);
    for (struct shadow_thread *u = shadow_threads; u; u = u->all)
        if (u->plane)
            shadow_plane_drop(u->plane);
    shadow_history_drop();
}

static void tell(bool *told, const char *what)
{
    if (base_options.memory_limit && !*told)
        base_log("memory_limit of %u MiB is reached: %s", base_options.memory_limit, what);
    *told = true;
}

/* Nanoseconds until a page is there that was not: half a microsecond on some machines, twenty on others. */
static uint64_t page_cost(void)
{
    enum { PAGES = 16, TIMES = 4 };
    uint64_t least = UINT64_MAX, from, cost;
    char *at = base_sys_pages(TIMES * PAGES * PAGE);

    if (!at)
        return 0;
    for (unsigned i = 0; i < TIMES; i++) {
        from = base_sys_now();
        for (unsigned k = 0; k < PAGES; k++)
            *(volatile char *)(at + (i * PAGES + k) * PAGE) = 1;
        cost = (base_sys_now() - from) / PAGES;
        least = cost < least ? cost : least;
    }
    base_sys_munmap((uintptr_t)at, TIMES * PAGES * PAGE);
    return least;
}

/* Planes were dropped from `began` on. Where the same ones come back again and again, at a cost that the program feels, more of
 * them may stay. */
static void give_room(const struct usage *u, uint64_t began)
{
    uint64_t now = base_sys_now(), level1 = u->planes.level1;
    uint64_t fresh = u->program > last.program ? u->program - last.program : 0;
    uint64_t again = level1 > fresh ? (level1 - fresh) / PAGE : 0;
    uint64_t cost = now - began + again * page_cost();

    if (last.when && cost > (now - last.when) / DEAR && room < ROOM_MOST * u->program)
        room *= 2;
    last.when = now;
    last.program = u->program;
}

/* Bytes of level 1 that are worth dropping. */
static uint64_t worth(const struct usage *u)
{
    return u->program > 8 * WORTH ? u->program / 8 : WORTH;
}

/* True if something was dropped. */
static bool shrink(struct shadow_thread *t, const struct usage *u)
{
    uint64_t level1 = u->planes.level1, limit = limit_of(u);
    bool history = base_options.memory_limit && u->ours - level1 > limit;
    uint64_t began = base_sys_now();

    if (!history && level1 < worth(u))
        return false;
    if (limit < 2 * u->program + room)
        tell(&told_planes, "checks become slower, since what they remember for speed is dropped");
    shadow_world_stop(t);
    if (history)
        drop_history();
    else
        drop_planes(t, level1 / 32);
    shadow_world_resume();
    give_room(u, began);
    if (history)
        tell(
            &told_history,
            "what was recorded until now is forgotten, and from now on whenever it is reached; races with "
            "accesses of before are not found");
    return true;
}

/* Costs time in proportion to what is resident. False: it cannot be known. */
static bool look_closely(struct shadow_thread *t)
{
    struct usage u;
    uint64_t all, limit;
    bool dropped;

    if (!measure(&u))
        return false;
    unseen = 0;
    all = u.program + u.ours;
    limit = limit_of(&u);
    base_log_at(2,
                "memory: program %lu KiB, Seance %lu KiB, of that level 1 %lu KiB, level 2 %lu KiB",
                u.program >> 10, u.ours >> 10, u.planes.level1 >> 10, u.planes.level2 >> 10);
    shadow_record_bound((u.program / 4 + RECORDS) / sizeof(struct shadow_record));
    dropped = u.ours > limit && shrink(t, &u);
    harmless = u.program + limit_of(&u);
    if (!dropped && all > harmless && u.planes.level1 < worth(&u))
        harmless = all + worth(&u) - u.planes.level1;
    return true;
}

/* Most looks see that all together is not too much, whosever it is. The program may have given memory back since. */
static bool look(struct shadow_thread *t)
{
    int64_t all = base_maps_resident_sum();

    unseen += (uint64_t)__atomic_exchange_n(&grown, 0, __ATOMIC_RELAXED) << 10;
    return (all >= 0 && (uint64_t)all <= harmless && unseen < harmless / 2) || look_closely(t);
}

void shadow_budget_check(struct shadow_thread *t)
{
    shadow_world_unwant(SHADOW_WANT_BUDGET);
    if (__atomic_exchange_n(&looking, 1, __ATOMIC_ACQUIRE))
        return;
    __atomic_store_n(&next, look(t) ? patience() : UINT32_MAX, __ATOMIC_RELAXED);
    __atomic_store_n(&looking, 0, __ATOMIC_RELEASE);
}
