/*
 * shadow/sync.c - the table of sync objects, and the acquires that wait for a load to have happened.
 *
 * One stripe lock covers many buckets; it is held to create and to delete. A page filter (how many objects lie in pages
 * of this hash) lets the release of large memory skip pages without any. Ranked: a stripe, then an object, then the
 * pools.
 */
#include "shadow/sync.h"

#include <errno.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "shadow/benign.h"
#include "shadow/exact.h"
#include "shadow/granule.h"
#include "shadow/life.h"
#include "shadow/order.h"
#include "shadow/tract.h"
#include "shadow/world.h"

#define STRIPES 256u
#define FILTER 65536u
#define BATCH 31u

struct shadow_sync **shadow_sync_buckets; /* written with the stripe's lock held, read without */
static struct stripe {
    struct base_lock lock;
} __attribute__((aligned(64))) stripes[STRIPES];
static uint32_t *filter; /* atomic: pages of different stripes share a count */
static struct base_lock unused_lock = BASE_LOCK_INIT; /* protects the list */
static struct shadow_sync *unused;

static uint32_t *filter_of(uintptr_t addr)
{
    return &filter[(addr >> 12) % FILTER];
}

static struct base_lock *stripe_of(uintptr_t addr)
{
    return &stripes[shadow_sync_bucket(addr) % STRIPES].lock;
}

static struct shadow_sync **bucket_of(uintptr_t addr)
{
    return &shadow_sync_buckets[shadow_sync_bucket(addr)];
}

int shadow_sync_init(void)
{
    shadow_sync_buckets = base_arena_alloc(SHADOW_SYNC_BUCKETS * sizeof(*shadow_sync_buckets));
    filter = base_arena_alloc(FILTER * sizeof(*filter));
    return shadow_sync_buckets && filter ? 0 : -ENOMEM;
}

static void push_unused_locked(struct shadow_sync *s)
{
    __atomic_store_n(&s->next, unused, __ATOMIC_RELAXED);
    unused = s;
}

static void put_unused(struct shadow_sync *s)
{
    base_lock_acquire(&unused_lock);
    push_unused_locked(s);
    base_lock_release(&unused_lock);
}

static void make_unused_locked(void)
{
    struct shadow_sync *s = base_arena_alloc(BATCH * sizeof(*s) + 63);

    s = (struct shadow_sync *)(((uintptr_t)s + 63) & ~(uintptr_t)63);
    for (unsigned i = 0; s && i < BATCH; i++)
        push_unused_locked(&s[i]);
}

/* Whoever sought its last address may hold its lock for a moment. */
static struct shadow_sync *take_unused(void)
{
    struct shadow_sync *s;

    base_lock_acquire(&unused_lock);
    if (!unused)
        make_unused_locked();
    s = unused;
    if (s)
        unused = s->next;
    base_lock_release(&unused_lock);
    return s;
}

/* Returns it locked. */
static struct shadow_sync *create(struct shadow_sync **head, uintptr_t addr)
{
    struct shadow_sync *s = take_unused();

    if (!s)
        return NULL;
    shadow_cell_take(&s->lock);
    base_mem_set(&s->lock_id, 0,
                 offsetof(struct shadow_sync, next) - offsetof(struct shadow_sync, lock_id));
    __atomic_store_n(&s->addr, addr, __ATOMIC_RELAXED);
    __atomic_store_n(&s->next, *head, __ATOMIC_RELEASE);
    __atomic_store_n(head, s, __ATOMIC_RELEASE); /* shadow_sync_get() */
    __atomic_add_fetch(filter_of(addr), 1,
                       __ATOMIC_RELAXED); /* a hint: see shadow_sync_drop_range() */
    return s;
}

/* While the stripe is locked nothing in the bucket changes its address. The link to addr's object, or the last one. */
static struct shadow_sync **seek_locked(struct shadow_sync **head, uintptr_t addr)
{
    while (*head && (*head)->addr != addr)
        head = &(*head)->next;
    return head;
}

struct shadow_sync *shadow_sync_get_slow(uintptr_t addr, bool make)
{
    struct shadow_sync **head = bucket_of(addr), *s;

    base_lock_acquire(stripe_of(addr));
    s = *seek_locked(head, addr);
    if (s)
        shadow_sync_lock(s, addr);
    else if (make)
        s = create(head, addr);
    base_lock_release(stripe_of(addr));
    return s;
}

