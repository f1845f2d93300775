/*
 * shadow/strip.c - accesses that a loop is about to make. Where the thread's own tracts, or such as it reads along, say that
 * nothing can be found, a strip is recorded at once, like a range; all else is left to the accesses themselves.
 */

#include "base/arena.h"
#include "shadow/freed.h"
#include "shadow/range.h"
#include "shadow/tract.h"
#include "shadow/wide.h"
#include "shadow/world.h"

/* Bytes of the whole strip. False: no plane covers them, or one access lies apart from the next. */
static bool span(const struct shadow_strip *s, uintptr_t *lo, uintptr_t *hi)
{
    int64_t way = s->stride * (int64_t)(s->n - 1);

    *lo = s->addr + (uintptr_t)(way < 0 ? way : 0);
    *hi = s->addr + (uintptr_t)(way > 0 ? way : 0) + s->size;
    return *lo < *hi && shadow_covers(*lo, *hi - *lo + 8);
}

static bool has(const struct shadow_thread *t, uintptr_t lo, uintptr_t hi, bool write)
{
    return shadow_inline_miss(t, lo & ~(uintptr_t)3, lo, hi, write) >= hi;
}

/* Accesses that lie apart are looked at one by one. */
static uint64_t known_apart(const struct shadow_thread *t, const struct shadow_strip *s, bool write)
{
    uint64_t k = 0;

    for (uintptr_t x = s->addr; k < s->n && has(t, x, x + s->size, write); k++)
        x += (uintptr_t)s->stride;
    return k;
}

/* ---- whole tracts ------------------------------------------------------------------------------------------ */

/* What an entry says of a tract: in the epoch of that tag every byte was read, or written. cur: as cur_write. */
static uint64_t entry_of(uint64_t cur, uintptr_t x, bool write)
{
    return (uint64_t)(x >> SHADOW_TRACT_SHIFT) << 25 | (cur >> 8 & 0xFFFFFF) << 1 | write;
}

/* True while the thread has its tag: another one may take it away at any time, for a value that no entry may name. */
static bool has_tag(const struct shadow_thread *t, uint64_t cur)
{
    return (uint32_t)(cur >> 8 & 0xFFFFFF) == t->tag &&
           __atomic_load_n(&t->in->cur_write, __ATOMIC_RELAXED) == cur;
}

/* The first byte of [lo, hi), in one tract, that is not known. An array that is gone through again and again in one epoch is
 * compared once. */
static uintptr_t miss_in(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, bool write)
{
    uint64_t cur = __atomic_load_n(&t->in->cur_write, __ATOMIC_RELAXED);
    uintptr_t x = lo & ~(SHADOW_TRACT - 1);
    uint64_t *slot = &t->known[(x >> SHADOW_TRACT_SHIFT) % SHADOW_KNOWN];

    if (*slot == entry_of(cur, x, true) || (!write && *slot == entry_of(cur, x, false)))
        return hi;
    if (has(t, x, x + SHADOW_TRACT, write)) {
        if (has_tag(t, cur))
            *slot = entry_of(cur, x, write);
        return hi;
    }
    return shadow_inline_miss(t, lo & ~(uintptr_t)3, lo, hi, write);
}

static uintptr_t miss(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, bool write)
{
    uintptr_t x = lo;

    if (!t->known)
        t->known = base_arena_alloc(SHADOW_KNOWN * sizeof(*t->known));
    if (!t->known || !t->tag)
        return lo;
    while (x < hi) {
        uintptr_t end = shadow_tract_end(x) < hi ? shadow_tract_end(x) : hi;

        x = miss_in(t, x, end, write);
        if (x < end)
            return x;
        x = end;
    }
    return hi;
}

uint64_t shadow_strip_known(struct shadow_thread *t, const struct shadow_strip *s)
{
    bool write = s->flags & SHADOW_WRITE;
    uintptr_t lo, hi, first;

    if (!t->in || !t->in->plane || !span(s, &lo, &hi))
        return 0;
    if (s->stride == 0)
        return has(t, lo, hi, write) ? s->n : 0;
    if (s->stride < 0 || s->stride > s->size)
        return known_apart(t, s, write);
    first = miss(t, lo, hi, write);
    if (first >= hi)
        return s->n;
    return first < lo + s->size ? 0 : (first - lo - s->size) / (uint64_t)s->stride + 1;
}

