/*
 * preload/edges.h - orders that run through the kernel and belong to no descriptor: signals, queues, futexes.
 *
 * Each is one object that a sender releases into and a receiver acquires: a signal number, a queue's identifier.
 */
#ifndef PRELOAD_EDGES_H
#define PRELOAD_EDGES_H

#include <aio.h>
#include <signal.h>
#include <sys/sem.h>

#include "preload/objects.h"
#include "shadow/shadow.h"

#define PRELOAD_SIGNALS 65

/* ---- signals: what sends one, or says who handles it, comes before the handler and before the end of a wait -------- */

static inline uintptr_t preload_signal_object(int sig)
{
    return preload_object(PRELOAD_OBJECT_SIGNAL, (unsigned)sig);
}

static inline void preload_signal_give(struct shadow_thread *t, int sig)
{
    if (sig > 0 && sig < PRELOAD_SIGNALS)
        shadow_release(t, preload_signal_object(sig));
}

static inline void preload_signal_take(struct shadow_thread *t, int sig)
{
    if (sig > 0 && sig < PRELOAD_SIGNALS)
        shadow_acquire(t, preload_signal_object(sig));
}

/* A timer or a queue will send a signal that is told by no number at this call. */
#define PRELOAD_SIGNAL_LATER 0

static inline void preload_signal_give_later(struct shadow_thread *t)
{
    shadow_release(t, preload_signal_object(PRELOAD_SIGNAL_LATER));
}

static inline void preload_signal_take_later(struct shadow_thread *t)
{
    shadow_acquire(t, preload_signal_object(PRELOAD_SIGNAL_LATER));
}

/* ---- robust mutexes: the kernel gives them up for a thread that ends ------------------------------------ */

static inline void preload_died(struct shadow_thread *t)
{
    shadow_release(t, preload_object(PRELOAD_OBJECT_DEATH, 0));
}

/* True, so that it can stand in the condition under which a lock was taken. */
static inline bool preload_owner_died(struct shadow_thread *t)
{
    shadow_acquire(t, preload_object(PRELOAD_OBJECT_DEATH, 0));
    return true;
}

/* ---- queues and semaphores ------------------------------------------------------------------------------- */

enum preload_sysv { PRELOAD_SYSV_MSG, PRELOAD_SYSV_SEM };

static inline uintptr_t preload_sysv(enum preload_sysv what, int id)
{
    return preload_object(PRELOAD_OBJECT_SYSV, (uint64_t)what << 32 | (unsigned)id);
}

/* The object of a POSIX message queue. */
uintptr_t preload_mq(int queue);

/* semop(2): one that adds releases, before it; one that takes, or waits for zero, acquires after it. */
static inline void preload_sem_give(struct shadow_thread *t, int id, const struct sembuf *op,
                                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (op[i].sem_op != 0) /* one that takes may be what another waits for with 0 */
            shadow_release(t, preload_sysv(PRELOAD_SYSV_SEM, id));
}

static inline void preload_sem_take(struct shadow_thread *t, int id, const struct sembuf *op,
                                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (op[i].sem_op <= 0)
            shadow_acquire(t, preload_sysv(PRELOAD_SYSV_SEM, id));
}

/* aio_suspend(3): those that are done by now. */
static inline void preload_aio_take(struct shadow_thread *t, const struct aiocb *const list[],
                                    int n)
{
    for (int i = 0; i < n; i++)
        if (list[i])
            shadow_acquire(t, (uintptr_t)list[i]);
}

static inline void preload_aio_give(struct shadow_thread *t, struct aiocb *const list[], int n)
{
    for (int i = 0; i < n; i++)
        if (list[i])
            shadow_release(t, (uintptr_t)list[i]);
}

#endif