/* ---- facts of locks, by id ----------------------------------------------------------------------------- */

#define FACTS_PAGE 256u
#define FACTS_PAGES 4096u

static struct base_lock facts_lock = BASE_LOCK_INIT; /* protects the three below */
static struct report_lock *facts_pages[FACTS_PAGES];
static uint32_t facts_last;

static uint32_t new_lock_id(uintptr_t addr, uint32_t stack)
{
    struct report_lock **page;
    uint32_t id;

    base_lock_acquire(&facts_lock);
    id = ++facts_last;
    if (id < FACTS_PAGE * FACTS_PAGES) {
        page = &facts_pages[id / FACTS_PAGE];
        if (!*page)
            *page = base_arena_alloc(FACTS_PAGE * sizeof(**page));
        if (*page)
            (*page)[id % FACTS_PAGE] = (struct report_lock){ id, addr, stack };
    }
    base_lock_release(&facts_lock);
    return id;
}

bool shadow_sync_lock_facts(uint32_t id, struct report_lock *facts)
{
    struct report_lock *page;
    bool found;

    base_lock_acquire(&facts_lock);
    page = id < FACTS_PAGE * FACTS_PAGES ? facts_pages[id / FACTS_PAGE] : NULL;
    found = page && page[id % FACTS_PAGE].id == id;
    if (found)
        *facts = page[id % FACTS_PAGE];
    base_lock_release(&facts_lock);
    return found;
}

void shadow_sync_name_lock(struct shadow_thread *t, struct shadow_sync *s,
                           const struct base_where *at)
{
    s->lock_id = new_lock_id(s->addr, shadow_thread_stack(t, at));
}

/* ---- forgetting ---------------------------------------------------------------------------------------- */

static_assert(offsetof(struct shadow_sync, rw.readers) ==
                  offsetof(struct shadow_sync, barrier.done),
              "delete_at() drops either by one name");

static void note_word(struct shadow_dropped *d, const struct shadow_sync *s)
{
    if (d->t && !d->found.previous && s->word.atomic && !s->word.exact &&
        s->word.generation == shadow_world.generation &&
        !shadow_thread_ordered(d->t, s->word.atomic))
        d->found = (struct shadow_found){ .addr = s->addr - 1,
                                          .previous = s->word.atomic | SHADOW_CELL_MASK,
                                          .size = 4,
                                          .wrote = true };
}

