/* Two threads use a word one after the other, and only a request to Valgrind's tools says what is between them. With UNTOLD
 * defined nothing is said.
 *
 *   TOLD(order, NOTHING, ANNOTATE_HAPPENS_BEFORE(&tag), ANNOTATE_HAPPENS_AFTER(&tag), NOTHING)
 *
 * makes word_order, early_order(), which does the first two around its access, and late_order(); run it by RUN(order). */
#ifndef RACE_REQUESTS_H
#define RACE_REQUESTS_H

#include "race.h"

#define NOTHING ((void)0)
#ifdef UNTOLD
#define TELL(...) NOTHING
#else
#define TELL(...) __VA_ARGS__
#endif

static long unseen_steps; /* used up by earlier ones; changed while one thread runs */

#define TOLD(name, early_before, early_behind, late_before, late_behind)                           \
    static volatile long word_##name;                                                              \
    NOINLINE static void *early_##name(void *arg)                                                  \
    {                                                                                              \
        TELL(early_before);                                                                        \
        word_##name = 41;                                                                          \
        TELL(early_behind);                                                                        \
        unseen_step();                                                                             \
        return arg;                                                                                \
    }                                                                                              \
    NOINLINE static void *late_##name(void *arg)                                                   \
    {                                                                                              \
        unseen_until(unseen_steps + 1);                                                            \
        TELL(late_before);                                                                         \
        word_##name++;                                                                             \
        TELL(late_behind);                                                                         \
        return arg;                                                                                \
    }

#define RUN(name)                                                                                  \
    do {                                                                                           \
        pthread_t first = race_start(early_##name, NULL), second = race_start(late_##name, NULL);  \
                                                                                                   \
        MUST(pthread_join(first, NULL) == 0 && pthread_join(second, NULL) == 0);                   \
        MUST(word_##name == 42);                                                                   \
        unseen_steps++;                                                                            \
    } while (0)

#endif
