/*
 * shadow/order.c - see order.h. Hot where a thread takes a lock while it holds another one.
 *
 * What was seen already is known by a hash of the locks held and the one wanted: first a small table of the thread, then one
 * that all share, read and written without a lock. Ids of locks are never used again, so nothing in there becomes wrong.
 * order_lock protects the graph. Ranked: a stripe of sync.c, then this, then the pools.
 */
#include "shadow/order.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/options.h"
#include "shadow/finding.h"
#include "shadow/held.h"

#define NODES 16384u
#define EDGES 65536u
#define KNOWN 131072u
#define MOST_EDGES 262144u /* some 140 bytes each; further ones are not recorded */
#define MOST_CONTEXTS 6u
#define MANY_HELD 64u
#define MOST_FOUND 4u

static struct base_lock order_lock = BASE_LOCK_INIT;
static struct shadow_order_node *nodes[NODES];
static struct shadow_order_edge *edges[EDGES];
static uint32_t nedges;
static struct base_pool node_pool = BASE_POOL_INIT(sizeof(struct shadow_order_node));
static struct base_pool edge_pool = BASE_POOL_INIT(sizeof(struct shadow_order_edge));
static struct base_pool many_pool = BASE_POOL_INIT(MANY_HELD * sizeof(uint32_t));
static struct base_pool context_pool = BASE_POOL_INIT(sizeof(struct shadow_order_context));

static uint64_t known[KNOWN]; /* 0: none; atomic */
static uint32_t nknown;       /* atomic; about how many */

static uint64_t mix(uint64_t x)
{
    x *= 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
    return x ^ x >> 32;
}

/* ---- what was seen already ------------------------------------------------------------------------------- */

static uint64_t key_of(const struct shadow_thread *t, uint32_t id, unsigned flags)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < t->nheld; i++)
        sum += mix((uint64_t)t->held[i].id << 1 | (t->held[i].flags & SHADOW_LOCK_SHARED));
    return mix(sum ^ ((uint64_t)id << 33 | (uint64_t)(flags & SHADOW_LOCK_SHARED) << 32)) | 1;
}

static bool is_known(uint64_t key)
{
    for (uint32_t i = 0; i < 4; i++)
        if (__atomic_load_n(&known[(key + i) % KNOWN], __ATOMIC_RELAXED) == key)
            return true;
    return false;
}

/* What another thread puts there at the same time may be lost, or take its place: it is seen once more. */
static void make_known(uint64_t key)
{
    uint32_t i = 0;

    if (__atomic_add_fetch(&nknown, 1, __ATOMIC_RELAXED) > KNOWN - KNOWN / 4) {
        __atomic_store_n(&nknown, 0, __ATOMIC_RELAXED);
        for (uint32_t k = 0; k < KNOWN; k++)
            __atomic_store_n(&known[k], 0, __ATOMIC_RELAXED);
    }
    while (i < 3 && __atomic_load_n(&known[(key + i) % KNOWN], __ATOMIC_RELAXED))
        i++;
    __atomic_store_n(&known[(key + i) % KNOWN], key, __ATOMIC_RELAXED);
}

/* ---- the graph ------------------------------------------------------------------------------------------- */

static struct shadow_order_node *node_of(uint32_t id, bool make)
{
    struct shadow_order_node **head = &nodes[id % NODES], *n = *head;

    while (n && n->id != id)
        n = n->next;
    if (n || !make)
        return n;
    n = base_pool_get(&node_pool);
    if (!n)
        return NULL;
    n->id = id;
    n->next = *head;
    *head = n;
    return n;
}

static struct shadow_order_edge **bucket(uint32_t from, uint32_t to)
{
    return &edges[mix((uint64_t)from << 32 | to) % EDGES];
}

static struct shadow_order_edge *find(uint32_t from, uint32_t to)
{
    struct shadow_order_edge *e = *bucket(from, to);

    while (e && (e->from->id != from || e->to->id != to))
        e = e->next;
    return e;
}

#define LINK(e, head, next_field, at_field)                                                        \
    do {                                                                                           \
        (e)->next_field = *(head);                                                                 \
        (e)->at_field = (head);                                                                    \
        if (*(head))                                                                               \
            (*(head))->at_field = &(e)->next_field;                                                \
        *(head) = (e);                                                                             \
    } while (0)

#define UNLINK(e, next_field, at_field)                                                            \
    do {                                                                                           \
        *(e)->at_field = (e)->next_field;                                                          \
        if ((e)->next_field)                                                                       \
            (e)->next_field->at_field = (e)->at_field;                                             \
    } while (0)

/* NULL: no memory, or too many of them. */
static struct shadow_order_edge *edge_of(uint32_t from, uint32_t to)
{
    struct shadow_order_edge *e = find(from, to);
    struct shadow_order_node *a, *b;

    if (e || nedges == MOST_EDGES)
        return e;
    a = node_of(from, true);
    b = node_of(to, true);
    e = a && b ? base_pool_get(&edge_pool) : NULL;
    if (!e)
        return NULL;
    nedges++;
    e->from = a;
    e->to = b;
    LINK(e, &a->out, next_out, at_out);
    LINK(e, &b->in, next_in, at_in);
    LINK(e, bucket(from, to), next, at);
    return e;
}