static void note_dropped(struct shadow_dropped *d, const struct shadow_sync *s)
{
    if (d && s->addr & 1)
        note_word(d, s);
    else if (d && d->t)
        shadow_life_last(d->t, s, &d->found);
    if (!d || !s->lock_id || d->count == sizeof(d->id) / sizeof(d->id[0]) ||
        !__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        return;
    d->id[d->count] = s->lock_id;
    d->addr[d->count++] = s->addr;
}

void shadow_sync_not_quick(const struct shadow_thread *by, struct shadow_sync *s)
{
    bool was = s->quick == SHADOW_SYNC_QUICK;

    if (s->addr & 1)
        return; /* a word: `whole` lies there */
    __atomic_store_n(&s->quick, SHADOW_SYNC_NEVER_QUICK, __ATOMIC_RELAXED); /* stamp.h */
    if (was)
        shadow_tract_shut_all(by);
}

/* The object is locked. */
static void delete_taken(struct shadow_sync **at, struct shadow_dropped *dropped)
{
    struct shadow_sync *s = *at;

    note_dropped(dropped, s);
    if (__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        shadow_sync_not_quick(dropped ? dropped->t : NULL, s);
    __atomic_store_n(at, s->next, __ATOMIC_RELEASE);
    __atomic_sub_fetch(filter_of(s->addr), 1, __ATOMIC_RELAXED);
    if (s->marks & SHADOW_SYNC_ORDERED)
        shadow_order_forget(s->lock_id);
    shadow_stamp_drop(&s->stamp);
    if (s->addr & 1 && s->word.exact && dropped && dropped->t)
        shadow_exact_freed(dropped->t, s, &dropped->found);
    if (s->addr & 1)
        shadow_exact_drop(s);
    else /* a word has none; barrier.done lies in the same place */
        shadow_stamp_drop(&s->rw.readers);
    __atomic_store_n(&s->addr, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&s->lock_id, 0, __ATOMIC_RELAXED);
    shadow_sync_put(s);
    put_unused(s);
}

static void delete_at(struct shadow_sync **at, struct shadow_dropped *dropped)
{
    shadow_cell_take(&(*at)->lock);
    delete_taken(at, dropped);
}

/* Those in [lo, hi) that lie in one bucket. */
static bool drop_in(uint32_t bucket, uintptr_t lo, uintptr_t hi, struct shadow_dropped *dropped)
{
    struct shadow_sync **at = &shadow_sync_buckets[bucket];
    bool any = false;

    if (!__atomic_load_n(at, __ATOMIC_RELAXED))
        return false;
    base_lock_acquire(&stripes[bucket % STRIPES].lock);
    while (*at) {
        if ((*at)->addr >= lo && (*at)->addr < hi) {
            delete_at(at, dropped);
            any = true;
        } else {
            at = &(*at)->next;
        }
    }
    base_lock_release(&stripes[bucket % STRIPES].lock);
    return any;
}

bool shadow_sync_drop_range(uintptr_t lo, uintptr_t hi, struct shadow_dropped *dropped)
{
    uintptr_t line = lo & ~(uintptr_t)63;
    bool any = false;

    if (__atomic_load_n(&shadow_benign_count, __ATOMIC_RELAXED))
        shadow_benign_drop(lo, hi);
    if (hi - lo > (uintptr_t)FILTER << 12) { /* more pages than there are buckets */
        for (uint32_t i = 0; i < SHADOW_SYNC_BUCKETS; i++)
            any |= drop_in(i, lo, hi, dropped);
        return any;
    }
    while (line < hi) {
        /* Relaxed: an object that is made now, in memory being freed, is the program's own race. */
        if (!__atomic_load_n(filter_of(line), __ATOMIC_RELAXED)) {
            line = (line | 4095) + 1;
            continue;
        }
        any |= drop_in(shadow_sync_bucket(line), lo, hi, dropped);
        line += 64;
    }
    return any;
}

void shadow_sync_forget(uintptr_t object)
{
    drop_in(shadow_sync_bucket(object), object, object + 1, NULL);
}

/* ---- words of two granules ----------------------------------------------------------------------------- */

/* s, which is locked, is the lower granule's; what the upper one's object knows goes into it. */
static void unite_locked(struct shadow_sync **head, struct shadow_sync *s)
{
    struct shadow_sync **upper = seek_locked(head, s->addr + 4);

    __atomic_store_n(&s->whole, true, __ATOMIC_RELAXED); /* shadow_sync_find_word() */
    if (!*upper)
        return;
    shadow_cell_take(&(*upper)->lock);
    shadow_stamp_join(&s->stamp, &(*upper)->stamp);
    s->granules |= (*upper)->granules;
    if (!s->word.atomic) {
        s->word.generation = (*upper)->word.generation;
        s->word.atomic = (*upper)->word.atomic;
        s->word.bytes = (*upper)->word.bytes;
    }
    delete_taken(upper, NULL);
}

static struct shadow_sync *get_word_slow(uintptr_t word, bool whole, bool make)
{
    struct shadow_sync **head = bucket_of(word), *s;

    base_lock_acquire(stripe_of(word));
    s = *seek_locked(head, shadow_sync_whole(word));
    if (!s || !s->whole)
        s = *seek_locked(head, word);
    if (s)
        shadow_cell_take(&s->lock);
    else if (make)
        s = create(head, word);
    if (s && whole && !s->whole)
        unite_locked(head, s);
    base_lock_release(stripe_of(word));
    return s;
}

struct shadow_sync *shadow_sync_get_word(uintptr_t word, bool whole, bool create)
{
    uintptr_t addr = word;
    struct shadow_sync *s = shadow_sync_find_word(&addr);

    if (s && shadow_sync_lock(s, addr)) {
        if (s->whole || (addr == word && !whole))
            return s;
        shadow_sync_put(s);
    }
    return get_word_slow(word, whole, create);
}

/* ---- acquires and releases ----------------------------------------------------------------------------- */

void shadow_sync_pend(struct shadow_thread *t, uintptr_t addr)
{
    for (unsigned i = 0; i < t->npending; i++)
        if (t->pending[i] == addr)
            return;
    if (t->npending == SHADOW_PENDING)
        shadow_sync_flush(t); /* some loads of a long range: a little early */
    t->pending[t->npending++] = addr;
    t->attention |= SHADOW_ATTENTION_PENDING;
}

struct shadow_sync *shadow_sync_knows(const struct shadow_thread *t, uintptr_t addr, uint32_t *id)
{
    struct shadow_sync *s = shadow_sync_find(addr);
    uint32_t version;
    bool known;

    if (!s || !shadow_sync_peek(s, &version))
        return NULL;
    known = shadow_stamp_known(t, &s->stamp) && !(addr & 1 && s->word.exact);
    *id = s->lock_id;
    return shadow_sync_same(s, addr, version) && known ? s : NULL;
}

bool shadow_sync_says(const struct shadow_thread *t, uintptr_t addr, const struct shadow_sync *s)
{
    uint32_t version;
    bool published;

    if (!s || !shadow_sync_peek(s, &version))
        return false;
    published = shadow_stamp_published(t, &s->stamp);
    return shadow_sync_same(s, addr, version) && published;
}

static void acquire(struct shadow_thread *t, uintptr_t object)
{
    bool word = object & 1;
    struct shadow_sync *s;
    uint32_t id;

    if (word)
        shadow_sync_find_word(&object);
    if (shadow_sync_knows(t, object, &id))
        return;
    s = word ? shadow_sync_get_word(object, false, false) : shadow_sync_get(object, false);
    if (s)
        shadow_stamp_acquire(t, &s->stamp);
    if (s && object & 1 && s->word.exact)
        shadow_exact_acquire(t, s);
    shadow_sync_put(s);
}

void shadow_sync_flush(struct shadow_thread *t)
{
    for (unsigned i = 0; i < t->npending; i++)
        acquire(t, t->pending[i]);
    t->npending = 0;
    t->attention &= ~(uint32_t)SHADOW_ATTENTION_PENDING;
}

void shadow_acquire(struct shadow_thread *t, uintptr_t object)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    acquire(t, object);
    shadow_world_leave(t);
}

void shadow_sync_release_locked(struct shadow_thread *t, struct shadow_sync *s)
{
    if (!s) {
        shadow_world_want_reset(); /* an edge is lost: nothing before it may be reported */
        return;
    }
    shadow_sync_not_quick(t, s);
    if (!shadow_stamp_published(t, &s->stamp))
        shadow_stamp_release(t, &s->stamp);
}

static void release(struct shadow_thread *t, uintptr_t object)
{
    struct shadow_sync *s;

    if (shadow_sync_says(t, object, shadow_sync_find(object)))
        return;
    s = shadow_sync_get(object, true);
    shadow_sync_release_locked(t, s);
    shadow_sync_put(s);
}

void shadow_release(struct shadow_thread *t, uintptr_t object)
{
    if (!shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    release(t, object);
    shadow_world_leave(t);
}

static void mark(const struct shadow_sync *s)
{
    for (unsigned g = 0; s->addr & 1 && g < 2; g++)
        if (s->granules >> g & 1)
            shadow_granule_make_sync(NULL, (s->addr & ~(uintptr_t)7) + 4 * g, NULL, NULL);
}

void shadow_sync_mark_words(void)
{
    for (uint32_t i = 0; i < SHADOW_SYNC_BUCKETS; i++) {
        if (!__atomic_load_n(&shadow_sync_buckets[i], __ATOMIC_RELAXED))
            continue;
        base_lock_acquire(&stripes[i % STRIPES].lock);
        for (struct shadow_sync *s = shadow_sync_buckets[i]; s; s = s->next)
            mark(s);
        base_lock_release(&stripes[i % STRIPES].lock);
    }
}

void shadow_sync_fork_child(void)
{
    for (unsigned i = 0; i < STRIPES; i++)
        stripes[i].lock = (struct base_lock)BASE_LOCK_INIT;
    facts_lock = unused_lock = (struct base_lock)BASE_LOCK_INIT;
    shadow_exact_fork_child();
    shadow_benign_fork_child();
    for (unsigned i = 0; i < SHADOW_SYNC_BUCKETS; i++)
        for (struct shadow_sync *s = shadow_sync_buckets[i]; s; s = s->next) {
            s->lock = 0;
            if (s->marks & SHADOW_SYNC_COND)
                s->cond.inside = 0;
        }
}
