// What POSIX and C11 threads have beside the plain lock: robust mutexes, protocols, clocks, rounds of barriers of several sizes,
// joins with a limit, cancellation with cleanup, keys, once, exit handlers, and main leaving before the others.
// expect: none
#define _GNU_SOURCE
#include <errno.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "race.h"

static long cell;

static struct timespec in_seconds(clockid_t clock, int seconds)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_sec += seconds;
    return t;
}

/* ---- a robust mutex is handed over by a thread that dies with it ------------------------------------------------ */

static pthread_mutex_t robust;

static void *die_holding(void *arg)
{
    MUST(pthread_mutex_lock(&robust) == 0);
    cell = 1;
    unseen_step();
    return arg;
}

static void *take_over(void *arg)
{
    unseen_until(1);
    MUST(pthread_mutex_lock(&robust) == EOWNERDEAD);
    cell++;
    MUST(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
    return arg;
}

static void robust_mutex(void)
{
    pthread_mutexattr_t a;
    pthread_t first, second;

    MUST(pthread_mutexattr_init(&a) == 0 &&
         pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) == 0);
    MUST(pthread_mutex_init(&robust, &a) == 0);
    first = race_start(die_holding, NULL);
    second = race_start(take_over, NULL);
    MUST(pthread_join(second, NULL) == 0 && cell == 2 && pthread_join(first, NULL) == 0);
    MUST(pthread_mutex_destroy(&robust) == 0);
}

/* ---- protocols, limits and clocks -------------------------------------------------------------------------------- */

static pthread_mutex_t inherit;
static pthread_cond_t monotonic;
static int turn;

static void *take_turns(void *arg)
{
    int mine = arg != NULL;

    for (int i = 0; i < 50; i++) {
        struct timespec until = in_seconds(CLOCK_MONOTONIC, 20),
                        real = in_seconds(CLOCK_REALTIME, 20);

        MUST(pthread_mutex_timedlock(&inherit, &real) == 0);
        while (turn != mine)
            MUST((i & 1 ? pthread_cond_timedwait(&monotonic, &inherit, &until)
                        : pthread_cond_clockwait(&monotonic, &inherit, CLOCK_MONOTONIC, &until)) ==
                 0);
        turn = !turn;
        cell++;
        MUST(pthread_cond_broadcast(&monotonic) == 0 && pthread_mutex_unlock(&inherit) == 0);
    }
    return NULL;
}

static void protocols(void)
{
    struct timespec until;
    pthread_mutexattr_t a;
    pthread_condattr_t c;
    pthread_t first, second;

    MUST(pthread_mutexattr_init(&a) == 0 &&
         pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT) == 0);
    MUST(pthread_condattr_init(&c) == 0 && pthread_condattr_setclock(&c, CLOCK_MONOTONIC) == 0);
    MUST(pthread_mutex_init(&inherit, &a) == 0 && pthread_cond_init(&monotonic, &c) == 0);
    first = race_start(take_turns, NULL);
    second = race_start(take_turns, &turn);
    until = in_seconds(CLOCK_MONOTONIC, 50);
    MUST(pthread_clockjoin_np(first, NULL, CLOCK_MONOTONIC, &until) == 0);
    while (pthread_tryjoin_np(second, NULL) == EBUSY)
        unseen_nap(100);
    cell++;
    MUST(pthread_cond_destroy(&monotonic) == 0 && pthread_mutex_destroy(&inherit) == 0);
}

/* ---- one barrier, made anew for another number ---------------------------------------------------------------------- */

static pthread_barrier_t barrier;
static long round_cell[4];

