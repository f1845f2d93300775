// Lock pairs in number, for bounds.py: locks N THREADS [race] takes and gives one mutex N times in all, with a write between,
// and prints what it counted. Each pair ends an epoch, so N is also how many of the detector's clocks go by.
//
// race: afterwards the first thread and main write a word without a lock.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long pairs, counted;
static int racy;
long bare_word;

__attribute__((noinline)) static void touch(void)
{
    bare_word++;
}

static void *body(void *arg)
{
    for (long i = 0; i < pairs; i++) {
        pthread_mutex_lock(&lock);
        counted++;
        pthread_mutex_unlock(&lock);
    }
    if (racy && !arg)
        touch();
    return NULL;
}

int main(int argc, char **argv)
{
    long threads = argc > 2 ? atol(argv[2]) : 0;
    pthread_t all[MOST];

    if (threads < 1 || threads > MOST) {
        fprintf(stderr, "usage: locks N THREADS [race]\n");
        return 2;
    }
    pairs = atol(argv[1]) / threads;
    racy = argc > 3 && !strcmp(argv[3], "race");
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, body, (void *)i);
    for (long i = threads - 1; i > 0; i--)
        pthread_join(all[i], NULL);
    if (racy)
        touch();
    pthread_join(all[0], NULL);
    printf("%ld\n", counted);
    return 0;
}
