// A work-stealing deque (Chase and Lev, in the C11 form of Lê and others), of pointers to jobs.
// Racy: the owner writes the job after it has pushed it.
// seeded: give_job,do_job
#include <stdatomic.h>

#include "lockfree.h"

enum { SIZE = 64, JOBS = 2000, FIRST = 21 };

struct job {
    long value;
};

static _Atomic long top, bottom;
static struct job *_Atomic ring[SIZE];
static struct job jobs[JOBS];
static atomic_long sum, finished;

static int push(struct job *job)
{
    long b = atomic_load_explicit(&bottom, memory_order_relaxed),
         t = atomic_load_explicit(&top, memory_order_acquire);

    if (b - t >= SIZE)
        return 0;
    atomic_store_explicit(&ring[b % SIZE], job, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&bottom, b + 1, memory_order_relaxed);
    return 1;
}

static struct job *take(void)
{
    long b = atomic_load_explicit(&bottom, memory_order_relaxed) - 1, t;
    struct job *job = NULL;

    atomic_store_explicit(&bottom, b, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    t = atomic_load_explicit(&top, memory_order_relaxed);
    if (t <= b) {
        job = atomic_load_explicit(&ring[b % SIZE], memory_order_relaxed);
        if (t != b)
            return job;
        if (!atomic_compare_exchange_strong_explicit(&top, &t, t + 1, memory_order_seq_cst,
                                                     memory_order_relaxed))
            job = NULL;
    }
    atomic_store_explicit(&bottom, b + 1, memory_order_relaxed);
    return job;
}

static struct job *steal(void)
{
    long t = atomic_load_explicit(&top, memory_order_acquire), b;
    struct job *job = NULL;

    atomic_thread_fence(memory_order_seq_cst);
    b = atomic_load_explicit(&bottom, memory_order_acquire);
    if (t >= b)
        return NULL;
    job = atomic_load_explicit(&ring[t % SIZE], memory_order_relaxed);
    if (!atomic_compare_exchange_strong_explicit(&top, &t, t + 1, memory_order_seq_cst,
                                                 memory_order_relaxed))
        return NULL;
    return job;
}

NOINLINE static void do_job(struct job *job)
{
    atomic_fetch_add_explicit(&sum, job->value, memory_order_relaxed);
    atomic_fetch_add_explicit(&finished, 1, memory_order_relaxed);
}

NOINLINE static void give_job(long i)
{
    UNLESS_RACY(jobs[i].value = i;)
    while (!push(&jobs[i])) {
        struct job *job = take();

        if (job)
            do_job(job);
    }
    IF_RACY(jobs[i].value = i;)
}

static void *owner(void *arg)
{
    struct job *job;

    for (long i = 0; i < JOBS; i++) {
        give_job(i);
        if (i == FIRST - 1) {
            unseen_step();
            unseen_until(2);
        }
    }
    while (atomic_load_explicit(&finished, memory_order_relaxed) < JOBS)
        if ((job = take()))
            do_job(job);
    return arg;
}

static void *thief(void *arg)
{
    struct job *job;
    int stolen = 0;

    unseen_until(1);
    while (atomic_load_explicit(&finished, memory_order_relaxed) < JOBS) {
        if (!(job = steal()))
            continue;
        do_job(job);
        if (++stolen == FIRST) /* the last one, too, which no later push orders */
            unseen_step();
    }
    return arg;
}

int main(void)
{
    race_two(owner, thief, NULL);
    UNLESS_RACY(MUST(sum == (long)JOBS * (JOBS - 1) / 2);)
    return 0;
}
