/*
 * shadow/fork.c - fork: nobody is inside while it happens; the child starts with one thread and no history.
 */
#include "shadow/block.h"
#include "shadow/held.h"
#include "shadow/identity.h"
#include "shadow/inline.h"
#include "shadow/order.h"
#include "shadow/record.h"
#include "shadow/slot.h"
#include "shadow/sync.h"
#include "shadow/world.h"

void shadow_fork_prepare(struct shadow_thread *t)
{
    shadow_world_stop(t);
}

void shadow_fork_parent(struct shadow_thread *t)
{
    shadow_world_resume();
}

static void fresh_locks(void)
{
    shadow_clock_fork_child();
    shadow_block_fork_child();
    shadow_history_fork_child();
    shadow_identity_fork_child();
    shadow_inline_fork_child();
    shadow_record_fork_child();
    shadow_slot_fork_child();
    shadow_order_fork_child();
    shadow_sync_fork_child();
}

void shadow_fork_child(struct shadow_thread *t)
{
    __atomic_store_n(&shadow_thread_live, 1, __ATOMIC_RELAXED);
    shadow_thread_plural = false;
    fresh_locks();
    shadow_plane_fork_child();
    shadow_world_fork_child(t);
    shadow_thread_forget_others(t);
    shadow_held_fork_child(t);
    shadow_world_reset(SHADOW_RESET_FORK);
    shadow_world_resume();
}
