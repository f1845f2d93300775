/* What the programs here share. Each is built twice: as it is, race-free, and with -DRACY, which plants the race that
 * its `seeded:` line names. run.py explains. */
#ifndef RACE_LOCKFREE_H
#define RACE_LOCKFREE_H

#include "../race.h"

#ifdef RACY
#define IF_RACY(...) __VA_ARGS__
#define UNLESS_RACY(...)
#else
#define IF_RACY(...)
#define UNLESS_RACY(...) __VA_ARGS__
#endif

/* Of a loop that waits for another thread. */
static inline void relax(void)
{
    __builtin_ia32_pause();
}

#endif
