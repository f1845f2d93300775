/*
 * preload/thread.c - the last act of a thread.
 *
 * Return from the start routine, pthread_exit() and cancellation all run the destructors of thread-specific data, up
 * to PTHREAD_DESTRUCTOR_ITERATIONS rounds. Our key sets itself again until the last round, so that the destructors
 * of the program (and those of C++ thread_local objects, which run earlier) are still checked.
 */
#include "preload/thread.h"

#include <limits.h>
#include <pthread.h>

#include "base/sys.h"
#include "preload/cold.h"
#include "preload/edges.h"
#include "preload/gate.h"

/* Made once at start-up; its value is the rounds left. */
static pthread_key_t preload_thread_key;

static void preload_thread_end(void *rounds)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = self->thread;
    uint64_t mask;

    if (!t ||
        !preload_is_started()) /* after the summary too: others may look at this thread's memory until it goes */
        return;
    if (A(rounds) > 1 && pthread_setspecific(preload_thread_key, (char *)rounds - 1) == 0)
        return;
    /* No handler of the program may run on this thread once Seance has forgotten it: stays blocked. */
    base_sys_block_signals(&mask);
    preload_enter(self);
    preload_died(t);
    shadow_thread_exit(t);
    preload_thread_disarm();
    preload_leave(self);
}

int preload_thread_init(void)
{
    return -pthread_key_create(&preload_thread_key, preload_thread_end);
}

void preload_thread_watch(void)
{
    pthread_setspecific(preload_thread_key, (void *)(uintptr_t)PTHREAD_DESTRUCTOR_ITERATIONS);
}
