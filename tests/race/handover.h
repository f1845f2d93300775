/* One thread makes a payload ready and gives a sign, the other takes the sign and goes on with the payload. With TOO_EARLY
 * defined the sign comes before the payload is ready: the same calls, and nothing orders the two.
 *
 *   HANDOVER(pipe, write(ends[1], "x", 1), read(ends[0], &byte, 1))
 *
 * makes payload_pipe, early_pipe() and late_pipe(), so that each is a finding of its own; run it by RUN(pipe). */
#ifndef RACE_HANDOVER_H
#define RACE_HANDOVER_H

#include "race.h"

static long unseen_steps; /* used up by earlier ones; changed while one thread runs */

#ifdef TOO_EARLY
#define HANDOVER_EARLY(payload, give)                                                              \
    give;                                                                                          \
    payload = 41;                                                                                  \
    unseen_step();
#define HANDOVER_LATE(take)                                                                        \
    take;                                                                                          \
    unseen_until(unseen_steps + 1);
#else
#define HANDOVER_EARLY(payload, give)                                                              \
    payload = 41;                                                                                  \
    give;                                                                                          \
    unseen_step();
#define HANDOVER_LATE(take)                                                                        \
    take;                                                                                          \
    unseen_until(unseen_steps + 1);
#endif

#define HANDOVER(name, give, take)                                                                 \
    static long payload_##name;                                                                    \
    NOINLINE static void *early_##name(void *arg)                                                  \
    {                                                                                              \
        HANDOVER_EARLY(payload_##name, give)                                                       \
        return arg;                                                                                \
    }                                                                                              \
    NOINLINE static void *late_##name(void *arg)                                                   \
    {                                                                                              \
        HANDOVER_LATE(take)                                                                        \
        payload_##name++;                                                                          \
        return arg;                                                                                \
    }

#define RUN(name)                                                                                  \
    do {                                                                                           \
        pthread_t first = race_start(early_##name, NULL), second = race_start(late_##name, NULL);  \
                                                                                                   \
        MUST(pthread_join(first, NULL) == 0 && pthread_join(second, NULL) == 0);                   \
        MUST(payload_##name == 42);                                                                \
        unseen_steps++;                                                                            \
    } while (0)

#endif
