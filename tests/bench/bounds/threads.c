// Threads in number, for bounds.py. Prints how much was done, which must be the same under every tool.
//
//   threads live N [race]          N threads at once, all blocked; then all work on shared and on own data; joined
//   threads short N GROUP [race]   N short ones, GROUP at a time, joined
//   threads detached N GROUP [race]   the same, detached; they say by a semaphore that they are through
//
// race: the first thread, one in the middle and the last one write one word each without a lock, after they have met
// the others in a barrier that no tool sees, main reads those words after it has seen them end in the same way.
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 64 << 10, WORDS = 32, ROUNDS = 20 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_attr_t attr;
static sem_t through;
static long waiting, opened, total, own[WORDS];
static int racy;
static long number;
long bare_first, bare_middle, bare_last;

static void fail(const char *what)
{
    fprintf(stderr, "threads: %s: %s\n", what, strerror(errno));
    exit(1);
}

__attribute__((noinline)) static void work(long id)
{
    long mine[WORDS] = { id };

    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < WORDS; i++)
            mine[i] += mine[(i + 1) % WORDS] + round;
    pthread_mutex_lock(&lock);
    total += id;
    own[id % WORDS] += mine[0] & 1;
    pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static void touch_first(void)
{
    bare_first++;
}

__attribute__((noinline)) static void touch_middle(void)
{
    bare_middle++;
}

__attribute__((noinline)) static void touch_last(void)
{
    bare_last++;
}

static void touch(long id)
{
    if (id == 0)
        touch_first();
    if (id == number / 2)
        touch_middle();
    if (id == number - 1)
        touch_last();
}

static void *live(void *arg)
{
    long id = (long)arg;

    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (!opened)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    work(id);
    if (racy)
        touch(id);
    return NULL;
}

static void *brief(void *arg)
{
    if (racy) /* before the lock, which orders it after what others did since main went on */
        touch((long)arg);
    work((long)arg);
    return NULL;
}

static void *brief_detached(void *arg)
{
    brief(arg);
    sem_post(&through);
    return NULL;
}

static void start(pthread_t *thread, void *(*body)(void *), long id)
{
    errno = pthread_create(thread, &attr, body, (void *)id);
    if (errno)
        fail("pthread_create");
}

/* Where main's accesses are ordered after those of the thread `id` by its join: it touches the word before. */
static void main_touch(long id)
{
    if (racy)
        touch(id);
}

static void run_live(void)
{
    pthread_t *threads = calloc((size_t)number, sizeof(*threads));

    for (long i = 0; i < number; i++)
        start(&threads[i], live, i);
    pthread_mutex_lock(&lock);
    while (waiting < number)
        pthread_cond_wait(&changed, &lock);
    opened = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    main_touch(0);
    main_touch(number / 2);
    main_touch(number - 1);
    for (long i = 0; i < number; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

static void run_short(long group, int detached)
{
    pthread_t *threads = calloc((size_t)group, sizeof(*threads));

    for (long i = 0; i < number; i += group) {
        long n = number - i < group ? number - i : group;

        for (long k = 0; k < n; k++) {
            start(&threads[k], detached ? brief_detached : brief, i + k);
            main_touch(i + k);
        }
        for (long k = 0; k < n; k++)
            if (detached)
                sem_wait(&through);
            else
                pthread_join(threads[k], NULL);
    }
    free(threads);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 2 ? argv[1] : "";
    long group = argc > 3 ? atol(argv[3]) : 0;

    racy = argc > 2 && !strcmp(argv[argc - 1], "race");
    number = argc > 2 ? atol(argv[2]) : 0;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK);
    sem_init(&through, 0, 0);
    if (!strcmp(mode, "live")) {
        run_live();
    } else if (number > 0 && group > 0 && !strcmp(mode, "short")) {
        run_short(group, 0);
    } else if (number > 0 && group > 0 && !strcmp(mode, "detached")) {
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        run_short(group, 1);
    } else {
        fprintf(stderr,
                "usage: threads live N [race] | short N GROUP [race] | detached N GROUP [race]\n");
        return 2;
    }
    printf("%ld\n", total);
    return 0;
}