static void del_context(struct shadow_order_context *c);

static void drop_context(struct shadow_order_edge *e, struct shadow_order_context **at)
{
    struct shadow_order_context *c = *at;

    *at = c->next;
    e->ncontexts--;
    del_context(c);
}

static void drop_edge(struct shadow_order_edge *e)
{
    while (e->contexts)
        drop_context(e, &e->contexts);
    UNLINK(e, next_out, at_out);
    UNLINK(e, next_in, at_in);
    UNLINK(e, next, at);
    nedges--;
    base_pool_put(&edge_pool, e);
}

void shadow_order_forget(uint32_t id)
{
    struct shadow_order_node **at = &nodes[id % NODES], *n;

    base_lock_acquire(&order_lock);
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    n = *at;
    if (n) {
        while (n->out)
            drop_edge(n->out);
        while (n->in)
            drop_edge(n->in);
        *at = n->next;
        base_pool_put(&node_pool, n);
    }
    base_lock_release(&order_lock);
}

/* ---- contexts -------------------------------------------------------------------------------------------- */

/* True if whoever is in b, is in a too, as far as deadlocks go: a holds no lock that b does not hold as well. What one thread
 * does with locks that may be others by now says nothing of another thread. */
static bool covers(const struct shadow_order_context *a, const struct shadow_order_context *b)
{
    uint32_t k = 0;

    if ((a->from_shared && !b->from_shared) || (a->to_shared && !b->to_shared) ||
        (a->to_shared && b->waits && !a->waits) ||
        (a->who != b->who && (a->fleeting || b->fleeting)))
        return false;
    for (uint32_t i = 0; i < a->nheld; i++, k++) {
        while (k < b->nheld && b->held[k] >> 1 < a->held[i] >> 1)
            k++;
        if (k == b->nheld || b->held[k] >> 1 != a->held[i] >> 1 ||
            (b->held[k] & 1) > (a->held[i] & 1))
            return false;
    }
    return true;
}

/* Memory for the ids of n held locks; NULL: none. A few more than the commonest come from a pool, very many are not given
 * back. */
static uint32_t *room_for(struct shadow_order_context *c, uint32_t n)
{
    return n <= SHADOW_ORDER_HELD ? c->few
           : n <= MANY_HELD       ? base_pool_get(&many_pool)
                                  : base_arena_alloc(n * sizeof(uint32_t));
}

static void del_context(struct shadow_order_context *c)
{
    if (c->held && c->nheld > SHADOW_ORDER_HELD && c->nheld <= MANY_HELD)
        base_pool_put(&many_pool, c->held);
    base_pool_put(&context_pool, c);
}

/* One more, like the model; NULL: no memory. */
static struct shadow_order_context *new_context(const struct shadow_order_context *model)
{
    struct shadow_order_context *c = base_pool_get(&context_pool);

    if (!c)
        return NULL;
    *c = *model;
    c->held = room_for(c, c->nheld);
    if (c->held) {
        base_mem_copy(c->held, model->held, c->nheld * sizeof(*c->held));
        return c;
    }
    base_pool_put(&context_pool, c);
    return NULL;
}

/* The locks that t holds, in order, into c->held, which has room for them. */
static void fill_held(struct shadow_order_context *c, const struct shadow_thread *t)
{
    for (uint32_t i = 0, k; i < t->nheld; i++) {
        uint32_t item = t->held[i].id << 1 | (t->held[i].flags & SHADOW_LOCK_SHARED);

        for (k = c->nheld++; k > 0 && c->held[k - 1] > item; k--)
            c->held[k] = c->held[k - 1];
        c->held[k] = item;
    }
}

/* True if the edge's contexts say all that c does. */
static bool said(const struct shadow_order_edge *e, const struct shadow_order_context *c)
{
    const struct shadow_order_context *o = e->contexts;

    while (o && !covers(o, c))
        o = o->next;
    return o;
}

/* The longest of the edge's contexts gives way if it is longer than c: so that the list comes to an end of changing. False:
 * none did. */
static bool make_room(struct shadow_order_edge *e, const struct shadow_order_context *c)
{
    struct shadow_order_context **longest = &e->contexts;

    for (struct shadow_order_context **at = &e->contexts; *at; at = &(*at)->next)
        if ((*at)->nheld > (*longest)->nheld)
            longest = at;
    if ((*longest)->nheld <= c->nheld)
        return false;
    drop_context(e, longest);
    return true;
}

/* Puts one like the model on e's list, unless that is full; NULL: it is not there. */
static struct shadow_order_context *add_context(struct shadow_order_edge *e,
                                                const struct shadow_order_context *model)
{
    struct shadow_order_context **at = &e->contexts, *c;

    while (*at) {
        if (covers(model, *at))
            drop_context(e, at);
        else
            at = &(*at)->next;
    }
    if (e->ncontexts == MOST_CONTEXTS && !make_room(e, model))
        return NULL;
    c = new_context(model);
    if (!c)
        return NULL;
    c->next = e->contexts;
    e->contexts = c;
    e->ncontexts++;
    return c;
}

