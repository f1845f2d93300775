// Memory in number, for bounds.py and tests/fault: memory MIB THREADS MODE fills so much and prints a sum.
//
//   own     each thread works on its part, twice
//   read    main fills it, all threads read all of it
//   lock    all threads write all of it, under a lock
//   blocks  each thread makes and frees its share in small blocks, then one large block, several times
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, PIECES = 16 };

struct node {
    struct node *next;
    long values[5];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long *words, count, threads, sum;
static const char *mode;

static void add(long part)
{
    pthread_mutex_lock(&lock);
    sum += part;
    pthread_mutex_unlock(&lock);
}

static void own(long id)
{
    for (int lap = 0; lap < 2; lap++)
        for (long i = count / threads * id; i < count / threads * (id + 1); i++)
            words[i] += i + lap;
}

static void read_all(void)
{
    long part = 0;

    for (long i = 0; i < count; i++)
        part += words[i];
    add(part);
}

static void locked(long id)
{
    for (long n = 0; n < PIECES; n++) {
        long piece = (n + id * 4) % PIECES;

        pthread_mutex_lock(&lock);
        for (long i = count / PIECES * piece; i < count / PIECES * (piece + 1); i++)
            words[i] += id;
        pthread_mutex_unlock(&lock);
    }
}

static void blocks(void)
{
    long share = count * 8 / threads, part = 0;

    for (int lap = 0; lap < 2; lap++) {
        struct node *list = NULL, *node;

        for (long i = 0; i < share / 64; i++) {
            node = malloc(sizeof(*node));
            node->next = list;
            node->values[0] = node->values[4] = i;
            list = node;
        }
        for (; list; list = node) {
            node = list->next;
            part += list->values[0];
            free(list);
        }
    }
    for (int lap = 0; lap < 3; lap++) {
        char *block = malloc((size_t)share);

        for (long i = 0; i < share; i += 64)
            block[i] = (char)i;
        part += block[share / 2];
        free(block);
    }
    add(part);
}

static void *body(void *arg)
{
    if (!strcmp(mode, "own"))
        own((long)arg);
    else if (!strcmp(mode, "read"))
        read_all();
    else if (!strcmp(mode, "lock"))
        locked((long)arg);
    else
        blocks();
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t all[MOST];

    threads = argc > 3 ? atol(argv[2]) : 0;
    if (threads < 1 || threads > MOST) {
        fprintf(stderr, "usage: memory MIB THREADS own|read|lock|blocks\n");
        return 2;
    }
    mode = argv[3];
    count = atol(argv[1]) * (1 << 20) / 8;
    if (strcmp(mode, "blocks"))
        words = malloc((size_t)count * 8);
    for (long i = 0; !strcmp(mode, "read") && i < count; i++)
        words[i] = i;
    for (long i = 0; i < threads; i++)
        pthread_create(&all[i], NULL, body, (void *)i);
    for (long i = 0; i < threads; i++)
        pthread_join(all[i], NULL);
    for (long i = 0; words && i < count; i += 512)
        sum += words[i];
    printf("%ld\n", sum);
    return 0;
}
