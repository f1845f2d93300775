/*
 * shadow/history.c - rings of events: their memory, and the search backwards.
 *
 * A race with a thread that has ended wants its stack too: what its ring holds is copied into the grave, one circular
 * area, where the oldest gives way to the newest, and the ring is used again. history_lock protects the grave, the
 * free rings and the order of the dead; whoever searches holds it.
 *
 *      grave:  | C's events | D's events | free |  A's, oldest  | B's events |
 *                                        ^ grave_end
 */
#include "shadow/history.h"

#include <sys/mman.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/sys.h"
#include "shadow/site.h"
#include "shadow/thread.h"
#include "shadow/world.h"

#define RING 65536u
#define RINGS 256u /* of that size, at most */
#define SMALL_RING 4096u
#define CROWD_RING                                                                                 \
    1024u /* of a thread beyond those; one behind the other, so that they cost few page tables */
#define GRAVE (1u << 20) /* events: 16 MiB, touched as far as they come */
#define KNOWN 4096u      /* ended threads whose clocks are kept as well, at most */
#define LOCK_SCAN 4096u

static struct base_lock history_lock = BASE_LOCK_INIT;
static struct shadow_history *dead_first, **dead_last = &dead_first; /* oldest first */
static struct shadow_history *unused, *bare;                         /* with a ring, without one */
static struct shadow_event *grave;
static uint32_t grave_end;
static struct shadow_history *known_first; /* the oldest of the dead whose clock is kept */
static uint32_t nknown;
static uint32_t nrings; /* large ones; atomic */

static struct shadow_event *map_events(uint32_t n)
{
    return base_sys_pages(n * sizeof(struct shadow_event));
}

static void map_ring(struct shadow_history *h)
{
    if (__atomic_fetch_add(&nrings, 1, __ATOMIC_RELAXED) >= RINGS) {
        h->ring = base_arena_alloc(CROWD_RING * sizeof(*h->ring));
        h->mask = CROWD_RING - 1;
        return;
    }
    for (uint32_t n = RING; n >= SMALL_RING && !h->ring; n /= 16) {
        h->ring = map_events(n);
        h->mask = n - 1;
    }
}

static struct shadow_history *pop_locked(struct shadow_history **list)
{
    struct shadow_history *h = *list;

    if (h)
        *list = h->next;
    return h;
}

struct shadow_history *shadow_history_new(struct shadow_identity *owner)
{
    struct shadow_history *h;

    base_lock_acquire(&history_lock);
    h = pop_locked(&unused);
    if (!h)
        h = pop_locked(&bare);
    base_lock_release(&history_lock);
    if (!h)
        h = base_arena_alloc(sizeof(*h));
    if (!h)
        return NULL;
    h->head = h->base = 0;
    h->next = NULL;
    if (!h->ring)
        map_ring(h);
    h->owner = owner;
    return h;
}

/* ---- ended threads -------------------------------------------------------------------------------------- */

static void put_unused_locked(struct shadow_history *h)
{
    struct shadow_history **list = h->ring ? &unused : &bare;

    shadow_stamp_drop(&h->last);
    h->owner = NULL;
    h->next = *list;
    *list = h;
}

/* A clock takes more memory than a short life's events. */
static void forget_clock_locked(void)
{
    shadow_stamp_drop(&known_first->last);
    known_first = known_first->next;
    nknown--;
}

static void forget_oldest_locked(void)
{
    struct shadow_history *h = dead_first;

    if (h == known_first)
        forget_clock_locked();
    dead_first = h->next;
    if (!dead_first)
        dead_last = &dead_first;
    h->ring = NULL;
    put_unused_locked(h);
}

/* Room for n events in a row; whoever lies there is forgotten. */
static struct shadow_event *dig_locked(uint32_t n)
{
    struct shadow_event *lo, *hi;

    if (!grave)
        grave = map_events(GRAVE);
    if (!grave || n > GRAVE)
        return NULL;
    if (grave_end + n > GRAVE) {
        while (dead_first && dead_first->ring >= grave + grave_end)
            forget_oldest_locked();
        grave_end = 0;
    }
    lo = grave + grave_end;
    hi = lo + n;
    while (dead_first && dead_first->ring < hi && dead_first->ring + dead_first->head > lo)
        forget_oldest_locked();
    grave_end += n;
    return lo;
}

