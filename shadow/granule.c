/*
 * shadow/granule.c - the general check of one granule, and the change between cells and record.
 *
 * Everything here runs under the granule's lock, cell A (cell.h).
 */
#include "shadow/granule.h"

#include <stddef.h>

#include "base/mem.h"
#include "shadow/pair.h"
#include "shadow/record.h"
#include "shadow/tract.h"

static void race(struct shadow_found *f, uintptr_t x, uint32_t cell, uint32_t bytes, bool wrote)
{
    if (f->previous)
        return;
    f->addr = x + (unsigned)__builtin_ctz(bytes);
    for (f->size = 0; bytes >> f->size;)
        f->size++;
    f->size -= (uint32_t)__builtin_ctz(bytes);
    f->previous = (cell & ~SHADOW_CELL_MASK) | bytes;
    f->wrote = wrote;
}

static struct shadow_record *part(uint32_t index)
{
    return index ? &shadow_records[index] : NULL;
}

/* False: no record left; the read is not kept. */
static bool add_reader(const struct shadow_visitor *v, struct shadow_record *rec, uint32_t cell)
{
    for (struct shadow_record *p = rec;; p = part(p->next)) {
        if (p->n < SHADOW_RECORD_READERS) {
            p->r[p->n++] = cell;
            return true;
        }
        if (!p->next)
            p->next = shadow_record_new(&v->t->records);
        if (!p->next)
            return false;
    }
}

/* Moves the very last reader here, so that only the last part that holds any is not full. */
static void remove_reader(struct shadow_record *rec, struct shadow_record *p, uint32_t i)
{
    struct shadow_record *last = rec;

    while (last->next && part(last->next)->n)
        last = part(last->next);
    p->r[i] = last->r[--last->n];
}

static void forget(const struct shadow_visitor *v, struct shadow_record *rec)
{
    if (rec->next)
        shadow_record_free(&v->t->records, rec->next);
    rec->n = rec->next = 0;
    base_mem_set(rec->w, 0, sizeof(rec->w));
}

static void check_writes(const struct shadow_visitor *v, const struct shadow_record *rec,
                         uintptr_t x, uint32_t mask, struct shadow_found *found)
{
    for (unsigned b = 0; b < 4; b++) {
        uint32_t w = rec->w[b];

        if (mask >> b & 1 && w && !shadow_visitor_ordered(v, w)) {
            uint32_t bytes = 0;

            for (unsigned k = b; k < 4; k++)
                bytes |= (uint32_t)(rec->w[k] == w) << k;
            race(found, x, w, bytes & mask, true);
            return;
        }
    }
}

/* A write takes all reads of its bytes off, a read those that are ordered before it. */
static void pass_readers(const struct shadow_visitor *v, struct shadow_record *rec, uintptr_t x,
                         uint32_t mask, bool write, struct shadow_found *found)
{
    for (struct shadow_record *p = rec; p; p = part(p->next)) {
        for (uint32_t i = 0; i < p->n;) {
            uint32_t r = p->r[i];
            bool passed = !(r & mask) || shadow_visitor_ordered_read(v, r);

            if (write && !passed)
                race(found, x, r, r & mask, false);
            if (write || passed)
                p->r[i] = r & ~mask;
            if (p->r[i] & SHADOW_CELL_MASK)
                i++;
            else
                remove_reader(rec, p, i);
        }
    }
}

static void add_read(const struct shadow_visitor *v, struct shadow_record *rec, uint32_t mask)
{
    for (unsigned b = 0; b < 4; b++)
        if (rec->w[b] == v->epoch)
            mask &= ~(1u << b); /* one's own write of this epoch says more */
    if (!mask)
        return;
    for (struct shadow_record *p = rec; p; p = part(p->next))
        for (uint32_t i = 0; i < p->n; i++)
            if (shadow_cell_same_epoch(p->r[i], v->epoch)) {
                p->r[i] |= mask;
                return;
            }
    if (!add_reader(v, rec, v->epoch | mask))
        v->t->stats.lost_history++;
}

/* A write that races takes the place of all that was known. Behind a read that does, the earlier write stays: until it is
 * known that the two are atomic, and the word a sync word, whoever else reads it misses the same edge. */
static void apply(const struct shadow_visitor *v, struct shadow_record *rec, uintptr_t x,
                  uint32_t mask, bool write, struct shadow_found *found)
{
    struct shadow_found mine = { 0 };

    check_writes(v, rec, x, mask, &mine);
    pass_readers(v, rec, x, mask, write, &mine);
    if (mine.previous && write)
        forget(v, rec);
    if (mine.previous && !found->previous)
        *found = mine;
    for (unsigned b = 0; write && b < 4; b++)
        if (mask >> b & 1)
            rec->w[b] = v->epoch;
    if (!write)
        add_read(v, rec, mask);
}

