// The program is told of the start, and at the end of whether there were findings; it lets them count.
// expect: data-race var=shared in=first,second
// exit: 66
#include "race.h"

static long shared;
static int begun;

void __tsan_on_initialize(void);
int __tsan_on_finalize(int failed);

void __tsan_on_initialize(void)
{
    begun++;
}

int __tsan_on_finalize(int failed)
{
    return failed;
}

NOINLINE static void first(void)
{
    shared++;
}

NOINLINE static void second(void)
{
    shared++;
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
#ifndef __clang__ /* which says it by a word that gcc does not know */
#ifdef __SANITIZE_THREAD__
    MUST(begun == 1);
#endif
#elif __has_feature(thread_sanitizer)
    MUST(begun == 1);
#endif
    race_two(early, late, NULL);
    return 0;
}
