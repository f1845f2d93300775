/*
 * preload/bodies_openmp.c - teams of libgomp: fork, join, barriers, ordered regions. See openmp.h.
 *
 * A region's function is called through a stand-in, which knows the team and acquires what was released before the fork; so
 * it does not matter which threads of the pool libgomp takes, nor how it wakes them.
 */
#include "preload/openmp.h"

#include "preload/gate.h"

__thread struct preload_task *preload_task_now;
const uint64_t preload_critical = 1, preload_atomic = 2;

/* A parallel region on its way; on the stack of who forks. */
struct preload_region {
    uintptr_t first; /* GOMP_parallel_reductions() reads the data's first word */
    struct preload_team team;
    void (*fn)(void *);
    void *data;
};

/* omp_get_num_threads(3) of the library whose GOMP_parallel() is called; NULL: none. Always the same value. */
static int (*preload_team_size)(void);

static void preload_region_in(struct preload_team *team)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_acquire(t, A(&team->start)));
    if (preload_team_size)
        __atomic_store_n(&team->threads, (uint32_t)preload_team_size(), __ATOMIC_RELAXED);
}

static void preload_region_out(struct preload_team *team, struct preload_task *task)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_release(t, A(&team->end));
                       shadow_sync_forget(A(&task->children)));
}

/* Stands in for the region's function, on each thread of the team. */
static void preload_region_run(void *arg)
{
    struct preload_region *region = arg;
    struct preload_task task = { &region->team, NULL, 0 }, *outer = preload_task_now;

    preload_region_in(&region->team);
    preload_task_now = &task;
    region->fn(region->data);
    preload_task_now = outer;
    preload_region_out(&region->team, &task);
}

static void preload_region_begin(struct preload_region *region)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (!preload_team_size)
        preload_team_size = (int (*)(void))preload_real_beside(
            (const void *)PRELOAD_REAL(GOMP_parallel), "omp_get_num_threads");
    PRELOAD_INSIDE(self, shadow_release(t, A(&region->team.start)));
}

void preload_team_forget(const struct preload_team *team)
{
    shadow_sync_forget(A(&team->start));
    shadow_sync_forget(A(&team->end));
    shadow_sync_forget(A(&team->barrier));
    shadow_sync_forget(A(&team->tasks));
    shadow_sync_forget(A(&team->ordered));
    shadow_sync_forget(A(&team->single));
}

static void preload_region_end(struct preload_region *region)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct preload_team *team = &region->team;

    PRELOAD_INSIDE(self, shadow_acquire(t, A(&team->end)); shadow_acquire(t, A(&team->tasks));
                   preload_team_forget(team));
}

/* The body of all: `call` is the original with the stand-in. */
#define REGION(name, plain, call)                                                                  \
    struct preload_region region = { .fn = fn, .data = data };                                     \
                                                                                                   \
    if (!preload_gate(preload_self())) {                                                           \
        plain;                                                                                     \
    } else {                                                                                       \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        preload_region_begin(&region);                                                             \
        call;                                                                                      \
        preload_region_end(&region);                                                               \
    }

#define WRAP_REGION(name, params, args)                                                            \
    void name params;                                                                              \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        REGION(name, PRELOAD_REAL(name)(fn, data, UNPAREN args),                                   \
               PRELOAD_REAL(name)(preload_region_run, &region, UNPAREN args));                     \
    }

#define UNPAREN(...) __VA_ARGS__
#define LOOP_PARAMS                                                                                \
    (void (*fn)(void *), void *data, unsigned threads, long start, long end, long step,            \
     long chunk, unsigned flags)
#define LOOP_ARGS (threads, start, end, step, chunk, flags)
#define RUNTIME_PARAMS                                                                             \
    (void (*fn)(void *), void *data, unsigned threads, long start, long end, long step,            \
     unsigned flags)
#define RUNTIME_ARGS (threads, start, end, step, flags)

WRAP_REGION(GOMP_parallel, (void (*fn)(void *), void *data, unsigned threads, unsigned flags),
            (threads, flags))
WRAP_REGION(GOMP_parallel_sections,
            (void (*fn)(void *), void *data, unsigned threads, unsigned count, unsigned flags),
            (threads, count, flags))
