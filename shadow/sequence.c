/*
 * shadow/sequence.c - see sequence.h.
 */
#include "shadow/sequence.h"

#include <stddef.h>

#include "base/arena.h"
#include "shadow/world.h"

static struct base_pool pool = BASE_POOL_INIT(sizeof(struct shadow_heads));

static bool acquires(int order)
{
    return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME || order == __ATOMIC_ACQ_REL ||
           order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
    return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool set(const struct shadow_stamp *s)
{
    return s->set && s->generation == shadow_world.generation;
}

static bool is_of(const struct shadow_stamp *s, const struct shadow_thread *t)
{
    return set(s) && s->slot == t->slot && s->slot != SHADOW_SLOT_NONE;
}

/* ---- heads ----------------------------------------------------------------------------------------------- */

static void drop_heads(struct shadow_sequence *o)
{
    struct shadow_heads *h = o->heads;

    if (!h)
        return;
    for (unsigned i = 0; i < h->n; i++)
        shadow_stamp_drop(&h->of[i]);
    base_pool_put(&pool, h);
    o->heads = NULL;
}

/* t's own, or NULL. */
static struct shadow_stamp *own_head(struct shadow_sequence *o, const struct shadow_thread *t)
{
    if (!o->heads)
        return is_of(&o->all, t) ? &o->all : NULL;
    for (unsigned i = 0; i < o->heads->n; i++)
        if (is_of(&o->heads->of[i], t))
            return &o->heads->of[i];
    return NULL;
}

/* The one head that there is gets a place of its own. False: no memory. */
static bool spread(struct shadow_sequence *o)
{
    if (o->heads)
        return true;
    o->heads = base_pool_get(&pool);
    if (!o->heads)
        return false;
    if (!set(&o->all))
        return true;
    if (o->all.slot == SHADOW_SLOT_NONE)
        o->heads->lost = true; /* of a thread without a slot */
    else
        shadow_stamp_join(&o->heads->of[o->heads->n++], &o->all);
    return true;
}

/* A head of t beside the others: `by` is later than the one it had. */
static void set_head(struct shadow_sequence *o, const struct shadow_thread *t,
                     const struct shadow_stamp *by)
{
    struct shadow_stamp *mine;

    if (!set(by))
        return;
    mine = own_head(o, t);
    if (!mine && o->heads->n < SHADOW_HEADS)
        mine = &o->heads->of[o->heads->n++];
    if (!mine || by->slot == SHADOW_SLOT_NONE) {
        o->heads->lost = true;
        return;
    }
    shadow_stamp_drop(mine);
    shadow_stamp_join(mine, by);
}

/* ---- operations ------------------------------------------------------------------------------------------- */

void shadow_sequence_load(struct shadow_thread *t, const struct shadow_stamp *s, int order)
{
    if (acquires(order))
        shadow_stamp_acquire(t, s);
    else if (!shadow_stamp_known(t, s) && !shadow_stamp_has(&t->fence_acquire, s))
        shadow_stamp_join(&t->fence_acquire, s);
}

/* Whose sequences are in it is not known. */
static bool lost(const struct shadow_sequence *o)
{
    return o->heads ? o->heads->lost : set(&o->all) && o->all.slot == SHADOW_SLOT_NONE;
}

/* True if t's own head says all that its last release fence does. */
static bool passed_fence(const struct shadow_thread *t, const struct shadow_stamp *own)
{
    const struct shadow_stamp *fence = &t->fence_release;

    return !set(fence) || (own && own->slot == fence->slot && own->clock >= fence->clock);
}

/* A store that releases nothing but what a fence did: other threads' sequences end here. */
static void store_relaxed(struct shadow_thread *t, struct shadow_sequence *o)
{
    struct shadow_stamp *own = own_head(o, t), next = { 0 };

    if (lost(o)) { /* they go on */
        shadow_stamp_join(&o->all, &t->fence_release);
        return;
    }
    if (own == &o->all && passed_fence(t, own))
        return;
    if (own)
        shadow_stamp_join(&next, own);
    if (!passed_fence(t, own)) {
        if (next.slot == t->fence_release.slot)
            shadow_stamp_drop(&next); /* the fence came later, and says more */
        shadow_stamp_join(&next, &t->fence_release);
    }
    drop_heads(o);
    shadow_stamp_drop(&o->all);
    o->all = next;
}

void shadow_sequence_store(struct shadow_thread *t, struct shadow_sequence *o, int order)
{
    if (!releases(order)) {
        store_relaxed(t, o);
        return;
    }
    drop_heads(o);
    shadow_stamp_store(t, &o->all);
}

/* No head of t's: its later stores have that fence, or a later one, anyway. */
static void update_relaxed(struct shadow_thread *t, struct shadow_sequence *o)
{
    if (passed_fence(t, own_head(o, t)) || shadow_stamp_has(&o->all, &t->fence_release))
        return;
    if (set(&o->all) && !is_of(&o->all, t) && !spread(o)) {
        shadow_world_want_reset();
        return;
    }
    if (!o->heads && o->all.slot == t->fence_release.slot)
        shadow_stamp_drop(&o->all); /* the fence came later, and says more */
    shadow_stamp_join(&o->all, &t->fence_release);
}

void shadow_sequence_update(struct shadow_thread *t, struct shadow_sequence *o, int order)
{
    struct shadow_stamp mine = { 0 };
    bool only;

    if (!releases(order)) {
        update_relaxed(t, o);
        return;
    }
    only = !o->heads && (!set(&o->all) || is_of(&o->all, t));
    if (only) {
        shadow_stamp_store(t, &o->all);
        return;
    }
    if (!spread(o)) {
        shadow_world_want_reset();
        return;
    }
    shadow_stamp_release(t, &o->all);
    shadow_stamp_store(t, &mine); /* the same epoch: nothing was done since */
    set_head(o, t, &mine);
    shadow_stamp_drop(&mine);
}

void shadow_sequence_drop(struct shadow_sequence *o)
{
    drop_heads(o);
    shadow_stamp_drop(&o->all);
}

void shadow_fence(struct shadow_thread *t, int order)
{
    if (!shadow_thread_plural || !shadow_world_enter(t))
        return;
    t->stats.sync_ops++;
    if (acquires(order)) {
        shadow_stamp_acquire(t, &t->fence_acquire);
        shadow_stamp_drop(&t->fence_acquire);
    }
    if (releases(order))
        shadow_stamp_store(t, &t->fence_release);
    shadow_world_leave(t);
}

void shadow_sequence_fork_child(void)
{
    pool.lock = (struct base_lock)BASE_LOCK_INIT;
}
