// Three threads in rounds, with one barrier used again and again between writing and reading.
// expect: none
#include "race.h"

enum { THREADS = 3, ROUNDS = 30 };

static pthread_barrier_t round_end;
static long cells[THREADS];

static void *work(void *arg)
{
    long me = (long)arg;

    for (int i = 0; i < ROUNDS; i++) {
        long sum = 0;

        cells[me] = i;
        pthread_barrier_wait(&round_end);
        for (int n = 0; n < THREADS; n++)
            sum += cells[n];
        MUST(sum == i * THREADS);
        pthread_barrier_wait(&round_end);
    }
    return arg;
}

int main(void)
{
    pthread_t threads[THREADS];

    pthread_barrier_init(&round_end, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        threads[i] = race_start(work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&round_end);
    return 0;
}
