/*
 * shadow/world.c - enter, stop, reset.
 *
 * world_lock is held from stop to resume; a thread that finds the world stopped waits on it, not busy.
 */
#include "shadow/world.h"

#include <linux/membarrier.h>
#include <stddef.h>
#include <sys/syscall.h>

#include "base/lock.h"
#include "base/sys.h"
#include "shadow/budget.h"
#include "shadow/inline.h"
#include "shadow/record.h"
#include "shadow/slot.h"
#include "shadow/sync.h"
#include "shadow/tract.h"

struct shadow_world shadow_world = { .generation = 1 };
struct shadow_limits shadow_limits = { .slots = SHADOW_SLOTS,
                                       .clocks = SHADOW_CELL_CLOCK_MAX,
                                       .tags = SHADOW_TAGS,
                                       .records = SHADOW_RECORDS,
                                       .planes = 400 };

static struct base_lock world_lock = BASE_LOCK_INIT;

static long membarrier(int command)
{
    return base_syscall(SYS_membarrier, command, 0, 0, 0, 0, 0);
}

void shadow_world_init(void)
{
    shadow_world.asymmetric = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
    shadow_world.ready = true;
}

/* A barrier interrupts the other processors, which costs one microsecond on some machines and twenty on others: whoever weighs
 * what a barrier is worth needs to know. A thread that lost its processor meanwhile counts for little. */
void shadow_world_barrier(void)
{
    uint64_t from = __builtin_ia32_rdtsc(), cost,
             old = __atomic_load_n(&shadow_world.barrier_cost, __ATOMIC_RELAXED);

    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    cost = __builtin_ia32_rdtsc() - from;
    if (old && cost > 4 * old)
        cost = 4 * old;
    __atomic_store_n(&shadow_world.barrier_cost, old ? old - old / 16 + cost / 16 : cost,
                     __ATOMIC_RELAXED);
}

void shadow_world_want(enum shadow_want what)
{
    __atomic_fetch_or(&shadow_world.want, what, __ATOMIC_RELAXED);
}

void shadow_world_unwant(enum shadow_want what)
{
    __atomic_fetch_and(&shadow_world.want, ~(uint32_t)what, __ATOMIC_RELAXED);
}

void shadow_world_want_reset(void)
{
    shadow_world_want(SHADOW_WANT_RESET);
}

static void pause_or_yield(unsigned n)
{
    if (n < 64)
        __builtin_ia32_pause();
    else
        base_sys_yield();
}

void shadow_cell_wait(uint32_t *cell)
{
    for (unsigned n = 0; __atomic_load_n(cell, __ATOMIC_RELAXED) == SHADOW_CELL_LOCKED; n++)
        pause_or_yield(n);
}

void shadow_world_stop(struct shadow_thread *t)
{
    shadow_world_leave(t);
    base_lock_acquire(&world_lock);
    __atomic_store_n(&shadow_world.stop, 1, __ATOMIC_SEQ_CST);
    if (shadow_world.asymmetric)
        shadow_world_barrier();
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all)
        for (unsigned n = 0; u != t && __atomic_load_n(&u->busy, __ATOMIC_ACQUIRE); n++)
            pause_or_yield(n);
    shadow_world.stopper = t;
    t->busy = 1;
}

void shadow_world_resume(void)
{
    struct shadow_thread *t = shadow_world.stopper;

    shadow_world.stopper = NULL;
    shadow_world_leave(t);
    __atomic_store_n(&shadow_world.stop, 0, __ATOMIC_RELEASE);
    base_lock_release(&world_lock);
}

static void forget_thread(struct shadow_thread *t)
{
    shadow_stamp_forget(t);
    t->slot = SHADOW_SLOT_NONE;
    t->epoch = 0;
    t->stamped = false;
    t->acquired = true;
    t->released = 0;
    shadow_tract_forget(t);
    t->records = (struct shadow_record_cache){ 0 }; /* shadow_record_reset() takes all back */
    t->attention &= ~(uint32_t)SHADOW_ATTENTION_TAGS;
    if (t->life == SHADOW_LIFE_RUNNING)
        t->attention |= SHADOW_ATTENTION_SLOT;
    if (t->history)
        t->history->base = t->history->head;
    shadow_inline_revoke(t);
    shadow_inline_forget_all_known(t);
}

