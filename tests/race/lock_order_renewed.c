// Locks are taken in both orders, but between the two they were destroyed, freed, or made anew: they are others.
// expect: none
#include "race.h"

static pthread_mutex_t a, b;

static void both(pthread_mutex_t *first, pthread_mutex_t *second)
{
    pthread_mutex_lock(first);
    pthread_mutex_lock(second);
    pthread_mutex_unlock(second);
    pthread_mutex_unlock(first);
}

int main(void)
{
    pthread_mutex_t *block = malloc(2 * sizeof *block), *again;

    pthread_mutex_init(&a, NULL);
    pthread_mutex_init(&b, NULL);
    both(&a, &b);
    pthread_mutex_destroy(&a);
    pthread_mutex_init(&a, NULL);
    both(&b, &a);
    pthread_mutex_init(&block[0], NULL);
    pthread_mutex_init(&block[1], NULL);
    both(&block[0], &block[1]);
    free(block);
    again = malloc(2 * sizeof *again);
    memset(again, 0, 2 * sizeof *again);
    both(&again[1], &again[0]);
    free(again);
    return 0;
}