/* The same for the model, one at a time. */
static uint32_t *scratch_for(uint32_t n)
{
    static uint32_t *scratch, room;

    if (n > room) {
        scratch = base_arena_alloc(2 * n * sizeof(*scratch));
        room = scratch ? 2 * n : 0;
    }
    return scratch;
}

/* A lock on the thread's own stack that no call has made: it may be another one by now, of another call of a function. */
static bool is_fleeting(const struct shadow_thread *t, uintptr_t lock)
{
    const struct shadow_sync *s;

    if (lock < t->identity->stack_lo || lock >= t->identity->stack_hi)
        return false;
    s = shadow_sync_find(lock);
    return !s || !(s->marks & SHADOW_SYNC_MADE);
}

static bool is_any_fleeting(const struct shadow_thread *t, uintptr_t lock)
{
    bool any = is_fleeting(t, lock);

    for (uint32_t i = 0; i < t->nheld && !any; i++)
        any = is_fleeting(t, t->held[i].addr);
    return any;
}

/* ---- an order is seen ------------------------------------------------------------------------------------- */

/* t wants the lock that the model says while it holds h: the finding that comes of it; NULL: none. */
static struct report_finding *see(struct shadow_thread *t, const struct shadow_held *h, uint32_t id,
                                  struct shadow_order_context *model, const struct base_where *at)
{
    struct shadow_order_edge *e = edge_of(h->id, id);
    struct shadow_order_context *c;
    const struct shadow_cycle *cycle;

    model->from_shared = h->flags & SHADOW_LOCK_SHARED;
    if (!e || said(e, model))
        return NULL;
    model->to_stack = model->to_stack ? model->to_stack : shadow_thread_stack(t, at);
    model->from_stack = shadow_held_stack(t, h);
    c = add_context(e, model);
    cycle = c ? shadow_cycle_find(e, c) : NULL;
    return cycle ? shadow_cycle_finding(cycle) : NULL;
}

/* The lock is in the graph from now on; returns its marks. */
static unsigned mark(uintptr_t lock, uint32_t id)
{
    struct shadow_sync *s = shadow_sync_find(lock);
    unsigned marks = s ? s->marks : 0;

    if (marks & SHADOW_SYNC_ORDERED && s->lock_id == id)
        return marks;
    s = shadow_sync_get(lock, false);
    if (s && s->lock_id == id) {
        s->marks |= SHADOW_SYNC_ORDERED;
        marks = s->marks;
    }
    shadow_sync_put(s);
    return marks;
}

static void drop_stale(struct shadow_thread *t)
{
    for (uint32_t i = t->nheld; i-- > 0;)
        if (!shadow_held_valid(&t->held[i]))
            shadow_held_drop(t, &t->held[i]);
}

static void look_closer(struct shadow_thread *t, uintptr_t lock, uint32_t id, unsigned flags,
                        const struct base_where *at)
{
    struct shadow_order_context model = { .who = t->identity,
                                          .to_shared = flags & SHADOW_LOCK_SHARED };
    struct report_finding *found[MOST_FOUND];
    unsigned n = 0, marks = mark(lock, id);
    bool fleeting = is_fleeting(t, lock);

    model.waits = model.to_shared && flags & SHADOW_LOCK_WRITERS && marks & SHADOW_SYNC_WRITTEN;
    for (uint32_t i = 0; i < t->nheld; i++)
        mark(t->held[i].addr, t->held[i].id);
    base_lock_acquire(&order_lock);
    model.held = t->nheld <= SHADOW_ORDER_HELD ? model.few : scratch_for(t->nheld);
    if (model.held)
        fill_held(&model, t);
    for (uint32_t i = t->nheld; model.held && i-- > 0 && n < MOST_FOUND;) {
        model.fleeting = fleeting || is_fleeting(t, t->held[i].addr);
        found[n] = see(t, &t->held[i], id, &model, at);
        n += found[n] != NULL;
    }
    base_lock_release(&order_lock);
    for (unsigned i = 0; i < n; i++) {
        if (!t->muted)
            report_emit(found[i]);
        shadow_finding_del(found[i]);
    }
}

void shadow_order_wanted(struct shadow_thread *t, uintptr_t lock, uint32_t id, unsigned flags,
                         const struct base_where *at)
{
    uint64_t key = key_of(t, id, flags), *mine = &t->orders[key / 2 % SHADOW_ORDERS], common;

    if (*mine == key)
        return;
    common = is_any_fleeting(t, lock) ? mix(key ^ (uint64_t)t->identity->facts.id) | 1 : key;
    if (!is_known(common)) {
        drop_stale(t);
        look_closer(t, lock, id, flags, at);
        make_known(common);
    }
    *mine = key;
}

void shadow_order_fork_child(void)
{
    order_lock = (struct base_lock)BASE_LOCK_INIT;
}
