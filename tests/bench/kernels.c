// Small kernels for bench.py, each with two threads and free of races.
//
//   kernels array ROUNDS    two halves of one array, updated in place: no synchronisation, many bytes
//   kernels list ROUNDS     each thread follows its own shuffled list
//   kernels sort ROUNDS     each thread sorts its half with a heap sort of its own
//   kernels bytes ROUNDS    each thread hashes its half byte by byte
//   kernels table ROUNDS    a hash table under one mutex: a lock pair around a few accesses
//
// Prints a sum that depends on every step, so that runs can be compared.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 2, ARRAY_CELLS = 1 << 18, TABLE_SLOTS = 1 << 12 };

static uint64_t cells[ARRAY_CELLS];
static long rounds;

struct slot {
    uint64_t key;
    uint64_t value;
};

static struct slot slots[TABLE_SLOTS];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

static void *update_half(void *arg)
{
    size_t first = (size_t)(uintptr_t)arg * (ARRAY_CELLS / THREADS);

    for (long round = 0; round < rounds; round++) {
        uint64_t carry = (uint64_t)round;

        for (size_t i = first; i < first + ARRAY_CELLS / THREADS; i++) {
            carry = carry * 31 + cells[i];
            cells[i] = carry;
        }
    }
    return NULL;
}

/* A cycle through the thread's half, in an order that the cache cannot guess. */
static void *follow_list(void *arg)
{
    size_t half = ARRAY_CELLS / THREADS, first = (size_t)(uintptr_t)arg * half, at = first;

    for (size_t i = 0; i < half; i++)
        cells[first + i] = first + (i * 40503 + 12345) % half;
    for (long round = 0; round < rounds; round++) {
        for (size_t i = 0; i < half; i++)
            at = cells[at];
    }
    cells[first] = at;
    return NULL;
}

static void sift_down(uint64_t *a, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        uint64_t swap = a[root];

        child += child + 1 < n && a[child] < a[child + 1];
        if (a[root] >= a[child])
            return;
        a[root] = a[child];
        a[child] = swap;
    }
}

static void *sort_half(void *arg)
{
    size_t half = ARRAY_CELLS / THREADS / 8;
    uint64_t *a = cells + (size_t)(uintptr_t)arg * half, chance = (uint64_t)(uintptr_t)arg + 7;

    for (long round = 0; round < rounds; round++) {
        for (size_t i = 0; i < half; i++) {
            chance = chance * 6364136223846793005 + 1442695040888963407;
            a[i] = chance >> 16;
        }
        for (size_t i = half / 2; i-- > 0;)
            sift_down(a, i, half);
        for (size_t end = half; end-- > 1;) {
            uint64_t swap = a[0];

            a[0] = a[end];
            a[end] = swap;
            sift_down(a, 0, end);
        }
    }
    return NULL;
}

static void *hash_bytes(void *arg)
{
    size_t half = sizeof(cells) / THREADS;
    unsigned char *bytes = (unsigned char *)cells + (size_t)(uintptr_t)arg * half;

    for (long round = 0; round < rounds; round++) {
        uint32_t hash = 2166136261u;

        for (size_t i = 0; i < half; i++)
            hash = (hash ^ bytes[i]) * 16777619u;
        bytes[(size_t)round % half] = (unsigned char)hash;
    }
    return NULL;
}

/* Adds one to the key's value; the table never gets full: half as many keys as slots. */
static void table_add(uint64_t key)
{
    uint64_t place = key * 0x9e3779b97f4a7c15 >> 52;

    pthread_mutex_lock(&table_lock);
    while (slots[place].key && slots[place].key != key)
        place = (place + 1) % TABLE_SLOTS;
    slots[place].key = key;
    slots[place].value++;
    pthread_mutex_unlock(&table_lock);
}

static void *fill_table(void *arg)
{
    uint64_t chance = (uint64_t)(uintptr_t)arg + 1;

    for (long round = 0; round < rounds * 1000; round++) {
        chance = chance * 6364136223846793005 + 1442695040888963407;
        table_add((chance >> 33) % (TABLE_SLOTS / 2) + 1);
    }
    return NULL;
}

static uint64_t sum_all(void)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ARRAY_CELLS; i++)
        sum = sum * 7 + cells[i];
    for (size_t i = 0; i < TABLE_SLOTS; i++)
        sum += slots[i].key * slots[i].value;
    return sum;
}

static const struct kernel {
    const char *name;
    void *(*body)(void *);
} kernels[] = {
    { "array", update_half }, { "list", follow_list }, { "sort", sort_half },
    { "bytes", hash_bytes },  { "table", fill_table },
};

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    void *(*body)(void *) = NULL;

    for (size_t i = 0; argc > 1 && i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        if (!strcmp(argv[1], kernels[i].name))
            body = kernels[i].body;
    }
    if (!body) {
        fprintf(stderr, "usage: kernels array|list|sort|bytes|table ROUNDS\n");
        return 2;
    }

    rounds = argc > 2 ? atol(argv[2]) : 1;
    for (uintptr_t i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, body, (void *)i))
            return 1;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%llu\n", (unsigned long long)sum_all());
    return 0;
}