static bool any_freed(uintptr_t lo, uintptr_t hi)
{
    for (uintptr_t x = lo & ~(uintptr_t)63; shadow_freed && x < hi; x += 64)
        if (shadow_freed_line(x))
            return true;
    return false;
}

/* In one tract. False: others know it. */
static bool record_piece(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, bool write)
{
    uintptr_t x = lo & ~(uintptr_t)3;

    if (shadow_tract_start(t, x)) {
        x = shadow_wide_access(t, x, lo, hi, write);
        shadow_tract_rest(t);
        return x >= hi;
    }
    switch (shadow_tract_open(t, x, write)) {
    case SHADOW_HOLD_OWN:
        x = shadow_wide_access(t, x, lo, hi, write);
        shadow_tract_close(t, lo);
        return x >= hi;
    case SHADOW_HOLD_READ: return !((lo | hi) & 3) && shadow_wide_read_along(t, lo, hi);
    default: return false;
    }
}

/* The first tract is t's own or may become so at once, or t reads it along. */
static bool is_worth(const struct shadow_thread *t, uintptr_t lo, bool write)
{
    uint32_t owner;

    if (!shadow_tracts || !t->self)
        return false;
    owner = __atomic_load_n(&shadow_tract_of(lo)->owner, __ATOMIC_RELAXED);
    return owner == t->self || owner == SHADOW_TRACT_NONE || (!write && shadow_tract_joined(t, lo));
}

static bool record(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, bool write)
{
    for (uintptr_t end; lo < hi; lo = end) {
        end = shadow_tract_end(lo) < hi ? shadow_tract_end(lo) : hi;
        if (!record_piece(t, lo, end, write))
            return false;
    }
    return true;
}

/* The accesses leave no gap, and an event can tell of them: elements of the size of one step. */
static bool is_array(const struct shadow_strip *s)
{
    uint64_t step = (uint64_t)s->stride;

    return s->stride > 0 && step <= 128 && !(step & (step - 1)) && s->size % step == 0 &&
           s->n + s->size / step <= 257;
}

static void note(struct shadow_thread *t, const struct shadow_strip *s, const struct base_where *at)
{
    uint32_t step = (uint32_t)s->stride;

    shadow_history_log_strip(t->history, s->addr, (uint32_t)s->n + s->size / step - 1,
                             (uint32_t)__builtin_ctz(step),
                             s->flags & SHADOW_WRITE ? REPORT_WRITE : REPORT_READ,
                             s->flags & SHADOW_PLAIN, t->epoch, shadow_thread_stack(t, at));
    t->stamped = true;
    t->filled++;
}

/* Before there has been a second thread nothing can race, see access.c. */
static bool pass_alone(struct shadow_thread *t, uintptr_t lo, uintptr_t hi)
{
    if (!t->tag || __atomic_load_n(&t->revoked, __ATOMIC_RELAXED))
        return false;
    shadow_wide_fill(t, lo & ~(uintptr_t)3, (hi + 3) & ~(uintptr_t)3, (uint32_t)t->in->cur_write);
    return true;
}

bool shadow_strip_record(struct shadow_thread *t, const struct shadow_strip *s,
                         const struct base_where *at)
{
    bool write = s->flags & SHADOW_WRITE, done;
    uintptr_t lo, hi;

    if (!is_array(s) || !t->in || !t->in->plane || !span(s, &lo, &hi) || any_freed(lo, hi) ||
        shadow_thread_ignores(t, write ? SHADOW_IGNORE_WRITES : SHADOW_IGNORE_READS))
        return false;
    if (!shadow_thread_plural)
        return pass_alone(t, lo, hi);
    if (!is_worth(t, lo, write) || !shadow_world_enter(t))
        return false;
    note(t, s, at);
    done = t->tag && record(t, lo, hi, write);
    shadow_world_leave(t);
    return done;
}
