// Two threads go through halves of an array by turns, with a barrier between, and read each other's under it.
// expect: none
#include "loops.h"

#define ROUNDS 20

static pthread_barrier_t barrier;
static uint64_t sums[2][8];

static void *work(void *arg)
{
    size_t me = (size_t)(intptr_t)arg;

    for (uint64_t round = 0; round < ROUNDS; round++) {
        size_t half = (me + round) & 1;

        fill(cells + half * (CELLS / 2), CELLS / 2, round);
        pthread_barrier_wait(&barrier);
        sums[me][0] += add_up(cells, CELLS);
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void)
{
    pthread_t other;

    MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
    other = race_start(work, (void *)1);
    work((void *)0);
    MUST(pthread_join(other, NULL) == 0);
    return sums[0][0] == sums[1][0] && sums[0][0] == CELLS * (uint64_t)(ROUNDS * (ROUNDS - 1) / 2)
               ? 0
               : 1;
}
