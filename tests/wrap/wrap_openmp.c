/* Rows of preload/wrap_openmp.def: libgomp called as gcc's code calls it, by a team of one thread. */
#include <dlfcn.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "wrap.h"

typedef void body(void *data);

void GOMP_parallel(body *fn, void *data, unsigned threads, unsigned flags);
unsigned GOMP_parallel_reductions(body *fn, void *data, unsigned threads, unsigned flags);
void GOMP_parallel_sections(body *fn, void *data, unsigned threads, unsigned count, unsigned flags);
#define LOOP(name)                                                                                 \
    void GOMP_parallel_loop_##name(body *fn, void *data, unsigned threads, long start, long end,   \
                                   long step, long chunk, unsigned flags)
LOOP(static);
LOOP(dynamic);
LOOP(guided);
LOOP(nonmonotonic_dynamic);
LOOP(nonmonotonic_guided);
#define RUNTIME(name)                                                                              \
    void GOMP_parallel_loop_##name(body *fn, void *data, unsigned threads, long start, long end,   \
                                   long step, unsigned flags)
RUNTIME(runtime);
RUNTIME(nonmonotonic_runtime);
RUNTIME(maybe_nonmonotonic_runtime);
void GOMP_teams_reg(body *fn, void *data, unsigned teams, unsigned limit, unsigned flags);
void GOMP_barrier(void);
bool GOMP_barrier_cancel(void);
bool GOMP_loop_static_start(long start, long end, long step, long chunk, long *from, long *to);
bool GOMP_loop_ordered_static_start(long start, long end, long step, long chunk, long *from,
                                    long *to);
bool GOMP_loop_ordered_static_next(long *from, long *to);
void GOMP_loop_end(void);
bool GOMP_loop_end_cancel(void);
void GOMP_loop_end_nowait(void);
unsigned GOMP_sections_start(unsigned count);
unsigned GOMP_sections_next(void);
void GOMP_sections_end(void);
bool GOMP_sections_end_cancel(void);
void *GOMP_single_copy_start(void);
void GOMP_single_copy_end(void *data);
void GOMP_ordered_start(void);
void GOMP_ordered_end(void);
void GOMP_workshare_task_reduction_unregister(bool cancelled);
bool GOMP_loop_doacross_static_start(unsigned n, long *counts, long chunk, long *from, long *to);
void GOMP_doacross_post(long *counts);
void GOMP_doacross_wait(long first, ...);
bool GOMP_loop_ull_doacross_static_start(unsigned n, unsigned long long *counts,
                                         unsigned long long chunk, unsigned long long *from,
                                         unsigned long long *to);
void GOMP_doacross_ull_post(unsigned long long *counts);
void GOMP_doacross_ull_wait(unsigned long long first, ...);
void GOMP_critical_start(void);
void GOMP_critical_end(void);
void GOMP_critical_name_start(void **name);
void GOMP_critical_name_end(void **name);
void GOMP_atomic_start(void);
void GOMP_atomic_end(void);
void GOMP_task(body *fn, void *data, void (*copy)(void *, void *), long size, long align, bool now,
               unsigned flags, void **depend, int priority, void *detach);
void GOMP_taskloop(body *fn, void *data, void (*copy)(void *, void *), long size, long align,
                   unsigned flags, unsigned long tasks, int priority, long start, long end,
                   long step);
void GOMP_taskloop_ull(body *fn, void *data, void (*copy)(void *, void *), long size, long align,
                       unsigned flags, unsigned long tasks, int priority, unsigned long long start,
                       unsigned long long end, unsigned long long step);
void GOMP_taskwait(void);
void GOMP_taskwait_depend(void **depend);
void GOMP_taskgroup_start(void);
void GOMP_taskgroup_end(void);
void *__kmpc_omp_task_alloc(void *place, int thread, int flags, size_t size, size_t shared,
                            void *entry);
#define LOCK(name)                                                                                 \
    void omp_init_##name##_(void *l);                                                              \
    void omp_set_##name##_(void *l);                                                               \
    void omp_unset_##name##_(void *l);                                                             \
    int omp_test_##name##_(void *l)
LOCK(lock);
LOCK(nest_lock);

static int calls;
static omp_lock_t first_lock;
static omp_nest_lock_t nested_lock;
static uint64_t fortran_lock[4], fortran_nested[4];

static void call(void *data)
{
    calls += *(int *)data;
}

/* The bounds stand before the data. */
static void part(void *data)
{
    const long *words = data;

    MUST(words[2] == 7);
    calls += (int)(words[1] - words[0]);
}

static void copy_words(void *to, void *from)
{
    memcpy(to, from, 3 * sizeof(long));
}

