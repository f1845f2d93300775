/* What every race program shares: the unseen turnstile, functions that stay functions at -O2, and
 * two threads started and joined by main. run.py explains the `expect:` lines. */
#ifndef RACE_RACE_H
#define RACE_RACE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unseen.h"

/* Neither inlined, cloned nor seen through. clang moves a load of what a parameter points to into the callers where it knows all
 * of them, so it must not know. */
#ifdef __clang__
#define NOINLINE __attribute__((noinline, used))
#else
#define NOINLINE __attribute__((noipa))
#endif

/* Ends the program with status 3 where a call that must work did not. */
static inline void must(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "failed: %s\n", what);
        exit(3);
    }
}

#define MUST(condition) must((condition) != 0, #condition)

typedef void *race_body(void *arg);

static inline pthread_t race_start(race_body *body, void *arg)
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, body, arg) == 0);
    return thread;
}

/* Runs both bodies in threads of their own and joins them. */
static inline void race_two(race_body *a, race_body *b, void *arg)
{
    pthread_t first, second;

    unseen_open();
    first = race_start(a, arg);
    second = race_start(b, arg);
    MUST(pthread_join(first, NULL) == 0);
    MUST(pthread_join(second, NULL) == 0);
}

#endif