static void *go_round(void *arg)
{
    long n = (long)(intptr_t)arg / 10, mine = (long)(intptr_t)arg % 10;

    for (int i = 0; i < 20; i++) {
        round_cell[mine]++;
        pthread_barrier_wait(&barrier);
        MUST(round_cell[(mine + 1) % n] == round_cell[mine]);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void barriers(void)
{
    pthread_t threads[4];

    for (long n = 2; n <= 4; n++) {
        for (int i = 0; i < 4; i++)
            round_cell[i] = 0;
        MUST(pthread_barrier_init(&barrier, NULL, (unsigned)n) == 0);
        for (long i = 0; i < n; i++)
            threads[i] = race_start(go_round, (void *)(intptr_t)(n * 10 + i));
        for (long i = 0; i < n; i++)
            MUST(pthread_join(threads[i], NULL) == 0);
        MUST(pthread_barrier_destroy(&barrier) == 0);
    }
}

/* ---- cancellation: what the cleanup handlers did is seen by who joins ------------------------------------------------ */

static int ends[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static void clean(void *what)
{
    cell += *(int *)what;
}

static void *read_forever(void *arg)
{
    int one = 1;
    char byte;

    pthread_cleanup_push(clean, &one);
    while (read(ends[0], &byte, 1) < 0)
        ;
    pthread_cleanup_pop(0);
    return arg;
}

static void unlock(void *arg)
{
    cell++;
    pthread_mutex_unlock(arg);
}

static void *wait_forever(void *arg)
{
    MUST(pthread_mutex_lock(&lock) == 0);
    pthread_cleanup_push(unlock, &lock);
    for (;;)
        pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(0);
    return arg;
}

static void *sleep_forever(void *arg)
{
    int one = 1;

    pthread_cleanup_push(clean, &one);
    for (;;)
        sleep(100);
    pthread_cleanup_pop(0);
    return arg;
}

static void cancellation(void)
{
    static race_body *const bodies[] = { read_forever, wait_forever, sleep_forever };
    void *value;

    MUST(pipe(ends) == 0);
    cell = 0;
    for (int i = 0; i < 3; i++) {
        pthread_t thread = race_start(bodies[i], NULL);

        unseen_nap(3000);
        MUST(pthread_cancel(thread) == 0 && pthread_join(thread, &value) == 0 &&
             value == PTHREAD_CANCELED);
        cell++;
    }
    MUST(cell == 6);
}

/* ---- C11 -------------------------------------------------------------------------------------------------------------- */

static mtx_t mtx, timed;
static cnd_t cnd;
static tss_t tss;
static once_flag once = ONCE_FLAG_INIT;
static long told, once_cell, freed;

static void destroy(void *value)
{
    MUST(mtx_lock(&mtx) == thrd_success);
    freed += *(long *)value;
    free(value);
    MUST(mtx_unlock(&mtx) == thrd_success);
}

static void set_once(void)
{
    once_cell = 7;
}

static int c11_body(void *arg)
{
    struct timespec until = in_seconds(CLOCK_REALTIME, 20);
    long *own = malloc(sizeof(*own));

    *own = 1;
    MUST(tss_set(tss, own) == thrd_success);
    call_once(&once, set_once);
    MUST(once_cell == 7);
    MUST(mtx_lock(&mtx) == thrd_success);
    while (!told)
        MUST(cnd_timedwait(&cnd, &mtx, &until) == thrd_success);
    told++;
    MUST(mtx_unlock(&mtx) == thrd_success);
    MUST(mtx_timedlock(&timed, &until) == thrd_success);
    cell++;
    MUST(mtx_unlock(&timed) == thrd_success);
    thrd_exit(arg ? 3 : 4);
}

static void c11(void)
{
    thrd_t threads[3];
    int result;

    MUST(mtx_init(&mtx, mtx_plain | mtx_recursive) == thrd_success &&
         mtx_init(&timed, mtx_timed) == thrd_success);
    MUST(cnd_init(&cnd) == thrd_success && tss_create(&tss, destroy) == thrd_success);
    for (int i = 0; i < 3; i++)
        MUST(thrd_create(&threads[i], c11_body, i ? &cell : NULL) == thrd_success);
    MUST(mtx_lock(&mtx) == thrd_success);
    told = 1;
    MUST(cnd_broadcast(&cnd) == thrd_success && mtx_unlock(&mtx) == thrd_success);
    for (int i = 0; i < 3; i++)
        MUST(thrd_join(threads[i], &result) == thrd_success && result == (i ? 3 : 4));
    MUST(told == 4 && freed == 3);
}

/* ---- the end: main leaves, the last thread's exit runs the handlers ---------------------------------------------------- */

static long last;

static void at_end(void)
{
    last++;
    if (last != 2)
        _exit(9);
}

static void *outlive(void *arg)
{
    MUST(pthread_join(*(pthread_t *)arg, NULL) == 0);
    last++;
    exit(0);
}

int main(void)
{
    static pthread_t self;

    unseen_open();
    robust_mutex();
    protocols();
    barriers();
    cancellation();
    c11();
    MUST(atexit(at_end) == 0);
    self = pthread_self();
    race_start(outlive, &self);
    pthread_exit(NULL);
}
