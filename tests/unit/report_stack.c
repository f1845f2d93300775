/*
 * tests/unit/report_stack.c - the walker against libunwind, on real stacks: deep, through libc, with
 * alloca, out of signal handlers, with its memory warm and cold.
 */
#include "report/report.h"

#include <alloca.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "base/options.h"
#include "report/cfi.h"

enum { MOST = 100 };

static struct report_walker walker;
static unsigned interrupted; /* that frame was left by a signal: the depot has its pc + 1 */

#define HERE(w)                                                                                    \
    __asm__ volatile("leaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"                       \
                     : "=r"((w)->pc), "=r"((w)->sp), "=r"((w)->bp))

/* Walks here with both and compares what lies above this frame. */
__attribute__((noinline)) static void compare(struct report_walker *w, unsigned at_least)
{
    struct base_where at;
    uintptr_t ours[MOST];
    void *theirs[MOST];
    unsigned n, m;

    HERE(&at);
    n = report_stack_frames(report_stack(w, &at), ours, MOST);
    m = (unsigned)unw_backtrace(theirs, MOST);
    cr_assert(n >= at_least, "%u frames", n);
    cr_assert(m >= n && m - n <= 1, "ours %u, libunwind's %u", n,
              m); /* it adds _start's caller or not */
    for (unsigned i = 1; i < n; i++)
        cr_assert(ours[i] == (uintptr_t)theirs[i] + (i == interrupted),
                  "frame %u of %u: %p, not %p", i, n, (void *)ours[i], theirs[i]);
}

__attribute__((noinline)) static void both(unsigned at_least)
{
    static struct report_walker cold; /* larger than the stack of a signal handler */

    memset(&cold, 0, sizeof cold);
    compare(&walker, at_least);
    compare(&walker, at_least);
    compare(&cold, at_least);
    __asm__ volatile(""); /* this frame is one of those that are counted */
}

__attribute__((noinline)) static void recurse(unsigned depth, unsigned total)
{
    both(total - depth + 3);
    if (depth > 0)
        recurse(depth - 1, total);
    both(total - depth + 3);
    __asm__ volatile("");
}

Test(report_stack, recursion_up_and_down)
{
    recurse(20, 20);
}

static int by_compare(const void *a, const void *b)
{
    both(4);
    return *(const int *)a - *(const int *)b;
}

Test(report_stack, through_libc)
{
    int numbers[] = { 3, 1, 2, 5, 4 };

    qsort(numbers, 5, sizeof *numbers, by_compare);
    cr_assert(numbers[4] == 5);
}

__attribute__((noinline)) static void leaf(void)
{
    both(4);
    __asm__ volatile("");
}

__attribute__((noinline)) static void one_way(void)
{
    leaf();
    __asm__ volatile("");
}

__attribute__((noinline)) static void other_way(void)
{
    leaf();
    both(4);
    __asm__ volatile("");
}

/* Frames whose callers change, each in the place of the one before. */
Test(report_stack, callers_take_turns)
{
    for (unsigned i = 0; i < 20; i++) {
        one_way();
        other_way();
        if (i % 3)
            one_way();
        leaf();
    }
}

__attribute__((noinline)) static void with_alloca(unsigned bytes)
{
    char *p = alloca(bytes);

    p[0] = 1;
    both(4);
    __asm__ volatile("" : : "r"(p) : "memory");
}

Test(report_stack, alloca)
{
    for (unsigned i = 1; i < 4000; i += 37)
        with_alloca(i);
}

__attribute__((noinline)) static void realigned(void)
{
    char lines[64] __attribute__((aligned(256)));

    __asm__ volatile("" : : "r"(lines) : "memory");
    both(4);
    __asm__ volatile("" : : "r"(lines) : "memory");
}

Test(report_stack, realigned_frame)
{
    realigned();
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
    interrupted = 4;
    both(5);
    interrupted = 0;
    handled = 1;
}

Test(report_stack, out_of_a_handler)
{
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    cr_assert(handled);
}

