/*
 * shadow/thread.c - the life of a thread: created by its parent, started by itself, ended, joined or detached.
 *
 * thread_lock protects `life`, `handle`, `detached` and the list of unused states. The list through `all` only grows,
 * at its head, by compare-and-swap, so that the world can be stopped without the lock.
 */
#include "shadow/thread.h"

#include <errno.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/options.h"
#include "shadow/block.h"
#include "shadow/identity.h"
#include "shadow/inline.h"
#include "shadow/misuse.h"
#include "shadow/record.h"
#include "shadow/slot.h"
#include "shadow/sync.h"
#include "shadow/world.h"

struct shadow_thread *shadow_threads;
uint32_t shadow_thread_live; /* atomic */
bool shadow_thread_plural;
bool shadow_history_sites;

static struct base_lock thread_lock = BASE_LOCK_INIT;
static struct shadow_thread *thread_free;
static struct shadow_stats past_sums; /* of ended threads; under thread_lock */

int shadow_init(const struct shadow_layout *layout)
{
    int err;

    shadow_world_init();
    err = shadow_plane_init(layout);
    if (!err)
        err = shadow_record_init();
    if (!err)
        err = shadow_sync_init();
    if (!err)
        err = shadow_block_init();
    if (err)
        return err;
    shadow_history_sites = base_str_equal(base_options.history, "site");
    shadow_slot_reset();
    return 0;
}

static struct shadow_thread *new_state(void)
{
    struct shadow_thread *t;

    base_lock_acquire(&thread_lock);
    t = thread_free;
    if (t) {
        thread_free = t->free;
        t->life = SHADOW_LIFE_CREATED;
    }
    base_lock_release(&thread_lock);
    if (t)
        return t;
    t = base_arena_alloc(sizeof(*t));
    if (!t)
        return NULL;
    t->life = SHADOW_LIFE_CREATED;
    t->slot = SHADOW_SLOT_NONE;
    t->fast = SHADOW_FAST_OFF;
    /* Release: pairs with the acquire loads of shadow_threads. */
    t->all = __atomic_load_n(&shadow_threads, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&shadow_threads, &t->all, t, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        ;
    return t;
}

/* ---- handles: under thread_lock ------------------------------------------------------------------------ */

#define HANDLES 4096u

static struct shadow_thread *handles[HANDLES];

static struct shadow_thread **bucket(uintptr_t handle)
{
    return &handles[handle * 0x9E3779B97F4A7C15ull >> 52];
}

static_assert(HANDLES == 1u << (64 - 52), "bucket() gives so many");

static void enter_handle_locked(struct shadow_thread *t, uintptr_t handle)
{
    struct shadow_thread **head = bucket(handle);

    t->handle = handle;
    t->same = *head;
    *head = t;
}

static void leave_handle_locked(struct shadow_thread *t)
{
    struct shadow_thread **at = bucket(t->handle);

    while (*at && *at != t)
        at = &(*at)->same;
    if (*at)
        *at = t->same;
    t->handle = 0;
}

/* ---- states -------------------------------------------------------------------------------------------- */

/* Back to the unused ones; only what a new life must not see is reset. thread_lock held. */
static void recycle_locked(struct shadow_thread *t)
{
    shadow_stamp_drop(&t->birth);
    shadow_stamp_drop(&t->death);
    shadow_stamp_drop(&t->fence_acquire);
    shadow_stamp_drop(&t->fence_release);
    shadow_stamp_forget(t);
    t->epoch = t->clock = t->released = 0;
    t->slot = SHADOW_SLOT_NONE;
    t->stamped = t->acquired = t->detached = false;
    t->attention = t->revoked = t->npending = t->nowed = 0;
    t->nheld = 0;
    t->held_unseen = false;
    t->ignoring = t->muted = 0;
    t->awaits = 0;
    base_mem_set(t->ignores, 0, sizeof(t->ignores));
    t->late.previous = 0;
    t->filled = t->races = 0;
    t->work = 0;
    leave_handle_locked(t);
    shadow_identity_retire(t->identity);
    t->identity = NULL;
    t->history = NULL;
    report_stack_forget(&t->walker);
    t->life = SHADOW_LIFE_FREE;
    t->free = thread_free;
    thread_free = t;
}

static void recycle(struct shadow_thread *t)
{
    base_lock_acquire(&thread_lock);
    recycle_locked(t);
    base_lock_release(&thread_lock);
}

static bool identify(struct shadow_thread *t, uint32_t parent, uint32_t created)
{
    t->identity = shadow_identity_new();
    if (!t->identity)
        return false;
    t->identity->facts.parent = parent;
    t->identity->facts.created = created;
    return true;
}

/* What first and start have in common. */
static void begin(struct shadow_thread *t, struct shadow_inline *in, uintptr_t lo, uintptr_t hi)
{
    t->identity->stack_lo = t->walker.stack_lo = lo;
    t->identity->stack_hi = t->walker.stack_hi = hi;
    t->history = t->identity->history = shadow_history_new(t->identity);
    t->acquired = true;
    shadow_inline_start(t, in);
    base_lock_acquire(&thread_lock);
    t->life = SHADOW_LIFE_RUNNING;
    base_lock_release(&thread_lock);
    t->attention |= SHADOW_ATTENTION_SLOT;
}

struct shadow_thread *shadow_thread_first(struct shadow_inline *in, uintptr_t lo, uintptr_t hi)
{
    struct shadow_thread *t = new_state();

