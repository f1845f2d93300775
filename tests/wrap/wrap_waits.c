/* Conditions (also cancelled in the wait), barriers, semaphores, once, guards of C++ statics. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>
#include <unistd.h>

#include "wrap.h"

int __cxa_guard_acquire(long long *guard);
void __cxa_guard_release(long long *guard);
void __cxa_guard_abort(long long *guard);

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int waiting, cleaned;

static void clean(void *arg)
{
    cleaned++;
    MUST(pthread_mutex_trylock(&mutex) == EBUSY); /* held again */
    pthread_mutex_unlock(&mutex);
}

static void *wait_forever(void *arg)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(clean, NULL);
    waiting = 1;
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancelled_in_wait(void)
{
    pthread_t t;
    void *value;

    MUST(pthread_create(&t, NULL, wait_forever, NULL) == 0);
    for (int seen = 0; !seen; usleep(1000)) {
        pthread_mutex_lock(&mutex);
        seen = waiting;
        pthread_mutex_unlock(&mutex);
    }
    MUST(pthread_cancel(t) == 0);
    MUST(pthread_join(t, &value) == 0 && value == PTHREAD_CANCELED && cleaned == 1);
}

static void conditions(void)
{
    struct timespec past = { 1, 0 };
    pthread_cond_t c;

    MUST(pthread_cond_init(&c, NULL) == 0);
    MUST(pthread_cond_signal(&c) == 0);
    MUST(pthread_cond_broadcast(&c) == 0);
    MUST(pthread_mutex_lock(&mutex) == 0);
    MUST(pthread_cond_timedwait(&c, &mutex, &past) == ETIMEDOUT);
    MUST(pthread_cond_clockwait(&c, &mutex, CLOCK_MONOTONIC, &past) == ETIMEDOUT);
    MUST(pthread_mutex_unlock(&mutex) == 0);
    MUST(pthread_cond_destroy(&c) == 0);
}

static mtx_t c11_mutex;
static cnd_t c11_cond;
static int c11_go;

static int c11_signaller(void *arg)
{
    mtx_lock(&c11_mutex);
    c11_go = 1;
    cnd_signal(&c11_cond);
    cnd_broadcast(&c11_cond);
    mtx_unlock(&c11_mutex);
    return 0;
}

static void c11_conditions(void)
{
    struct timespec past = { 1, 0 };
    thrd_t t;

    MUST(mtx_init(&c11_mutex, mtx_plain) == thrd_success);
    MUST(cnd_init(&c11_cond) == thrd_success);
    MUST(mtx_lock(&c11_mutex) == thrd_success);
    MUST(cnd_timedwait(&c11_cond, &c11_mutex, &past) == thrd_timedout);
    MUST(thrd_create(&t, c11_signaller, NULL) == thrd_success);
    while (!c11_go)
        MUST(cnd_wait(&c11_cond, &c11_mutex) == thrd_success);
    MUST(mtx_unlock(&c11_mutex) == thrd_success);
    MUST(thrd_join(t, NULL) == thrd_success);
    cnd_destroy(&c11_cond);
    mtx_destroy(&c11_mutex);
}

static void semaphores(void)
{
    struct timespec real = soon(CLOCK_REALTIME), mono = soon(CLOCK_MONOTONIC);
    sem_t s;

    MUST(sem_init(&s, 0, 0) == 0);
    errno = 0;
    MUST(sem_trywait(&s) == -1 && errno == EAGAIN);
    for (int i = 0; i < 4; i++)
        MUST(sem_post(&s) == 0);
    MUST(sem_wait(&s) == 0);
    MUST(sem_trywait(&s) == 0);
    MUST(sem_timedwait(&s, &real) == 0);
    MUST(sem_clockwait(&s, CLOCK_MONOTONIC, &mono) == 0);
    MUST(sem_destroy(&s) == 0);
}

static void barriers(void)
{
    pthread_barrier_t b;

    MUST(pthread_barrier_init(&b, NULL, 1) == 0);
    MUST(pthread_barrier_wait(&b) == PTHREAD_BARRIER_SERIAL_THREAD);
    MUST(pthread_barrier_destroy(&b) == 0);
}

static int outer_runs, inner_runs;
static pthread_once_t inner = PTHREAD_ONCE_INIT;

static void run_inner(void)
{
    inner_runs++;
}

static void run_outer(void)
{
    outer_runs++;
    MUST(pthread_once(&inner, run_inner) == 0);
}

static void once(void)
{
    static pthread_once_t outer = PTHREAD_ONCE_INIT;
    static once_flag flag = ONCE_FLAG_INIT;

    MUST(pthread_once(&outer, run_outer) == 0 && pthread_once(&outer, run_outer) == 0);
    MUST(outer_runs == 1 && inner_runs == 1);
    call_once(&flag, run_inner);
    call_once(&flag, run_inner);
    MUST(inner_runs == 2);
}

static void guards(void)
{
    static long long guard;

    MUST(__cxa_guard_acquire(&guard) == 1);
    __cxa_guard_abort(&guard);
    MUST(__cxa_guard_acquire(&guard) == 1);
    __cxa_guard_release(&guard);
    MUST(*(char *)&guard == 1 && __cxa_guard_acquire(&guard) == 0);
}

void _ZNSt3__111__call_onceERVmPvPFvS2_E(unsigned long volatile *flag, void *arg,
                                         void (*routine)(void *));
_Bool _ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(
    void *barrier, unsigned char phase);

static void raise_by_one(void *count)
{
    ++*(int *)count;
}

/* What std::call_once() and std::barrier of libc++ call. */
static void libcxx(void)
{
    unsigned char barrier = 2;
    unsigned long flag = 0;
    int count = 0;

    for (int i = 0; i < 2; i++)
        _ZNSt3__111__call_onceERVmPvPFvS2_E(&flag, &count, raise_by_one);
    MUST(count == 1 && flag == ~0ul);
    MUST(_ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(&barrier, 2));
    MUST(!_ZNSt3__131__arrive_barrier_algorithm_baseEPNS_24__barrier_algorithm_baseEh(&barrier, 0));
}

void wrap_waits(void)
{
    libcxx();
    cancelled_in_wait();
    conditions();
    c11_conditions();
    semaphores();
    barriers();
    once();
    guards();
}
