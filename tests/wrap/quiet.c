/*
 * Seance never calls the host's allocator: while the program locks, races, copies and allocates, an allocator that
 * counts sees the program's own calls and no other.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long (*calls)(void);
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static long racy, guarded;
static char text[256], copy[256];

static void *work(void *arg)
{
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        guarded++;
        pthread_mutex_unlock(&mutex);
        racy++;
        memcpy(copy, text, sizeof(copy));
    }
    return arg;
}

/* The count as it grew over one call, less the program's own. */
static int check(const char *what, unsigned long before, unsigned long own)
{
    unsigned long seen = calls() - before;

    if (seen == own)
        return 0;
    fprintf(stderr, "%s: %lu calls of the allocator, %lu are the program's\n", what, seen, own);
    return 1;
}

static int locks_and_races(void)
{
    pthread_t a, b;
    unsigned long before, created;

    pthread_barrier_init(&barrier, NULL, 3);
    before = calls();
    pthread_create(&a, NULL, work, NULL);
    pthread_create(&b, NULL, work, NULL);
    created = calls() - before; /* libc allocates a thread's TLS vector */
    pthread_barrier_wait(&barrier);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    if (created > 2) {
        fprintf(stderr, "creating two threads: %lu calls of the allocator\n", created);
        return 1;
    }
    return 0;
}

int main(void)
{
    unsigned long before;
    int failed = 0;

    calls = (unsigned long (*)(void))dlsym(RTLD_DEFAULT, "counting_calls");
    if (!calls) {
        fprintf(stderr, "the counting allocator is not preloaded\n");
        return 3;
    }
    failed += locks_and_races();
    before = calls();
    for (int i = 0; i < 100; i++) {
        pthread_mutex_lock(&mutex);
        strcpy(text, "quiet");
        pthread_mutex_unlock(&mutex);
    }
    failed += check("locks and strings", before, 0);
    before = calls();
    for (int i = 0; i < 100; i++)
        free(realloc(malloc((size_t)i + 1), 500));
    failed += check("malloc, realloc, free", before, 300);
    return failed != 0;
}