    if (!t || !identify(t, 0, 0))
        return NULL;
    begin(t, in, lo, hi);
    __atomic_fetch_add(&shadow_thread_live, 1, __ATOMIC_RELAXED);
    shadow_world_enter(t); /* takes the slot */
    shadow_world_leave(t);
    return t;
}

/* parent, in the bracket, is about to have another thread beside it. */
static void become_plural(struct shadow_thread *parent)
{
    if (!shadow_thread_plural)
        shadow_inline_renew(parent); /* what passed alone is not recorded */
    shadow_thread_plural = true;
    __atomic_fetch_add(&shadow_thread_live, 1,
                       __ATOMIC_RELAXED); /* read by the threads themselves only */
}

struct shadow_thread *shadow_thread_create(struct shadow_thread *parent,
                                           const struct base_where *at)
{
    struct shadow_thread *t = NULL;

    if (!shadow_world_enter(parent))
        return NULL;
    t = new_state();
    if (t && !identify(t, parent->identity->facts.id, shadow_thread_stack(parent, at))) {
        recycle(t);
        t = NULL;
    }
    if (t) {
        become_plural(parent);
        shadow_stamp_release(parent, &t->birth);
    }
    shadow_world_leave(parent);
    return t;
}

bool shadow_thread_foresee(struct shadow_thread *t, const struct base_where *at,
                           struct shadow_origin *origin)
{
    if (!shadow_world_enter(t))
        return false;
    become_plural(t); /* and nobody is alone any more: what may come is counted for good */
    origin->thread = t->identity->facts.id;
    origin->stack = shadow_thread_stack(t, at);
    shadow_world_leave(t);
    return true;
}

struct shadow_thread *shadow_thread_foreseen(const struct shadow_origin *origin)
{
    struct shadow_thread *t = new_state();

    if (!t)
        return NULL;
    if (!identify(t, origin->thread, origin->stack)) {
        recycle(t);
        return NULL;
    }
    __atomic_fetch_add(&shadow_thread_live, 1, __ATOMIC_RELAXED);
    return t;
}

void shadow_thread_abandon(struct shadow_thread *child)
{
    if (!child)
        return;
    __atomic_fetch_sub(&shadow_thread_live, 1, __ATOMIC_RELAXED);
    recycle(child);
}

void shadow_thread_start(struct shadow_thread *t, struct shadow_inline *in, uintptr_t handle,
                         uintptr_t lo, uintptr_t hi)
{
    base_lock_acquire(&thread_lock);
    enter_handle_locked(t, handle);
    base_lock_release(&thread_lock);
    shadow_world_enter(t);
    begin(t, in, lo, hi);
    shadow_world_leave(t);
    shadow_world_enter(t);
    shadow_stamp_acquire(t, &t->birth);
    shadow_stamp_drop(&t->birth);
    shadow_world_leave(t);
    if (lo < hi)
        shadow_clear(t, lo, hi - lo);
}

void shadow_thread_set_name(struct shadow_thread *t, const char *name)
{
    base_str_copy(t->identity->facts.name, name, sizeof(t->identity->facts.name));
}

static void sum(struct shadow_stats *to, const struct shadow_stats *from)
{
    to->tier2 += from->tier2;
    to->tier3 += from->tier3;
    to->inflations += from->inflations;
    to->sync_ops += from->sync_ops;
    to->lost_history += from->lost_history;
    to->epochs += from->epochs;
    to->dropped += from->dropped;
}

/* thread_lock held, t ended. */
static void bury_locked(struct shadow_thread *t)
{
    sum(&past_sums, &t->stats);
    t->stats = (struct shadow_stats){ 0 };
    t->history = NULL;
    t->life = SHADOW_LIFE_ENDED;
    if (t->detached)
        recycle_locked(t);
}

void shadow_thread_exit(struct shadow_thread *t)
{
    shadow_misuse_exit(t);
    if (!shadow_world_enter(t))
        return;
    shadow_stamp_release(t, &t->death);
    shadow_slot_leave(t);
    shadow_inline_stop(t);
    shadow_record_flush(&t->records);
    shadow_stamp_flatten(t);
    shadow_history_retire(t->history, t->vc);
    t->attention = SHADOW_ATTENTION_DEAD;
    __atomic_fetch_sub(&shadow_thread_live, 1, __ATOMIC_RELEASE);
    shadow_world_leave(t);
    base_lock_acquire(&thread_lock);
    bury_locked(t); /* from here on the state may be another thread's */
    base_lock_release(&thread_lock);
}

struct shadow_thread *shadow_thread_find(uintptr_t handle)
{
    struct shadow_thread *t;

