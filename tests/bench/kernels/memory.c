// Kernels that walk over memory: each thread has its share, and nothing is synchronised but the stencil's rounds.
#include "kernels.h"

#if defined(__clang__)
#define ONE_AT_A_TIME
#define ONE_AT_A_TIME_LOOP _Pragma("clang loop vectorize(disable) interleave(disable)")
#else
#define ONE_AT_A_TIME __attribute__((optimize("no-tree-vectorize")))
#define ONE_AT_A_TIME_LOOP
#endif

typedef uint64_t vector __attribute__((vector_size(16)));

static void fill(struct worker *workers, unsigned threads)
{
    for (unsigned t = 0; t < threads; t++) {
        uint64_t chance = t + 1;

        for (size_t i = 0; i < SHARE_CELLS; i++)
            workers[t].cells[i] = chance_next(&chance);
    }
}

ONE_AT_A_TIME static uint64_t sum_once(const uint64_t *cells, uint64_t sum)
{
    ONE_AT_A_TIME_LOOP
    for (size_t i = 0; i < SHARE_CELLS; i++)
        sum += cells[i] ^ (sum >> 60);
    return sum;
}

static void sum_scalar(struct worker *w)
{
    for (long round = 0; round < w->rounds; round++)
        w->sum = sum_once(w->cells, w->sum + (uint64_t)round);
}

/* Two accumulators of 16 bytes: what a compiler makes of a plain sum for any AMD64 processor. */
static void sum_vector(struct worker *w)
{
    const vector *cells = (const vector *)w->cells;
    vector even = { 0, 0 }, odd = { 0, 0 };

    for (long round = 0; round < w->rounds; round++) {
        for (size_t i = 0; i < SHARE_CELLS / 2; i += 2) {
            even += cells[i];
            odd ^= cells[i + 1];
        }
    }
    even += odd;
    w->sum = even[0] * 3 + even[1];
}

static void update(struct worker *w)
{
    for (long round = 0; round < w->rounds; round++) {
        uint64_t carry = (uint64_t)round;

        for (size_t i = 0; i < SHARE_CELLS; i++) {
            carry = carry * 31 + w->cells[i];
            w->cells[i] = carry;
        }
    }
}

static void hash_bytes(struct worker *w)
{
    unsigned char *bytes = (unsigned char *)w->cells;

    for (long round = 0; round < w->rounds; round++) {
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < SHARE_CELLS * sizeof(uint64_t); i++)
            hash = (hash ^ bytes[i]) * 16777619u;
        bytes[(size_t)round * 64 % (SHARE_CELLS * sizeof(uint64_t))] = (unsigned char)hash;
    }
}

/* One cycle through the share, in an order that the cache cannot guess. */
static void chase_list(struct worker *w)
{
    uint64_t at = 0;

    for (size_t i = 0; i < SHARE_CELLS; i++)
        w->cells[i] = (i * 40501 + 12345) % SHARE_CELLS;
    for (long round = 0; round < w->rounds; round++) {
        for (size_t i = 0; i < SHARE_CELLS; i++)
            at = w->cells[at];
    }
    w->sum = at;
}

/*
 * Three points of one line of all the threads' shares: the outermost points of a share are read by the neighbour, so
 * that every round ends at a barrier.
 */
static pthread_barrier_t stencil_round;
static double *stencil_from, *stencil_to;
static double stencil_lines[2][THREADS_MAX * SHARE_CELLS / 8 + 2];

static void stencil_prepare(struct worker *workers, unsigned threads)
{
    size_t points = (size_t)threads * SHARE_CELLS / 8 + 2;

    (void)workers;
    pthread_barrier_init(&stencil_round, NULL, threads);
    stencil_from = stencil_lines[0];
    stencil_to = stencil_lines[1];
    for (size_t i = 0; i < points; i++)
        stencil_lines[0][i] = stencil_lines[1][i] = (double)(i * 7919 % 1009);
}

static void stencil(struct worker *w)
{
    size_t first = (size_t)w->index * (SHARE_CELLS / 8) + 1, end = first + SHARE_CELLS / 8;
    double *from = stencil_from, *to = stencil_to;

    for (long round = 0; round < w->rounds; round++) {
        double *swap = from;

        for (size_t i = first; i < end; i++)
            to[i] = 0.25 * from[i - 1] + 0.5 * from[i] + 0.25 * from[i + 1];
        pthread_barrier_wait(&stencil_round);
        from = to;
        to = swap;
    }
    for (size_t i = first; i < end; i++)
        w->sum = w->sum * 31 + (uint64_t)(from[i] * 4096.0);
}

const struct kernel memory_kernels[] = {
    { "sum", fill, sum_scalar, NULL },  { "vector", fill, sum_vector, NULL },
    { "array", NULL, update, NULL },    { "bytes", fill, hash_bytes, NULL },
    { "list", NULL, chase_list, NULL }, { "stencil", stencil_prepare, stencil, NULL },
    { NULL, NULL, NULL, NULL },
};