/* h's events go into the grave; returns a holder of its ring, or NULL: there was nothing, or no room. */
static struct shadow_history *bury_locked(struct shadow_history *h)
{
    struct shadow_history *spare;
    uint64_t low = h->head > h->mask ? h->head - h->mask : 0;
    uint32_t n = (uint32_t)(h->head - (low > h->base ? low : h->base));
    struct shadow_event *to = n && h->ring ? dig_locked(n) : NULL;

    if (!to)
        return NULL;
    spare = pop_locked(&bare);
    if (!spare)
        spare = base_arena_alloc(sizeof(*spare));
    if (!spare)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        to[i] = h->ring[(h->head - n + i) & h->mask];
    spare->ring = h->ring;
    spare->mask = h->mask;
    h->ring = to;
    h->head = n;
    h->base = 0;
    h->mask = UINT32_MAX;
    return spare;
}

void shadow_history_retire(struct shadow_history *h, struct shadow_clock *vc)
{
    struct shadow_history *spare;

    if (!h)
        return;
    base_lock_acquire(&history_lock);
    spare = bury_locked(h);
    if (spare) {
        h->last = (struct shadow_stamp){ .vc = shadow_clock_hold(vc),
                                         .generation = shadow_world.generation,
                                         .slot = SHADOW_SLOT_NONE,
                                         .set = true };
        h->next = NULL;
        *dead_last = h;
        dead_last = &h->next;
        if (!known_first)
            known_first = h;
        if (++nknown > KNOWN)
            forget_clock_locked();
        h = spare;
    }
    put_unused_locked(h);
    base_lock_release(&history_lock);
}

bool shadow_history_knowledge(const struct shadow_identity *who, struct shadow_stamp *out)
{
    struct shadow_history *h = who->history;
    bool known;

    base_lock_acquire(&history_lock);
    known = h && h->owner == who && h->last.set;
    if (known) {
        *out = h->last;
        shadow_clock_hold(out->vc);
    }
    base_lock_release(&history_lock);
    return known;
}

static uint32_t site_number(const struct shadow_event *e)
{
    return (uint32_t)(e->what >> 48) | (uint32_t)(e->when >> 27 & 7) << 16;
}

/* An event in short becomes a long one; its stack is still that of the callers. */
static bool spell_out(struct shadow_event *e)
{
    const struct shadow_site *s;

    if (!(e->when & SHADOW_EVENT_SITE))
        return true;
    s = shadow_site_of(site_number(e));
    if (!s)
        return false;
    e->what = shadow_history_what(e->what & 0xFFFFFFFFFFFF, shadow_site_size(s),
                                  s->what & SHADOW_SITE_WRITE ? REPORT_WRITE : REPORT_READ,
                                  s->what & SHADOW_SITE_PLAIN);
    return true;
}

static bool load(const struct shadow_history *h, uint64_t i, struct shadow_event *e)
{
    const struct shadow_event *at = &h->ring[i & h->mask];

    e->when = __atomic_load_n(&at->when, __ATOMIC_ACQUIRE); /* shadow_history_add() */
    e->what = __atomic_load_n(&at->what, __ATOMIC_ACQUIRE);
    return e->when && __atomic_load_n(&at->when, __ATOMIC_ACQUIRE) == e->when;
}

static bool is_strip(const struct shadow_event *e)
{
    return (e->what >> 56 & 0x60) == SHADOW_EVENT_STRIP;
}

static unsigned event_op(const struct shadow_event *e)
{
    return e->what >> 56 & (is_strip(e) ? 0x1F : 0x7F);
}

/* Of a strip: one access. */
static uint64_t access_bytes(const struct shadow_event *e)
{
    uint64_t n = e->what >> 48 & 0xFF;

    if (is_strip(e))
        return (uint64_t)1 << (e->when >> 27 & 7);
    return n < 128 ? n : (uint64_t)1 << (n - 121);
}

static uint64_t event_bytes(const struct shadow_event *e)
{
    return is_strip(e) ? access_bytes(e) * ((e->what >> 48 & 0xFF) + 1) : access_bytes(e);
}

static bool writes(unsigned op)
{
    return op == REPORT_WRITE || op == REPORT_ATOMIC_STORE || op == REPORT_ATOMIC_RMW ||
           op == REPORT_FREE;
}