WRAP_REGION(GOMP_parallel_loop_static, LOOP_PARAMS, LOOP_ARGS)
WRAP_REGION(GOMP_parallel_loop_dynamic, LOOP_PARAMS, LOOP_ARGS)
WRAP_REGION(GOMP_parallel_loop_guided, LOOP_PARAMS, LOOP_ARGS)
WRAP_REGION(GOMP_parallel_loop_nonmonotonic_dynamic, LOOP_PARAMS, LOOP_ARGS)
WRAP_REGION(GOMP_parallel_loop_nonmonotonic_guided, LOOP_PARAMS, LOOP_ARGS)
WRAP_REGION(GOMP_parallel_loop_runtime, RUNTIME_PARAMS, RUNTIME_ARGS)
WRAP_REGION(GOMP_parallel_loop_nonmonotonic_runtime, RUNTIME_PARAMS, RUNTIME_ARGS)
WRAP_REGION(GOMP_parallel_loop_maybe_nonmonotonic_runtime, RUNTIME_PARAMS, RUNTIME_ARGS)
WRAP_REGION(GOMP_teams_reg,
            (void (*fn)(void *), void *data, unsigned teams, unsigned limit, unsigned flags),
            (teams, limit, flags))

unsigned GOMP_parallel_reductions(void (*fn)(void *), void *data, unsigned threads, unsigned flags);

PRELOAD_EXPORT unsigned GOMP_parallel_reductions(void (*fn)(void *), void *data, unsigned threads,
                                                 unsigned flags)
{
    unsigned ret;

    REGION(GOMP_parallel_reductions,
           ret = PRELOAD_REAL(GOMP_parallel_reductions)(fn, data, threads, flags),
           region.first = *(const uintptr_t *)data;
           ret =
               PRELOAD_REAL(GOMP_parallel_reductions)(preload_region_run, &region, threads, flags));
    return ret;
}

/* ---- inside a team --------------------------------------------------------------------------------------- */

static struct preload_team *preload_team_now(void)
{
    return preload_task_now ? preload_task_now->team : NULL;
}

void preload_team_enter(struct shadow_thread *t)
{
    struct preload_team *team = preload_team_now();

    if (!team)
        return;
    shadow_barrier_expect(A(&team->barrier), __atomic_load_n(&team->threads, __ATOMIC_RELAXED));
    shadow_barrier_enter(t, A(&team->barrier));
}

void preload_team_leave(struct shadow_thread *t)
{
    struct preload_team *team = preload_team_now();

    if (!team)
        return;
    shadow_barrier_leave(t, A(&team->barrier));
    shadow_acquire(t, A(&team->tasks));
}

/* Iterations go in order: each that begins knows all that have ended. So do those that wait for a `sink`. */
void preload_team_ordered(struct shadow_thread *t, bool start)
{
    struct preload_team *team = preload_team_now();

    if (team && start)
        shadow_acquire(t, A(&team->ordered));
    else if (team)
        shadow_release(t, A(&team->ordered));
}

/* libgomp waits for the whole team on both sides of the value's way. */
void preload_team_single(struct shadow_thread *t, bool start)
{
    struct preload_team *team = preload_team_now();

    if (team && start)
        shadow_release(t, A(&team->single));
    else if (team)
        shadow_acquire(t, A(&team->single));
}

/* Declared with an ellipsis; the arguments come where as many longs would. More than ten nested loops have none. */
#define DOACROSS_WAIT(name)                                                                        \
    void preload_##name(long a, long b, long c, long d, long e, long f, long g, long h, long i,    \
                        long j) __asm__(#name) PRELOAD_EXPORT;                                     \
    void preload_##name(long a, long b, long c, long d, long e, long f, long g, long h, long i,    \
                        long j)                                                                    \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
                                                                                                   \
        PRELOAD_REAL(name)(a, b, c, d, e, f, g, h, i, j);                                          \
        if (!t)                                                                                    \
            return;                                                                                \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        PRELOAD_INSIDE(self, preload_team_ordered(t, true));                                       \
    }

DOACROSS_WAIT(GOMP_doacross_wait)
DOACROSS_WAIT(GOMP_doacross_ull_wait)
