/* A coroutine with a stack of its own, begun by one thread and carried on by another. */
#include "race.h"

#include <ucontext.h>

enum { SIZE = 1 << 16 };

static ucontext_t coroutine, thread_a, thread_b;
static char stack[SIZE] __attribute__((aligned(64)));
static ucontext_t *volatile back;
static volatile long result;

NOINLINE static void first(volatile long *cells)
{
    for (int i = 0; i < 8; i++)
        cells[i] = i;
}

NOINLINE static void second(volatile long *cells)
{
    for (int i = 0; i < 8; i++)
        cells[i] += i;
}

static void body(void)
{
    volatile long cells[8];

    first(cells);
    swapcontext(&coroutine, back);
    second(cells);
    result = cells[7];
    setcontext(back);
}

/* Each runs on until the coroutine comes back. */
static void begin(void)
{
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = stack;
    coroutine.uc_stack.ss_size = SIZE;
    makecontext(&coroutine, body, 0);
    back = &thread_a;
    swapcontext(&thread_a, &coroutine);
}

static void carry_on(void)
{
    back = &thread_b;
    swapcontext(&thread_b, &coroutine);
    MUST(result == 14);
}