    base_lock_acquire(&thread_lock);
    for (t = *bucket(handle); t && t->handle != handle; t = t->same)
        ;
    base_lock_release(&thread_lock);
    return t;
}

void shadow_thread_join(struct shadow_thread *t, struct shadow_thread *joined)
{
    bool entered = shadow_world_enter(t);

    if (entered)
        shadow_stamp_acquire(t, &joined->death);
    base_lock_acquire(&thread_lock);
    joined->detached = true;
    if (joined->life == SHADOW_LIFE_ENDED)
        recycle_locked(joined);
    base_lock_release(&thread_lock);
    if (entered)
        shadow_world_leave(t);
}

/* u is not inside: as a release by it at its present clock. False: its clock is used up. */
static bool end_epoch(struct shadow_thread *u)
{
    if (u->clock >= shadow_limits.clocks)
        return false;
    u->released = u->clock++;
    u->epoch = shadow_cell_epoch(u->slot, u->clock);
    u->stamped = u->acquired = false;
    u->stats.epochs++;
    shadow_inline_revoke(u);
    return true;
}

static bool knowledge_locked(struct shadow_thread *u, uint32_t cell, struct shadow_stamp *out)
{
    if (u->epoch && shadow_cell_same_epoch(u->epoch, cell) && !end_epoch(u))
        return false;
    shadow_stamp_copy(u, shadow_cell_slot(cell), shadow_cell_clock(cell), out);
    return true;
}

bool shadow_thread_knowledge(struct shadow_identity *who, uint32_t cell, struct shadow_stamp *out)
{
    struct shadow_thread *u;
    bool known;

    base_lock_acquire(&thread_lock);
    for (u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u && u->identity != who;
         u = u->all)
        ;
    known = u ? knowledge_locked(u, cell, out) : shadow_history_knowledge(who, out);
    base_lock_release(&thread_lock);
    return known;
}

static void learn_locked(struct shadow_thread *t, struct shadow_thread *u)
{
    struct shadow_stamp from = { 0 };

    if (u->epoch && !knowledge_locked(u, u->epoch, &from)) {
        shadow_world_want_reset(); /* an edge is lost */
        return;
    }
    if (!u->epoch)
        shadow_stamp_copy(u, SHADOW_SLOT_NONE, 0, &from);
    shadow_stamp_acquire(t, &from);
    shadow_stamp_drop(&from);
}

void shadow_thread_gather(struct shadow_thread *t)
{
    if (!shadow_world_enter(t))
        return;
    shadow_world_stop(t);
    base_lock_acquire(&thread_lock);
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all)
        if (u != t && u->life == SHADOW_LIFE_RUNNING)
            learn_locked(t, u);
    base_lock_release(&thread_lock);
    shadow_world_resume();
}

void shadow_thread_detach(struct shadow_thread *target)
{
    base_lock_acquire(&thread_lock);
    target->detached = true;
    if (target->life == SHADOW_LIFE_ENDED)
        recycle_locked(target);
    base_lock_release(&thread_lock);
}

const struct shadow_identity *shadow_thread_left(struct shadow_thread *u)
{
    const struct shadow_identity *who;

    base_lock_acquire(&thread_lock);
    who = u->life == SHADOW_LIFE_ENDED && !u->detached ? u->identity : NULL;
    base_lock_release(&thread_lock);
    return who;
}

void shadow_thread_forget_others(struct shadow_thread *t)
{
    thread_lock = (struct base_lock)BASE_LOCK_INIT;
    for (struct shadow_thread *u = shadow_threads; u; u = u->all) {
        if (u == t || u->life == SHADOW_LIFE_FREE)
            continue;
        u->in = NULL; /* its memory is this process's, but nobody's */
        u->busy = u->working = 0;
        shadow_plane_put(u->plane, false);
        u->plane = NULL;
        if (u->life == SHADOW_LIFE_RUNNING)
            shadow_history_retire(u->history, NULL);
        recycle(u);
    }
}

void shadow_stats(struct shadow_stats *s)
{
    base_lock_acquire(&thread_lock);
    *s = past_sums;
    for (struct shadow_thread *t = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); t;
         t = t->all)
        if (t->life == SHADOW_LIFE_RUNNING)
            sum(s, &t->stats);
    s->threads = shadow_identity_count();
    s->resets = shadow_world.resets[SHADOW_RESET_CLOCKS] +
                shadow_world.resets[SHADOW_RESET_MEMORY] + shadow_world.resets[SHADOW_RESET_LIMIT];
    base_lock_release(&thread_lock);
}
