/* A program that defines malloc, memcpy, qsort, getenv, strlen and write for itself. */
#include "torture.h"

static char arena[1 << 22] __attribute__((aligned(16)));
static size_t used;
static _Atomic unsigned mallocs, copies, sorts, envs, frees;

void *malloc(size_t n)
{
    size_t at = __atomic_fetch_add(&used, (n + 31) & ~15ul, __ATOMIC_SEQ_CST);

    mallocs++;
    if (at + n + 16 > sizeof(arena))
        return NULL;
    *(size_t *)(arena + at) = n;
    return arena + at + 16;
}

void free(void *p)
{
    frees += p != NULL;
}

void *calloc(size_t n, size_t size)
{
    return malloc(n * size); /* never reused, so still zero */
}

void *realloc(void *p, size_t n)
{
    char *q = malloc(n), *from = p;
    size_t old = p ? ((size_t *)p)[-2] : 0;

    for (size_t i = 0; q && i < old && i < n; i++)
        q[i] = from[i];
    return q;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    volatile char *t = to;

    copies++;
    for (size_t i = 0; i < n; i++)
        t[i] = ((const char *)from)[i];
    return to;
}

void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
    int *a = base;

    sorts++;
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && cmp(&a[j - 1], &a[j]) > 0; j--) {
            int x = a[j];

            a[j] = a[j - 1];
            a[j - 1] = x;
        }
}

char *getenv(const char *name)
{
    envs++;
    return "mine";
}

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void *work(void *arg)
{
    uint64_t *p = malloc(64 * 8);
    uint64_t h = churn(p, 64, 5);

    free(p);
    return (void *)h;
}

int main(void)
{
    pthread_t t[3];
    int numbers[50];
    char copy[32];
    unsigned before;
    void *h;

    before = envs;
    say("env %s %u\n", getenv("HOME"), envs - before);
    for (int i = 0; i < 50; i++)
        numbers[i] = i * 37 % 53;
    before = sorts;
    qsort(numbers, 50, sizeof(int), order);
    say("sorted %d %d by %u\n", numbers[0], numbers[49], sorts - before);
    before = copies;
    memcpy(copy, "copied by hand", (size_t)(numbers[14] - numbers[14] + 15));
    say("%s %u\n", copy, copies - before);
    for (int i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, work, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &h);
        say("%p\n", h);
    }
    say("from the arena %d\n", mallocs >= 3 && frees >= 3);
    return 0;
}
