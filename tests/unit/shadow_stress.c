/*
 * Real threads. Two that race meet in the detector itself: exactly one of them must see the other. And locks, atomics,
 * resets and forks all at once raise no alarm.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model.h"
#include "shadow/limits.h"
#include "shadow/thread.h"

#define ROUNDS 100000
#define WORKERS 4
#define LAPS 20000

static struct actor first, racers[2], workers[WORKERS];
static unsigned turn[2]; /* rounds begun by each */
static bool writes[2];

static void *racer(void *arg)
{
    struct actor *me = arg;
    unsigned who = me == &racers[1];

    for (unsigned r = 1; r <= ROUNDS; r++) {
        __atomic_store_n(&turn[who], r, __ATOMIC_SEQ_CST);
        for (unsigned n = 0; __atomic_load_n(&turn[!who], __ATOMIC_SEQ_CST) < r; n++)
            if (n > 1000)
                sched_yield();
        model_access(me, (uintptr_t)model_memory + 4 * r, 4, writes[who] ? SHADOW_WRITE : 0,
                     0x10 + who);
    }
    return NULL;
}

/* Each round is one race on a fresh word. */
static void race(bool write_one, bool write_two)
{
    pthread_t thread[2];

    model_start(&first, SHADOW_FORM_GS);
    writes[0] = write_one;
    writes[1] = write_two;
    for (unsigned i = 0; i < 2; i++)
        model_spawn(&first, &racers[i]);
    for (unsigned i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, racer, &racers[i]);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    cr_assert_eq(model_races(&racers[0]) + model_races(&racers[1]), ROUNDS);
}

Test(stress, two_writes_cannot_both_miss)
{
    race(true, true);
}

Test(stress, read_and_write_cannot_both_miss)
{
    race(false, true);
}

Test(stress, a_write_cannot_miss_an_owner)
{
    shadow_limits.eager = true;
    race(true, true);
}

