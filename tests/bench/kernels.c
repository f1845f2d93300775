// Small kernels for bench.py, each with two threads and free of races.
//
//   kernels array ROUNDS    two halves of one array, updated in place: no synchronisation, many bytes
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

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    void *(*body)(void *) = argc > 1 && !strcmp(argv[1], "table") ? fill_table : update_half;

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