void shadow_world_reset(enum shadow_reset why)
{
    shadow_world_unwant(SHADOW_WANT_RESET);
    shadow_world.generation++;
    shadow_world.resets[why]++;
    for (struct shadow_thread *t = shadow_threads; t; t = t->all)
        forget_thread(t);
    shadow_tract_shut_all(shadow_world.stopper);
    shadow_plane_drop_shared();
    shadow_record_reset();
    shadow_slot_reset();
    shadow_inline_reset();
    shadow_sync_mark_words();
}

static void wait_while_stopped(struct shadow_thread *t)
{
    for (;;) {
        __atomic_store_n(&t->busy, 1, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&shadow_world.stop, __ATOMIC_SEQ_CST) || shadow_world.stopper == t)
            return;
        shadow_world_leave(t);
        base_lock_acquire(&world_lock);
        base_lock_release(&world_lock);
    }
}

/* Gets t a slot, if need be another thread's or by a reset. t is busy. */
static void slot(struct shadow_thread *t)
{
    bool exhausted;

    while (!shadow_slot_take(t, &exhausted)) {
        shadow_world_stop(t);
        if (!shadow_slot_any() && (exhausted || !shadow_slot_preempt(t)))
            shadow_world_reset(SHADOW_RESET_CLOCKS);
        shadow_world_resume();
        wait_while_stopped(t); /* and is inside again */
    }
    t->attention &= ~(uint32_t)SHADOW_ATTENTION_SLOT;
    shadow_tract_begin(t);
    shadow_inline_advance(t);
}

static void reset_now(struct shadow_thread *t)
{
    shadow_world_stop(t);
    if (shadow_world.want & SHADOW_WANT_RESET)
        shadow_world_reset(SHADOW_RESET_MEMORY);
    else if (t->attention & SHADOW_ATTENTION_TAGS)
        shadow_world_reset(SHADOW_RESET_CLOCKS);
    shadow_world_resume();
}

/* True if nothing else asks for a closer look: t is busy, and what it then read said so. */
static bool only_pending(const struct shadow_thread *t)
{
    return t->attention == SHADOW_ATTENTION_PENDING &&
           !(__atomic_load_n(&shadow_world.stop, __ATOMIC_RELAXED) |
             __atomic_load_n(&t->revoked, __ATOMIC_RELAXED) |
             __atomic_load_n(&shadow_world.want, __ATOMIC_RELAXED));
}

bool shadow_world_enter_slow(struct shadow_thread *t)
{
    if (only_pending(t)) {
        shadow_sync_flush(t);
        return true;
    }
    wait_while_stopped(t);
    if (t->attention & SHADOW_ATTENTION_DEAD) {
        shadow_world_leave(t);
        return false;
    }
    if (shadow_world.stopper == t)
        return true; /* the forking thread between prepare and the fork */
    if (shadow_world.want & SHADOW_WANT_BUDGET) {
        shadow_budget_check(t);
        wait_while_stopped(t);
    }
    if (shadow_world.want & SHADOW_WANT_RESET || t->attention & SHADOW_ATTENTION_TAGS) {
        reset_now(t);
        wait_while_stopped(t);
    }
    if (__atomic_exchange_n(&t->revoked, 0, __ATOMIC_SEQ_CST)) {
        shadow_inline_renew(t);
        shadow_inline_collect(t);
    }
    if (t->attention & SHADOW_ATTENTION_SLOT && t->life == SHADOW_LIFE_RUNNING)
        slot(t);
    if (t->attention & SHADOW_ATTENTION_PENDING)
        shadow_sync_flush(t);
    return true;
}

void shadow_world_fork_child(struct shadow_thread *t)
{
    world_lock = (struct base_lock)BASE_LOCK_INIT;
    base_lock_acquire(&world_lock);
    shadow_world.stopper = t;
    shadow_world.asymmetric = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
    if (!shadow_world.asymmetric)
        shadow_tracts = NULL;
}
