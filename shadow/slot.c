/*
 * shadow/slot.c - the queue of free slots, the journals, and taking slots away. slot_lock protects the first two.
 */
#include "shadow/slot.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "shadow/inline.h"
#include "shadow/tract.h"

#define TENANTS 128u /* that a journal remembers, at most */

struct tenant {
    struct tenant *next; /* earlier */
    struct shadow_ticket who;
    uint32_t first; /* clock */
};

uint32_t shadow_slot_first[SHADOW_SLOTS];
struct shadow_thread *shadow_slot_holder[SHADOW_SLOTS];

static struct base_lock slot_lock = BASE_LOCK_INIT;
static struct base_pool tenant_pool = BASE_POOL_INIT(sizeof(struct tenant));
static struct slot {
    struct tenant *tenants; /* newest first */
    uint32_t ntenants;
    uint32_t clock; /* last one used */
} slots[SHADOW_SLOTS];
static uint16_t queue[SHADOW_SLOTS];
static uint32_t queue_head, queue_count; /* queue_count is read without the lock as a hint */
static uint32_t resting;
static uint32_t hand; /* where preempt looks next; with the world stopped */

static void push(uint32_t slot)
{
    queue[(queue_head + queue_count) % SHADOW_SLOTS] = (uint16_t)slot;
    __atomic_store_n(&queue_count, queue_count + 1, __ATOMIC_RELAXED);
}

static void fill_queue(void)
{
    queue_head = 0;
    __atomic_store_n(&queue_count, 0, __ATOMIC_RELAXED);
    resting = 0;
    for (uint32_t i = 0; i < shadow_limits.slots; i++)
        push(i);
}

static void forget_tenants(struct tenant *n)
{
    for (struct tenant *next; n; n = next) {
        next = n->next;
        base_pool_put(&tenant_pool, n);
    }
}

/* The older half goes. */
static void shorten(struct slot *s)
{
    struct tenant *n = s->tenants;

    for (uint32_t i = 1; i < TENANTS / 2; i++)
        n = n->next;
    forget_tenants(n->next);
    n->next = NULL;
    s->ntenants = TENANTS / 2;
}

static void journal(struct slot *s, const struct shadow_identity *who)
{
    struct tenant *n;

    if (s->ntenants == TENANTS)
        shorten(s);
    n = base_pool_get(&tenant_pool);
    if (!n)
        return; /* a finding will name an earlier tenant as unknown */
    s->ntenants++;
    n->who = shadow_identity_ticket(who);
    n->first = s->clock + 1;
    n->next = s->tenants;
    s->tenants = n;
}

bool shadow_slot_take(struct shadow_thread *t, bool *exhausted)
{
    uint32_t slot = SHADOW_SLOT_NONE;

    base_lock_acquire(&slot_lock);
    if (queue_count) {
        slot = queue[queue_head];
        queue_head = (queue_head + 1) % SHADOW_SLOTS;
        __atomic_store_n(&queue_count, queue_count - 1, __ATOMIC_RELAXED);
        journal(&slots[slot], t->identity);
        t->slot = slot;
        shadow_slot_holder[slot] = t;
        t->clock = slots[slot].clock + 1;
        /* Relaxed: who knows a clock of this tenant got it through a lock, after this. See known() in stamp.c. */
        __atomic_store_n(&shadow_slot_first[slot], t->clock, __ATOMIC_RELAXED);
    }
    *exhausted = resting > shadow_limits.slots / 2;
    base_lock_release(&slot_lock);
    if (slot == SHADOW_SLOT_NONE)
        return false;
    t->epoch = shadow_cell_epoch(t->slot, t->clock);
    t->stamped = false;
    t->acquired = true; /* nothing was published under this slot yet */
    t->released = 0;
    return true;
}

void shadow_slot_leave(struct shadow_thread *t)
{
    if (!t->epoch)
        return;
    shadow_tract_leave(t, false);
    shadow_stamp_learn_own(t);
    base_lock_acquire(&slot_lock);
    slots[t->slot].clock = t->clock;
    if (t->clock < shadow_limits.clocks)
        push(t->slot);
    else
        resting++;
    base_lock_release(&slot_lock);
    t->slot = SHADOW_SLOT_NONE;
    t->epoch = 0;
    t->attention |= SHADOW_ATTENTION_SLOT;
}

bool shadow_slot_any(void)
{
    return __atomic_load_n(&queue_count, __ATOMIC_RELAXED);
}

/* ---- preemption ---------------------------------------------------------------------------------------- */

#define VICTIMS 64u /* at once, at most: the world must be stopped for them */

/* True if t has recorded nothing and synchronised with nobody since it was asked last. */
static bool idle(struct shadow_thread *t)
{
    uint64_t work = t->filled + t->stats.sync_ops + t->stats.epochs;
    bool same = work == t->work;

    t->work = work;
    return same;
}

/* The clock algorithm: idle ones first; busy ones when the hand comes by again. Nobody twice. Returns how many. */
static uint32_t choose(struct shadow_thread **victims, uint32_t most)
{
    uint32_t n = 0;

    for (uint32_t step = 0; step < 2 * shadow_limits.slots && n < most; step++) {
        uint32_t slot = hand++ % shadow_limits.slots;
        struct shadow_thread *t = shadow_slot_holder[slot];

        if (!t || !t->epoch || t->slot != slot || (!idle(t) && step < shadow_limits.slots))
            continue;
        shadow_slot_holder[slot] = NULL;
        victims[n++] = t;
    }
    return n;
}

bool shadow_slot_preempt(const struct shadow_thread *by)
{
    struct shadow_thread *victims[VICTIMS];
    uint32_t n =
        choose(victims, shadow_limits.slots < 8 * VICTIMS ? shadow_limits.slots / 8 + 1 : VICTIMS);

    for (uint32_t i = 0; i < n; i++)
        shadow_inline_revoke(victims[i]);
    shadow_tract_shut_all(by);
    for (uint32_t i = 0; i < n; i++) {
        /* leave() needs to be found as the holder of what it folds. */
        shadow_slot_holder[victims[i]->slot] = victims[i];
        shadow_slot_leave(victims[i]);
    }
    return n > 0;
}

/* ---- who it was ---------------------------------------------------------------------------------------- */

struct shadow_identity *shadow_slot_who(uint32_t slot, uint32_t clock)
{
    struct shadow_ticket who = { 0 };

    if (slot >= SHADOW_SLOTS)
        return NULL;
    base_lock_acquire(&slot_lock);
    for (struct tenant *n = slots[slot].tenants; n && !who.index; n = n->next)
        if (n->first <= clock)
            who = n->who;
    base_lock_release(&slot_lock);
    return shadow_identity_of(who);
}

void shadow_slot_reset(void)
{
    for (uint32_t i = 0; i < SHADOW_SLOTS; i++) {
        forget_tenants(slots[i].tenants);
        slots[i] = (struct slot){ 0 };
    }
    fill_queue();
}

void shadow_slot_fork_child(void)
{
    slot_lock = tenant_pool.lock = (struct base_lock)BASE_LOCK_INIT;
}
