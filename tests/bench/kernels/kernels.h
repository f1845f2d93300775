// What the kernels of the benchmark share: one thread's work is one call of a body, with nothing in common with the
// others but what the kernel is about. Every body works on a share of its own, of the same size whatever the number of
// threads, so that a run with n cores and n threads takes as long as one with one thread.
#ifndef BENCH_KERNELS_H
#define BENCH_KERNELS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

enum { THREADS_MAX = 64, SHARE_CELLS = 1 << 17 };

struct worker {
    unsigned index;
    unsigned threads;
    long rounds;
    uint64_t *cells; /* SHARE_CELLS of them, this thread's alone */
    uint64_t sum;    /* the body's result; depends on every step */
    pthread_t thread;
};

struct kernel {
    const char *name;
    void (*prepare)(struct worker *workers,
                    unsigned threads); /* by the main thread, before; may be NULL */
    void (*body)(struct worker *w);
    void (*finish)(struct worker *workers,
                   unsigned threads); /* by the main thread, after; may be NULL */
};

/* Ends with an empty row. */
extern const struct kernel memory_kernels[], compute_kernels[], lock_kernels[];

static inline uint64_t chance_next(uint64_t *chance)
{
    *chance = *chance * 6364136223846793005 + 1442695040888963407;
    return *chance >> 33;
}

#endif
