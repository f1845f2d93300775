// Small kernels for bench.py, all free of races, each with a number of threads.
//
//   kernels NAME ROUNDS [THREADS]      two threads by default; without arguments: the names
//
// Prints a sum that depends on every step, so that runs can be compared.
#include "kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct kernel *const families[] = { memory_kernels, compute_kernels, lock_kernels };
static const struct kernel *chosen;

static const struct kernel *find(const char *name)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        for (const struct kernel *k = families[i]; k->name; k++) {
            if (!strcmp(k->name, name))
                return k;
        }
    }
    return NULL;
}

static int usage(void)
{
    fprintf(stderr, "usage: kernels NAME ROUNDS [THREADS]; NAME is one of");
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        for (const struct kernel *k = families[i]; k->name; k++)
            fprintf(stderr, " %s", k->name);
    }
    fprintf(stderr, "\n");
    return 2;
}

static void *run(void *worker)
{
    chosen->body(worker);
    return NULL;
}

static uint64_t sum_all(const struct worker *workers, unsigned threads)
{
    uint64_t sum = 0;

    for (unsigned t = 0; t < threads; t++) {
        sum = sum * 31 + workers[t].sum;
        for (size_t i = 0; i < SHARE_CELLS; i++)
            sum = sum * 7 + workers[t].cells[i];
    }
    return sum;
}

int main(int argc, char **argv)
{
    static struct worker workers[THREADS_MAX];
    unsigned threads = argc > 3 ? (unsigned)atoi(argv[3]) : 2;

    chosen = argc > 2 ? find(argv[1]) : NULL;
    if (!chosen || threads < 1 || threads > THREADS_MAX)
        return usage();

    for (unsigned t = 0; t < threads; t++) {
        workers[t] = (struct worker){ .index = t, .threads = threads, .rounds = atol(argv[2]) };
        workers[t].cells = calloc(SHARE_CELLS, sizeof(uint64_t));
        if (!workers[t].cells)
            return 1;
    }
    if (chosen->prepare)
        chosen->prepare(workers, threads);

    for (unsigned t = 0; t < threads; t++) {
        if (pthread_create(&workers[t].thread, NULL, run, &workers[t]))
            return 1;
    }
    for (unsigned t = 0; t < threads; t++)
        pthread_join(workers[t].thread, NULL);
    if (chosen->finish)
        chosen->finish(workers, threads);
    printf("%llu\n", (unsigned long long)sum_all(workers, threads));
    return 0;
}