Test(report_stack, out_of_a_handler_on_its_own_stack)
{
    static char other[65536];
    stack_t alternate = { .ss_sp = other, .ss_size = sizeof other };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

    sigaltstack(&alternate, NULL);
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    raise(SIGUSR2);
    cr_assert(handled);
}

__attribute__((noinline)) static unsigned depth_at(unsigned depth)
{
    struct base_where at;
    uintptr_t pcs[REPORT_WALK_DEPTH + 1];
    unsigned n;

    if (depth > 0) {
        n = depth_at(depth - 1);
        __asm__ volatile("");
        return n;
    }
    HERE(&at);
    return report_stack_frames(report_stack(&walker, &at), pcs, REPORT_WALK_DEPTH + 1);
}

Test(report_stack, deeper_than_is_kept)
{
    cr_assert(depth_at(1000) >= REPORT_WALK_DEPTH / 2);
    cr_assert(depth_at(1000) <= REPORT_WALK_DEPTH + 1);
    for (unsigned i = 90; i < 200; i++)
        cr_assert(depth_at(i) >= REPORT_WALK_DEPTH / 2);
}

/* A synthetic stack of frame pointer frames without any call frame information, bounds given. */
Test(report_stack, synthetic_frame_pointer_chain)
{
    static uintptr_t stack[64];
    struct report_walker w = { .stack_lo = (uintptr_t)stack, .stack_hi = (uintptr_t)(stack + 64) };
    struct base_where at = { .pc = 0x1000,
                             .sp = (uintptr_t)(stack + 2),
                             .bp = (uintptr_t)(stack + 8) };
    uintptr_t pcs[16];

    stack[8] = (uintptr_t)(stack + 20);
    stack[9] = 0x2000;
    stack[20] = 8; /* outside: the chain ends there */
    stack[21] = 0x3000;
    cr_assert(report_stack_frames(report_stack(&w, &at), pcs, 16) == 3);
    cr_assert(pcs[0] == 0x1000 && pcs[1] == 0x2000 && pcs[2] == 0x3000);
    stack[21] = 0x4000; /* another caller in the same frame is noticed */
    report_stack_frames(report_stack(&w, &at), pcs, 16);
    cr_assert(pcs[2] == 0x4000);
}

Test(report_stack, unreadable_stack_ends_the_walk)
{
    struct report_walker w;
    struct base_where at = { .pc = (uintptr_t)depth_at, .sp = 0x10, .bp = 0x10 };
    uintptr_t pcs[4];

    memset(&w, 0, sizeof w);
    cr_assert(report_stack_frames(report_stack(&w, &at), pcs, 4) == 1);
    at.sp = 0x7ffffffff000;
    cr_assert(report_stack_frames(report_stack(&w, &at), pcs, 4) == 1);
}

__attribute__((noinline)) static double ns_each(unsigned depth)
{
    struct timespec from, to;
    struct base_where at;
    double best = 1e9;

    if (depth > 0) {
        best = ns_each(depth - 1);
        __asm__ volatile("");
        return best;
    }
    HERE(&at);
    for (unsigned run = 0; run < 5; run++) {
        double ns;

        clock_gettime(CLOCK_MONOTONIC, &from);
        for (unsigned i = 0; i < 100000; i++)
            report_stack(&walker, &at);
        clock_gettime(CLOCK_MONOTONIC, &to);
        ns = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
             100000;
        best = ns < best ? ns : best;
    }
    return best;
}

Test(report_stack, is_cheap_when_little_changed)
{
    pthread_attr_t attr;
    void *lo;
    size_t size;

    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstack(&attr, &lo, &size);
    walker.stack_lo = (uintptr_t)lo;
    walker.stack_hi = (uintptr_t)lo + size;
    if (getenv("SEANCE_TEST_TIMES"))
        fprintf(stderr, "# walk: %.1f ns at depth 5, %.1f ns at depth 30\n", ns_each(5),
                ns_each(30));
    cr_assert(ns_each(10) < 5000);
}
