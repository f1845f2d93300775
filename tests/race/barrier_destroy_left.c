// The thread that a barrier names destroys it as soon as it is out, and gives its memory back.
// expect: none
#include "race.h"

#define THREADS 4
#define ROUNDS 100

static void *work(void *arg)
{
    pthread_barrier_t *b = *(pthread_barrier_t *volatile *)arg;

    for (int i = 0; i < 3; i++)
        pthread_barrier_wait(b);
    if (pthread_barrier_wait(b) == PTHREAD_BARRIER_SERIAL_THREAD) {
        pthread_barrier_destroy(b);
        free(b);
    }
    return NULL;
}

int main(void)
{
    pthread_barrier_t *b;
    pthread_t t[THREADS];

    for (int i = 0; i < ROUNDS; i++) {
        b = malloc(sizeof(*b));
        pthread_barrier_init(b, NULL, THREADS);
        for (int n = 0; n < THREADS; n++)
            t[n] = race_start(work, &b);
        for (int n = 0; n < THREADS; n++)
            pthread_join(t[n], NULL);
    }
    return 0;
}