Test(stress, a_read_cannot_miss_an_owner)
{
    shadow_limits.eager = true;
    race(false, true);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t spin;
static uint64_t found; /* races in any worker */

static void under_mutex(struct actor *a, unsigned lap)
{
    uint8_t *p = model_memory + 256;

    pthread_mutex_lock(&mutex);
    shadow_mutex_lock(a->t, (uintptr_t)&mutex, 0, NULL);
    model_read(a, p + lap % 7, 1);
    model_write(a, p + lap % 16, 4);
    model_write(a, p + lap % 3, 8);
    shadow_mutex_unlock(a->t, (uintptr_t)&mutex);
    pthread_mutex_unlock(&mutex);
}

/* A spin lock as a program writes one: xchg, and a plain store to unlock. */
static void under_spin(struct actor *a)
{
    uint32_t *lock = (uint32_t *)(model_memory + 512);
    struct base_where at = { .pc = 0x77 };

    do {
        shadow_atomic(a->t, (uintptr_t)lock, 4, SHADOW_ATOMIC_RMW, &at);
    } while (__atomic_exchange_n(&spin, 1, __ATOMIC_SEQ_CST) && sched_yield() == 0);
    model_write(a, model_memory + 1024, 4);
    model_read(a, model_memory + 1032, 8);
    model_write(a, lock, 4);
    __atomic_store_n(&spin, 0, __ATOMIC_RELEASE);
}

static void own_block(struct actor *a, unsigned who)
{
    uintptr_t block = (uintptr_t)model_memory + 8192 + 256 * who;
    struct base_where at = { .pc = 0x88 };

    shadow_heap_alloc(a->t, block, 100, &at);
    model_write(a, (void *)(block + 40), 8);
    shadow_heap_free(a->t, block, &at);
}

static void *worker(void *arg)
{
    struct actor *me = arg;
    unsigned who = (unsigned)(me - workers);

    for (unsigned lap = 0; lap < LAPS; lap++) {
        under_mutex(me, lap);
        under_spin(me);
        own_block(me, who);
    }
    __atomic_add_fetch(&found, model_races(me), __ATOMIC_SEQ_CST);
    shadow_thread_exit(me->t);
    return NULL;
}

/* Objects that two threads use are made and forgotten beside them all the time, in the same bucket and memory. */
static void *maker(void *arg)
{
    struct actor *me = arg;
    uintptr_t near = (uintptr_t)&mutex ^ 8;

    while (!__atomic_load_n(&turn[0], __ATOMIC_RELAXED)) {
        for (unsigned i = 0; i < 40; i++)
            shadow_release(me->t, near + 4096 * i);
        model_write(me, model_memory + 4096 + 64 * (me - workers), 4);
        shadow_release(me->t, near);
        shadow_acquire(me->t, near);
        for (unsigned i = 0; i < 40; i++)
            shadow_sync_forget(near + 4096 * i);
    }
    return NULL;
}

static void *user(void *arg)
{
    struct actor *me = arg;

    for (unsigned lap = 0; lap < LAPS; lap++) {
        under_mutex(me, lap);
        shadow_mutex_lock(me->t, (uintptr_t)&found + (uintptr_t)(me - workers) * 4096, 0, NULL);
        shadow_mutex_unlock(me->t, (uintptr_t)&found + (uintptr_t)(me - workers) * 4096);
    }
    return NULL;
}

Test(stress, objects_come_and_go)
{
    pthread_t thread[WORKERS];

    model_start(&first, SHADOW_FORM_GS);
    for (unsigned i = 0; i < WORKERS; i++)
        model_spawn(&first, &workers[i]);
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_create(&thread[i], NULL, i < 2 ? user : maker, &workers[i]);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
    __atomic_store_n(&turn[0], 1, __ATOMIC_RELAXED);
    pthread_join(thread[2], NULL);
    pthread_join(thread[3], NULL);
    cr_expect_eq(model_races(&workers[0]) + model_races(&workers[1]), 0);
}

static void fork_once(void)
{
    int status;
    pid_t pid;

    shadow_fork_prepare(first.t);
    pid = fork();
    if (pid) {
        shadow_fork_parent(first.t);
        waitpid(pid, &status, 0);
        cr_assert_eq(status, 0);
        return;
    }
    shadow_fork_child(first.t);
    alarm(20);
    pthread_mutex_unlock(&mutex);
    for (unsigned lap = 0; lap < 100; lap++) {
        under_mutex(&first, lap);
        model_write(&first, model_memory + 2048, 4);
    }
    _exit(model_races(&first) ? 1 : 0);
}

static void orderly(void)
{
    pthread_t thread[WORKERS];

    model_start(&first, SHADOW_FORM_GS);
    shadow_mutex_init(first.t, (uintptr_t)&mutex, 0, NULL);
    for (unsigned i = 0; i < WORKERS; i++)
        model_spawn(&first, &workers[i]);
    for (unsigned i = 0; i < WORKERS; i++)
        pthread_create(&thread[i], NULL, worker, &workers[i]);
    for (unsigned i = 0; i < 20; i++) {
        usleep(1000);
        pthread_mutex_lock(&mutex); /* the child's copy must be free */
        fork_once();
        pthread_mutex_unlock(&mutex);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(thread[i], NULL);
        shadow_thread_join(first.t, shadow_thread_find(workers[i].handle));
    }
    cr_assert_eq(found, 0, "%lu false alarms", (unsigned long)found);
    model_write(&first, model_memory + 256, 16);
    cr_assert_eq(model_races(&first), 0);
}

Test(stress, orderly_threads_raise_no_alarm)
{
    orderly();
}

Test(stress, orderly_threads_with_resets)
{
    shadow_limits.slots = 6;
    shadow_limits.clocks = 500;
    orderly();
}

Test(stress, orderly_threads_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    orderly();
}

Test(stress, orderly_threads_with_resets_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    shadow_limits.slots = 6;
    shadow_limits.clocks = 500;
    orderly();
}

Test(stress, orderly_threads_on_the_common_plane)
{
    shadow_limits.planes = 0;
    shadow_limits.tags = 20000;
    orderly();
}

Test(stress, orderly_threads_on_memfd)
{
    shadow_limits.memfd = true;
    orderly();
}

/* Fewer slots than threads: they take them from one another. */
Test(stress, orderly_threads_that_are_preempted)
{
    shadow_limits.slots = 3;
    orderly();
}

Test(stress, orderly_threads_that_are_preempted_where_tracts_change_hands)
{
    shadow_limits.eager = true;
    shadow_limits.slots = 3;
    shadow_limits.clocks = 5000;
    orderly();
}
