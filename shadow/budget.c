/*
 * shadow/budget.c - looks at what is resident, and drops. One at a time: whoever is second leaves it to the first.
 */
#include "shadow/budget.h"

#include <stddef.h>

#include "base/log.h"
#include "base/maps.h"
#include "base/options.h"
#include "shadow/inline.h"
#include "shadow/record.h"
#include "shadow/tract.h"
#include "shadow/world.h"

#define MIB (1ull << 20)
#define CONSTANT (32 * MIB) /* what even a small program's use may be beyond its share */
#define WORTH                                                                                      \
    (16 * MIB) /* inline planes that are worth dropping, or an eighth of the program's memory */
#define OFTEN (8 * MIB) /* of growth: not looked at more often */
#define DOUBT_MOST 6u
#define RECORDS (16 * MIB) /* beside a quarter of the program's memory */

static uint32_t grown;              /* KiB since the last look; atomic */
static uint32_t next = OFTEN >> 10; /* when to look again; atomic */
static uint32_t looking;            /* atomic */
static uint32_t
    doubt; /* how many times what is said to have grown is halved; under looking, as the one below */
static uint64_t ours_before;

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
    uint64_t limit = base_options.memory_limit * MIB, share = 2 * u->program + CONSTANT;

    return limit && limit < share ? limit : share;
}

/* Threads say too much where they come to the same pages again. */
static void learn_doubt(const struct usage *u, uint32_t said)
{
    uint64_t real = u->ours > ours_before ? (u->ours - ours_before) >> 10 : 0;

    said >>= doubt;
    if (real < said / 4 && doubt < DOUBT_MOST)
        doubt++;
    else if (real > said / 2 && doubt)
        doubt--;
    ours_before = u->ours;
}

/* KiB of growth until the next look: looking costs time in proportion to what is resident. */
static uint32_t patience(const struct usage *u)
{
    uint64_t most = (u->program + u->ours) / 32, limit = base_options.memory_limit * MIB / 8;

    most = most < OFTEN ? OFTEN : most;
    if (limit && limit < most)
        most = limit < MIB ? MIB : limit;
    return (uint32_t)(most >> 10 << doubt);
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

static void shrink(struct shadow_thread *t, const struct usage *u)
{
    uint64_t level1 = u->planes.level1, limit = limit_of(u);
    bool history = base_options.memory_limit && u->ours - level1 > limit;

    if (!history && level1 < (u->program > 8 * WORTH ? u->program / 8 : WORTH))
        return;
    if (limit < 2 * u->program + CONSTANT)
        tell(&told_planes, "checks become slower, since what they remember for speed is dropped");
    shadow_world_stop(t);
    if (history)
        drop_history();
    else
        drop_planes(t, level1 / 32);
    shadow_world_resume();
    if (history)
        tell(
            &told_history,
            "what was recorded until now is forgotten, and from now on whenever it is reached; races with "
            "accesses of before are not found");
}

void shadow_budget_check(struct shadow_thread *t)
{
    struct usage u;
    uint32_t said;

    shadow_world_unwant(SHADOW_WANT_BUDGET);
    if (__atomic_exchange_n(&looking, 1, __ATOMIC_ACQUIRE))
        return;
    said = __atomic_exchange_n(&grown, 0, __ATOMIC_RELAXED);
    if (!measure(&u)) {
        __atomic_store_n(&next, UINT32_MAX, __ATOMIC_RELAXED);
    } else {
        learn_doubt(&u, said);
        __atomic_store_n(&next, patience(&u), __ATOMIC_RELAXED);
        base_log_at(
            2, "memory: program %lu KiB, Seance %lu KiB, of that level 1 %lu KiB, level 2 %lu KiB",
            u.program >> 10, u.ours >> 10, u.planes.level1 >> 10, u.planes.level2 >> 10);
        shadow_record_bound((u.program / 4 + RECORDS) / sizeof(struct shadow_record));
        if (u.ours > limit_of(&u))
            shrink(t, &u);
    }
    __atomic_store_n(&looking, 0, __ATOMIC_RELEASE);
}