#define LOCK_CALLS(name, l, end)                                                                   \
    do {                                                                                           \
        omp_set_##name##end(l);                                                                    \
        omp_unset_##name##end(l);                                                                  \
        MUST(omp_test_##name##end(l));                                                             \
        omp_unset_##name##end(l);                                                                  \
    } while (0)

static void locks(void)
{
    static void *name;

    GOMP_critical_start();
    GOMP_critical_end();
    GOMP_critical_name_start(&name);
    GOMP_critical_name_end(&name);
    GOMP_atomic_start();
    GOMP_atomic_end();
    omp_init_lock(&first_lock);
    LOCK_CALLS(lock, &first_lock, );
    omp_destroy_lock(&first_lock);
    omp_init_nest_lock(&nested_lock);
    LOCK_CALLS(nest_lock, &nested_lock, );
    omp_destroy_nest_lock(&nested_lock);
    omp_init_lock_(fortran_lock);
    LOCK_CALLS(lock, fortran_lock, _);
    omp_init_nest_lock_(fortran_nested);
    LOCK_CALLS(nest_lock, fortran_nested, _);
}

static void loops(void)
{
    unsigned long long ucounts[1] = { 2 }, ufrom, uto;
    long counts[1] = { 2 }, from, to;

    if (GOMP_loop_static_start(0, 4, 1, 0, &from, &to))
        GOMP_loop_end();
    else
        GOMP_loop_end_nowait();
    MUST(GOMP_loop_static_start(0, 4, 1, 0, &from, &to) && !GOMP_loop_end_cancel());
    MUST(GOMP_loop_ordered_static_start(0, 1, 1, 1, &from, &to));
    GOMP_ordered_start();
    GOMP_ordered_end();
    MUST(!GOMP_loop_ordered_static_next(&from, &to));
    GOMP_loop_end();
    MUST(GOMP_loop_doacross_static_start(1, counts, 2, &from, &to));
    GOMP_doacross_post(&from);
    GOMP_doacross_wait(from);
    GOMP_loop_end();
    MUST(GOMP_loop_ull_doacross_static_start(1, ucounts, 2, &ufrom, &uto));
    GOMP_doacross_ull_post(&ufrom);
    GOMP_doacross_ull_wait(ufrom);
    GOMP_loop_end();
}

static void tasks(void)
{
    void *depend[3] = { (void *)1, (void *)1, &calls };
    long words[3] = { 0, 0, 7 };
    int one = 1;

    GOMP_task(call, &one, NULL, sizeof(one), sizeof(one), true, 8, depend, 0, NULL);
    GOMP_taskwait();
    GOMP_taskgroup_start();
    GOMP_task(call, &one, NULL, sizeof(one), sizeof(one), false, 0, NULL, 0, NULL);
    GOMP_taskgroup_end();
    GOMP_taskwait_depend(depend);
    GOMP_taskloop(part, words, copy_words, sizeof(words), 8, 0, 2, 0, 0, 10, 1);
    GOMP_taskloop_ull(part, words, NULL, sizeof(words), 8, 1u << 8, 2, 0, 0, 10, 1);
}

/* As gcc compiles it. */
static void pragmas(void)
{
    omp_event_handle_t event;
    int sum = 0;

#pragma omp parallel num_threads(1) reduction(task, + : sum)
    {
#pragma omp task in_reduction(+ : sum)
        sum++;
    }
#pragma omp parallel num_threads(1)
#pragma omp for reduction(task, + : sum)
    for (int i = 0; i < 4; i++) {
#pragma omp task in_reduction(+ : sum)
        sum++;
    }
    MUST(sum == 5);
#pragma omp parallel num_threads(1)
    {
#pragma omp task detach(event)
        omp_fulfill_event(event);
#pragma omp taskwait
    }
}

static void region(void *data)
{
    calls++;
    GOMP_barrier();
    MUST(!GOMP_barrier_cancel());
    while (GOMP_sections_next())
        ;
    loops();
    MUST(GOMP_sections_start(0) == 0);
    GOMP_sections_end();
    MUST(GOMP_sections_start(0) == 0 && !GOMP_sections_end_cancel());
    MUST(!GOMP_single_copy_start());
    GOMP_single_copy_end(data);
    tasks();
}

void wrap_openmp(void)
{
    void *(*start_tool)(unsigned version, const char *runtime);
    int one = 1;

    locks();
    pragmas();
    start_tool = (void *(*)(unsigned, const char *))dlsym(RTLD_DEFAULT, "ompt_start_tool");
    MUST(__kmpc_omp_task_alloc(NULL, 0, 0, 64, 8, NULL));
    MUST(start_tool && start_tool(201811, "a runtime"));
    GOMP_parallel(call, &one, 1, 0);
    MUST(calls == 1);
    GOMP_parallel_loop_static(call, &one, 1, 0, 4, 1, 0, 0);
    GOMP_parallel_loop_dynamic(call, &one, 1, 0, 4, 1, 1, 0);
    GOMP_parallel_loop_guided(call, &one, 1, 0, 4, 1, 1, 0);
    GOMP_parallel_loop_nonmonotonic_dynamic(call, &one, 1, 0, 4, 1, 1, 0);
    GOMP_parallel_loop_nonmonotonic_guided(call, &one, 1, 0, 4, 1, 1, 0);
    GOMP_parallel_loop_runtime(call, &one, 1, 0, 4, 1, 0);
    GOMP_parallel_loop_nonmonotonic_runtime(call, &one, 1, 0, 4, 1, 0);
    GOMP_parallel_loop_maybe_nonmonotonic_runtime(call, &one, 1, 0, 4, 1, 0);
    GOMP_teams_reg(call, &one, 1, 1, 0);
    MUST(calls == 10);
    GOMP_parallel_sections(region, &one, 1, 1, 0);
    MUST(calls == 33);
}