static void from_cells(struct shadow_record *rec, uint32_t a, uint32_t w)
{
    uint32_t read = w & SHADOW_CELL_PAIR ? 0 : a, other = w & SHADOW_CELL_PAIR ? a : 0;

    w &= ~SHADOW_CELL_PAIR;
    for (unsigned b = 0; b < 4; b++) {
        rec->w[b] = w >> b & 1 ? w & ~SHADOW_CELL_MASK : 0;
        if (other >> b & 1)
            rec->w[b] = other & ~SHADOW_CELL_MASK;
    }
    if (read && shadow_cell_same_epoch(a, w))
        read = (a & ~SHADOW_CELL_MASK) | (a & ~w & SHADOW_CELL_MASK);
    rec->n = 0;
    if (read & SHADOW_CELL_MASK)
        rec->r[rec->n++] = read;
}

/* True if two cells say all that the record does. */
static bool to_cells(const struct shadow_record *rec, uint32_t *a, uint32_t *w)
{
    uint32_t first = 0, second = 0; /* cells of the writes */

    if (rec->n > 1)
        return false;
    for (unsigned b = 0; b < 4; b++) {
        uint32_t e = rec->w[b];

        if (!e)
            continue;
        if (!first || shadow_cell_same_epoch(first, e))
            first |= e | 1u << b;
        else if (!rec->n && (!second || shadow_cell_same_epoch(second, e)))
            second |= e | 1u << b;
        else
            return false;
    }
    *a = first;
    *w = second ? second | SHADOW_CELL_PAIR : first;
    if (rec->n)
        *a = shadow_cell_same_epoch(rec->r[0], first) ? first | rec->r[0] : rec->r[0];
    return true;
}

/* Without a slot nothing is stamped: only looks. */
static void look(const struct shadow_visitor *v, const struct shadow_record *rec, uintptr_t x,
                 uint32_t mask, bool write, struct shadow_found *found)
{
    check_writes(v, rec, x, mask, found);
    for (const struct shadow_record *p = rec; write && p; p = part(p->next))
        for (uint32_t i = 0; i < p->n; i++)
            if (p->r[i] & mask && !shadow_visitor_ordered(v, p->r[i]))
                race(found, x, p->r[i], p->r[i] & mask, false);
    v->t->stats.lost_history++;
}

/* Puts what two cells cannot hold into a record; the word for cell A. */
static uint32_t inflate(const struct shadow_visitor *v, struct shadow_record *local, uintptr_t x,
                        uint32_t mask, bool write, uint32_t *w)
{
    uint32_t index = shadow_record_new(&v->t->records);

    if (!index) {
        v->t->stats.lost_history++;
        *w = write ? v->epoch | mask : 0;
        return v->epoch | mask;
    }
    v->t->stats.inflations++;
    base_mem_copy(&shadow_records[index], local, sizeof(*local));
    /* Publish: A is LOCKED until the caller gives it back; pairs with the acquire in sweep_locked(). */
    __atomic_store_n(&shadow_records[index].granule, x, __ATOMIC_RELEASE);
    *w = SHADOW_CELL_ELSEWHERE;
    return SHADOW_CELL_ESC | index;
}

static uint32_t check_cells(const struct shadow_visitor *v, uintptr_t x, uint32_t a, uint32_t mask,
                            bool write, struct shadow_found *found)
{
    uint32_t *w = shadow_plane_w(x);
    struct shadow_record local;

    local.next = 0;
    local.granule = 0;
    from_cells(&local, a, *w);
    if (!v->epoch) {
        look(v, &local, x, mask, write, found);
        return a;
    }
    apply(v, &local, x, mask, write, found);
    if (to_cells(&local, &a, w))
        return a;
    return inflate(v, &local, x, mask, write, w);
}

static uint32_t check_record(const struct shadow_visitor *v, uintptr_t x, uint32_t a, uint32_t mask,
                             bool write, struct shadow_found *found)
{
    uint32_t index = a & ~SHADOW_CELL_ESC, *w = shadow_plane_w(x);
    struct shadow_record *rec = &shadow_records[index];

    if (!v->epoch) {
        look(v, rec, x, mask, write, found);
        return a;
    }
    apply(v, rec, x, mask, write, found);
    if (to_cells(rec, &a, w))
        shadow_record_free(&v->t->records, index);
    return a;
}

/* ---- the ways in ------------------------------------------------------------------------------------------- */

/* Gives a granule back that was taken in a tract that is not SHARED any more: its holder does not wait for us, and may
 * have stored over the lock. */