static bool matches(const struct shadow_event *e, const struct shadow_query *q)
{
    uint64_t addr = e->what & 0xFFFFFFFFFFFF;
    unsigned op = event_op(e);

    if (op >= SHADOW_EVENT_LOCK || (e->when >> 18 & 0x1FF) != q->slot ||
        (q->clock && (e->when & SHADOW_CELL_CLOCK_MAX) != q->clock))
        return false;
    return addr < q->addr + q->len && q->addr < addr + event_bytes(e) && (!q->writes || writes(op));
}

/* Locks taken before event i and not given back: walks on backwards, pairing releases with acquisitions. */
static void held(const struct shadow_history *h, uint64_t i, uint64_t low, struct shadow_past *past)
{
    uint32_t released[16];
    unsigned n = 0, k;
    struct shadow_event e;

    past->nlocks = 0;
    for (unsigned steps = 0; i-- > low && steps < LOCK_SCAN && load(h, i, &e); steps++) {
        unsigned op = e.when & SHADOW_EVENT_SITE ? REPORT_READ : e.what >> 56 & 0x7F;
        uint32_t id = (uint32_t)e.what;

        if (op == SHADOW_EVENT_UNLOCK && n < 16)
            released[n++] = id;
        if (op != SHADOW_EVENT_LOCK)
            continue;
        for (k = 0; k < n && released[k] != id; k++)
            ;
        if (k < n)
            released[k] = released[--n];
        else if (past->nlocks < REPORT_LOCKS)
            past->locks[past->nlocks++] = id;
    }
    for (k = 0; k < past->nlocks / 2; k++) { /* outermost first */
        uint32_t id = past->locks[k];

        past->locks[k] = past->locks[past->nlocks - 1 - k];
        past->locks[past->nlocks - 1 - k] = id;
    }
}

static bool find(const struct shadow_history *h, const struct shadow_query *q,
                 struct shadow_past *past)
{
    uint64_t head, low;
    struct shadow_event e;

    if (!h->ring)
        return false;
    head = __atomic_load_n(&h->head, __ATOMIC_ACQUIRE);
    low = head > h->mask ? head - h->mask : 0;
    low = low > h->base ? low : h->base;
    for (uint64_t i = head; i-- > low && load(h, i, &e);) {
        uint32_t number = site_number(&e);

        if (!spell_out(&e) || !matches(&e, q))
            continue;
        past->op = (uint8_t)event_op(&e);
        past->plain = e.what >> 63;
        past->size = (uint32_t)access_bytes(&e);
        past->stack = (uint32_t)(e.when >> 32);
        if (e.when & SHADOW_EVENT_SITE)
            past->stack = report_stack_at(past->stack, shadow_site_of(number)->pc);
        past->addr = e.what & 0xFFFFFFFFFFFF;
        if (is_strip(&e) && q->addr > past->addr)
            past->addr += (q->addr - past->addr) & ~(uint64_t)(past->size - 1);
        held(h, i, low, past);
        return true;
    }
    return false;
}

bool shadow_history_find(const struct shadow_history *h, const struct shadow_identity *owner,
                         const struct shadow_query *q, struct shadow_past *past)
{
    bool found;

    base_lock_acquire(&history_lock);
    found = h->owner == owner && find(h, q, past);
    base_lock_release(&history_lock);
    return found;
}

static void drop_ring(struct shadow_history *h)
{
    h->base = h->head;
    if (h->ring && h->mask >= SMALL_RING - 1)
        base_sys_madvise((uintptr_t)h->ring, (h->mask + 1) * sizeof(*h->ring), MADV_DONTNEED);
}

void shadow_history_drop(void)
{
    base_lock_acquire(&history_lock);
    while (dead_first)
        forget_oldest_locked();
    grave_end = 0;
    if (grave)
        base_sys_madvise((uintptr_t)grave, GRAVE * sizeof(*grave), MADV_DONTNEED);
    for (struct shadow_history *h = unused; h; h = h->next)
        drop_ring(h);
    for (struct shadow_thread *t = shadow_threads; t; t = t->all)
        if (t->history)
            drop_ring(t->history);
    base_lock_release(&history_lock);
}

void shadow_history_fork_child(void)
{
    history_lock = (struct base_lock)BASE_LOCK_INIT;
}
