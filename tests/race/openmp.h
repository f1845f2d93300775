/* Each construct of OpenMP that orders, in a function of its own. With BARE defined it is left out (`nowait`, no critical
 * section, no dependence), and the function is in the finding. Which thread comes first is settled by the turnstile. */
#include <omp.h>

#include "race.h"

#ifdef BARE
#define ORDER(pragma)
#define CLAUSE(clause, bare) bare
#define IF_BARE(action) action
#else
#define ORDER(pragma) PRAGMA(omp pragma)
#define CLAUSE(clause, bare) clause
#define IF_BARE(action)
#endif
#define PRAGMA(text) PRAGMA_TEXT(text)
#define PRAGMA_TEXT(text) _Pragma(#text)

long c_barrier, c_loop, c_sections, c_single, c_critical, c_named, c_lock, c_nest, c_update,
    c_ordered, c_wait, c_group, c_depend, c_taskloop, c_reduction, c_across;
static omp_lock_t lock;
static omp_nest_lock_t nest;
static long steps;

static void done(void)
{
    unseen_step();
}

static void after(long n)
{
    unseen_until(steps + n);
}

static int first(void)
{
    return omp_get_thread_num() == 0;
}

NOINLINE static void use_barrier(void)
{
#pragma omp parallel num_threads(2)
    {
        if (first()) {
            c_barrier = 1;
            done();
        }
        ORDER(barrier)
        if (!first()) {
            after(1);
            c_barrier++;
        }
    }
}

NOINLINE static void use_loop(void)
{
#pragma omp parallel num_threads(2)
    {
        int mine = 0;
        PRAGMA(omp for schedule(dynamic, 1) CLAUSE(, nowait))
        for (int i = 0; i < 8; i++)
            if (i == 0) {
                mine = 1;
                c_loop = 1;
                done();
                unseen_nap(2000);
            }
        if (!mine) {
            after(1);
            c_loop++;
        }
    }
}

NOINLINE static void use_sections(void)
{
#pragma omp parallel num_threads(2)
    {
        int mine = 0;
        PRAGMA(omp sections CLAUSE(, nowait))
        {
#pragma omp section
            {
                mine = 1;
                c_sections = 1;
                done();
                unseen_nap(2000);
            }
#pragma omp section
            unseen_nap(10);
        }
        if (!mine) {
            after(1);
            c_sections++;
        }
    }
}

NOINLINE static void use_single(void)
{
#pragma omp parallel num_threads(2)
    {
        int mine = 0;
        PRAGMA(omp single CLAUSE(, nowait))
        {
            mine = 1;
            c_single = 1;
            done();
        }
        if (!mine) {
            after(1);
            c_single++;
        }
    }
}

/* Two threads, one after the other. */
#define TURNS(name, cell, enter, leave)                                                            \
    NOINLINE static void use_##name(void)                                                          \
    {                                                                                              \
        PRAGMA(omp parallel num_threads(2))                                                        \
        {                                                                                          \
            if (!first())                                                                          \
                after(1);                                                                          \
            enter;                                                                                 \
            cell++;                                                                                \
            leave;                                                                                 \
            if (first())                                                                           \
                done();                                                                            \
        }                                                                                          \
    }

#ifdef BARE
TURNS(lock, c_lock, , )
TURNS(nest, c_nest, , )
#else
TURNS(lock, c_lock, omp_set_lock(&lock), omp_unset_lock(&lock))
TURNS(nest, c_nest, (omp_set_nest_lock(&nest), omp_set_nest_lock(&nest)),
      (omp_unset_nest_lock(&nest), omp_unset_nest_lock(&nest)))
#endif

NOINLINE static void use_critical(void)
{
#pragma omp parallel num_threads(2)
    {
        if (!first())
            after(1);
        ORDER(critical)
        c_critical++;
        if (first())
            done();
    }
}

NOINLINE static void use_named(void)
{
#pragma omp parallel num_threads(2)
    {
        if (!first())
            after(1);
        ORDER(critical(name))
        c_named++;
        if (first())
            done();
    }
}

NOINLINE static void use_update(void)
{
#pragma omp parallel num_threads(2)
    {
        if (!first())
            after(1);
        ORDER(atomic)
        c_update++;
        if (first())
            done();
    }
}

NOINLINE static void use_ordered(void)
{
    PRAGMA(omp parallel for num_threads(2) schedule(static, 1) CLAUSE(ordered, ))
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            after(1);
        ORDER(ordered)
        c_ordered++;
        if (i == 0)
            done();
    }
}

NOINLINE static void use_across(void)
{
    PRAGMA(omp parallel for num_threads(2) schedule(static, 1) CLAUSE(ordered(1), ))
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            after(1);
        ORDER(ordered depend(sink : i - 1))
        c_across++;
        ORDER(ordered depend(source))
        if (i == 0)
            done();
    }
}

NOINLINE static void use_wait(void)
{
#pragma omp parallel num_threads(2)
#pragma omp single
    {
#pragma omp task
        {
            c_wait = 1;
            done();
        }
        ORDER(taskwait)
        after(1);
        c_wait++;
    }
}

NOINLINE static void use_group(void)
{
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        ORDER(taskgroup)
        {
#pragma omp task
            {
#pragma omp task
                {
                    c_group = 1;
                    done();
                }
            }
        }
        after(1);
        c_group++;
    }
}

NOINLINE static void use_depend(void)
{
    int token = 0;

    (void)token;
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        PRAGMA(omp task CLAUSE(depend(out : token), ))
        {
            c_depend = 1;
            done();
            IF_BARE(after(2)); /* so that the other runs elsewhere */
        }
        PRAGMA(omp task CLAUSE(depend(in : token), ))
        {
            after(1);
            c_depend++;
            done();
        }
    }
    steps++;
}

NOINLINE static void use_taskloop(void)
{
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        PRAGMA(omp taskloop num_tasks(1) CLAUSE(, nogroup))
        for (int i = 0; i < 4; i++)
            if (i == 3) {
                c_taskloop = 1;
                done();
            }
        after(1);
        c_taskloop++;
    }
}

NOINLINE static void use_reduction(void)
{
    PRAGMA(omp parallel num_threads(2) CLAUSE(reduction(+ : c_reduction), ))
    {
        if (!first())
            after(1);
        c_reduction++;
        if (first())
            done();
    }
}

#define USE(name)                                                                                  \
    do {                                                                                           \
        use_##name();                                                                              \
        MUST(c_##name == 2);                                                                       \
        steps++;                                                                                   \
    } while (0)

int main(void)
{
    unseen_open();
    omp_init_lock(&lock);
    omp_init_nest_lock(&nest);
    USE(barrier);
    USE(loop);
    USE(sections);
    USE(single);
    USE(critical);
    USE(named);
    USE(lock);
    USE(nest);
    USE(update);
    USE(ordered);
    USE(across);
    USE(wait);
    USE(group);
    USE(depend);
    USE(taskloop);
    USE(reduction);
    omp_destroy_lock(&lock);
    omp_destroy_nest_lock(&nest);
    return 0;
}