static enum shadow_visit moved(uint32_t *cell, uint32_t a)
{
    shadow_cell_swap(cell, SHADOW_CELL_LOCKED, a);
    return SHADOW_VISIT_MOVED;
}

/* The granule's lock is held, and cell A was a. */
static uint32_t check_locked(const struct shadow_visitor *v, uintptr_t x, uint32_t a, uint32_t mask,
                             bool write, struct shadow_found *found)
{
    if (a & SHADOW_CELL_ESC)
        return check_record(v, x, a, mask, write, found);
    return check_cells(v, x, a, mask, write, found);
}

static enum shadow_visit general(const struct shadow_visitor *v, uintptr_t x, uint32_t mask,
                                 bool write, struct shadow_found *found)
{
    uint32_t *cell = shadow_plane_a(x), a;

    v->t->stats.tier3++;
    if (__atomic_load_n(cell, __ATOMIC_RELAXED) == SHADOW_CELL_SYNC)
        return SHADOW_VISIT_SYNC;
    a = shadow_cell_take(cell);
    if (!shadow_tract_still_shared(x, write))
        return moved(cell, a);
    if (a == SHADOW_CELL_SYNC) {
        shadow_cell_give(cell, a);
        return SHADOW_VISIT_SYNC;
    }
    shadow_cell_give(cell, check_locked(v, x, a, mask, write, found));
    return SHADOW_VISIT_DONE;
}

#define VISIT_CLOSER ((enum shadow_visit)(SHADOW_VISIT_MOVED + 1))

/* The granule's lock is t's, and cells A and W were a and *second. */
static bool visit_locked(const struct shadow_visitor *v, uint32_t *cell, uint32_t *second,
                         uint32_t a, uint32_t mask, bool write)
{
    uint32_t old = a, w = *second;
    bool fits = write ? shadow_pair_write(v, mask, &a, &w) : shadow_pair_read(v, mask, &a, &w);

    if (fits && w != *second)
        *second = w;
    shadow_cell_give(cell, fits ? a : old);
    return fits;
}

/* Tier 2 alone. CLOSER: it may be a race, or needs a record or the granule's lock, and nothing was done. */
static enum shadow_visit visit_cells(struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                     bool write)
{
    const struct shadow_visitor v = { t, t->epoch, SHADOW_TRUST_NONE };
    uint32_t *cell = shadow_plane_a(x), *second;
    uint32_t a = __atomic_load_n(cell, __ATOMIC_RELAXED);

    if (a & SHADOW_CELL_ESC || !t->epoch || shadow_limits.no_tier2)
        return VISIT_CLOSER;
    if (!write && shadow_granule_read_again(t, a, mask) &&
        shadow_cell_swap(cell, a, t->epoch | mask))
        return shadow_tract_still_shared(x, write) ? SHADOW_VISIT_DONE : SHADOW_VISIT_MOVED;
    second = shadow_plane_w(x);
    /* What t wrote in this epoch, untouched since: the state at the load of A is what this write leaves. Nobody else can
     * have taken the tract meanwhile: this write is not ordered before anybody. */
    if (write && shadow_cell_epoch_of(a) == t->epoch && !(mask & ~a) &&
        __atomic_load_n(second, __ATOMIC_RELAXED) == a)
        return shadow_cell_swap(cell, a, a) ? SHADOW_VISIT_DONE
                                            : VISIT_CLOSER; /* a barrier, see inline.c */
    if (!shadow_cell_swap(cell, a, SHADOW_CELL_LOCKED))
        return VISIT_CLOSER;
    if (!shadow_tract_still_shared(x, write))
        return moved(cell, a);
    return visit_locked(&v, cell, second, a, mask, write) ? SHADOW_VISIT_DONE : VISIT_CLOSER;
}

enum shadow_visit shadow_granule_visit(struct shadow_thread *t, uintptr_t x, uint32_t mask,
                                       bool write, struct shadow_found *found)
{
    const struct shadow_visitor v = { t, t->epoch, SHADOW_TRUST_NONE };
    enum shadow_visit visit = visit_cells(t, x, mask, write);

    if (visit == VISIT_CLOSER)
        return general(&v, x, mask, write, found);
    t->stats.tier2 += visit == SHADOW_VISIT_DONE;
    return visit;
}

/* Cell A; waits for those who have locked the granule before they saw that the tract is held. */
static uint32_t load(uint32_t *cell)
{
    uint32_t a = __atomic_load_n(cell, __ATOMIC_ACQUIRE);

    while (a == SHADOW_CELL_LOCKED) {
        shadow_cell_wait(cell);
        a = __atomic_load_n(cell, __ATOMIC_ACQUIRE);
    }
    return a;
}

