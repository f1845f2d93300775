/*
 * shadow/slot.c - the queue of free slots and the journals. slot_lock protects both.
 */
#include "shadow/slot.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "shadow/tract.h"

struct tenant {
    struct tenant *next; /* earlier */
    struct shadow_identity *who;
    uint32_t first; /* clock */
};

uint32_t shadow_slot_first[SHADOW_SLOTS];
struct shadow_thread *shadow_slot_holder[SHADOW_SLOTS];

static struct base_lock slot_lock = BASE_LOCK_INIT;
static struct base_pool tenant_pool = BASE_POOL_INIT(sizeof(struct tenant));
static struct slot {
    struct tenant *tenants; /* newest first */
    uint32_t clock;         /* last one used */
} slots[SHADOW_SLOTS];
static uint16_t queue[SHADOW_SLOTS];
static uint32_t queue_head, queue_count; /* queue_count is read without the lock as a hint */
static uint32_t resting;

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

static void journal(struct slot *s, struct shadow_identity *who)
{
    struct tenant *n = base_pool_get(&tenant_pool);

    if (!n)
        return; /* a finding will name an earlier tenant as unknown */
    n->who = who;
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
    *exhausted = resting != 0;
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
    shadow_tract_leave(t);
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
    return __atomic_load_n(&queue_count, __ATOMIC_RELAXED) ||
           __atomic_load_n(&resting, __ATOMIC_RELAXED);
}

struct shadow_identity *shadow_slot_who(uint32_t slot, uint32_t clock)
{
    struct shadow_identity *who = NULL;

    if (slot >= SHADOW_SLOTS)
        return NULL;
    base_lock_acquire(&slot_lock);
    for (struct tenant *n = slots[slot].tenants; n && !who; n = n->next)
        if (n->first <= clock)
            who = n->who;
    base_lock_release(&slot_lock);
    return who;
}

void shadow_slot_reset(void)
{
    for (uint32_t i = 0; i < SHADOW_SLOTS; i++) {
        for (struct tenant *n = slots[i].tenants, *next; n; n = next) {
            next = n->next;
            base_pool_put(&tenant_pool, n);
        }
        slots[i] = (struct slot){ 0 };
    }
    fill_queue();
}

void shadow_slot_fork_child(void)
{
    slot_lock = tenant_pool.lock = (struct base_lock)BASE_LOCK_INIT;
}
