// A program with an allocator of its own, which keeps its list of free blocks in them.
// expect: none
#include "race.h"

#define SIZE 64
#define ROOM 4096

struct piece {
    struct piece *next;
};

static char pool[ROOM * SIZE] __attribute__((aligned(16)));
static size_t used;
static struct piece *unused;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void *take(size_t size)
{
    struct piece *p;

    if (size > SIZE && used + size <= sizeof(pool)) {
        used += (size + SIZE - 1) / SIZE * SIZE;
        return pool + used - (size + SIZE - 1) / SIZE * SIZE;
    }
    p = unused;
    if (p)
        unused = p->next;
    else if (used < sizeof(pool))
        p = (struct piece *)(pool + used), used += SIZE;
    return p;
}

void *malloc(size_t size)
{
    void *p;

    pthread_mutex_lock(&lock);
    p = take(size);
    pthread_mutex_unlock(&lock);
    return p;
}

void *calloc(size_t count, size_t size)
{
    void *p = malloc(count * size);

    return p ? memset(p, 0, count * size) : p;
}

void free(void *p)
{
    struct piece *piece = p;

    if (!p)
        return;
    pthread_mutex_lock(&lock);
    piece->next = unused;
    unused = piece;
    pthread_mutex_unlock(&lock);
}

void *realloc(void *p, size_t size)
{
    void *fresh = malloc(size);

    if (fresh && p)
        memcpy(fresh, p, size < SIZE ? size : SIZE);
    free(p);
    return fresh;
}

static void *work(void *arg)
{
    for (int i = 0; i < 200; i++) {
        long *volatile a = malloc(40), *volatile b = malloc(64);

        a[1] = b[2] = i;
        free(a);
        free(b);
    }
    return arg;
}

int main(void)
{
    work(NULL);
    race_two(work, work, NULL);
    return 0;
}