bool shadow_granule_put_cells(uintptr_t x, uint32_t epoch, uint32_t mask, bool write)
{
    const struct shadow_visitor v = { NULL, epoch, SHADOW_TRUST_ALL };
    uint32_t *cell = shadow_plane_a(x), *second = shadow_plane_w(x);
    uint32_t a = __atomic_load_n(cell, __ATOMIC_ACQUIRE), w = *second;

    if (a & SHADOW_CELL_ESC ||
        !(write ? shadow_pair_write(&v, mask, &a, &w) : shadow_pair_read(&v, mask, &a, &w)))
        return false;
    *second = w;
    shadow_cell_give(cell, a);
    return true;
}

void shadow_granule_put(struct shadow_thread *t, uintptr_t x, uint32_t epoch, uint32_t mask,
                        bool write)
{
    const struct shadow_visitor v = { t, epoch, SHADOW_TRUST_ALL };
    uint32_t *cell = shadow_plane_a(x), a = load(cell);
    struct shadow_found none = { 0 };

    if (a == SHADOW_CELL_SYNC || shadow_granule_put_cells(x, epoch, mask, write))
        return;
    shadow_cell_give(cell, check_locked(&v, x, a, mask, write, &none));
}

void shadow_granule_put_read(struct shadow_thread *t, uintptr_t x, uint32_t epoch, uint32_t mask)
{
    const struct shadow_visitor v = { t, epoch, SHADOW_TRUST_WRITES };
    uint32_t *cell = shadow_plane_a(x), a = shadow_cell_take(cell);
    struct shadow_found none = { 0 };

    if (a != SHADOW_CELL_SYNC)
        a = check_locked(&v, x, a, mask, false, &none);
    shadow_cell_give(cell, a);
}

static bool writes_ordered(const struct shadow_thread *t, const struct shadow_record *rec)
{
    for (unsigned b = 0; b < 4; b++)
        if (rec->w[b] && !shadow_thread_ordered(t, rec->w[b]))
            return false;
    return true;
}

static bool record_ordered(const struct shadow_thread *t, const struct shadow_record *rec)
{
    if (!writes_ordered(t, rec))
        return false;
    for (const struct shadow_record *p = rec; p; p = part(p->next))
        for (uint32_t i = 0; i < p->n; i++)
            if (!shadow_thread_ordered(t, p->r[i]))
                return false;
    return true;
}

bool shadow_granule_ordered(const struct shadow_thread *t, uintptr_t x)
{
    uint32_t a = load(shadow_plane_a(x)), w = *shadow_plane_w(x) & ~SHADOW_CELL_PAIR;

    if (a == SHADOW_CELL_SYNC)
        return false;
    if (a & SHADOW_CELL_ESC)
        return record_ordered(t, &shadow_records[a & ~SHADOW_CELL_ESC]);
    return (!a || shadow_thread_ordered(t, a)) && (!w || shadow_thread_ordered(t, w));
}

bool shadow_granule_writes_ordered(const struct shadow_thread *t, uintptr_t x)
{
    uint32_t *cell = shadow_plane_a(x), a, w;
    bool ordered;

    if (!__atomic_load_n(cell, __ATOMIC_RELAXED))
        return true;
    a = shadow_cell_take(cell);
    w = *shadow_plane_w(x);
    if (a == SHADOW_CELL_SYNC)
        ordered = false;
    else if (a & SHADOW_CELL_ESC)
        ordered = writes_ordered(t, &shadow_records[a & ~SHADOW_CELL_ESC]);
    else if (w & SHADOW_CELL_PAIR)
        ordered = shadow_thread_ordered(t, a) && shadow_thread_ordered(t, w & ~SHADOW_CELL_PAIR);
    else
        ordered = !w || shadow_thread_ordered(t, w);
    shadow_cell_give(cell, a);
    return ordered;
}

bool shadow_granule_set(uintptr_t x, uint32_t word)
{
    uint32_t *cell = shadow_plane_a(x), *w = shadow_plane_w(x);
    uint32_t a = __atomic_load_n(cell, __ATOMIC_RELAXED);

    if (!(a & SHADOW_CELL_ESC)) {
        /* Not atomic with the load: only an access that the program itself left unordered can come between. */
        *w = word;
        __atomic_store_n(cell, word, __ATOMIC_RELEASE);
        return false;
    }
    a = shadow_cell_take(cell);
    if (a & SHADOW_CELL_ESC && a != SHADOW_CELL_SYNC)
        shadow_record_free(NULL, a & ~SHADOW_CELL_ESC);
    *w = word;
    shadow_cell_give(cell, word);
    return a == SHADOW_CELL_SYNC;
}
