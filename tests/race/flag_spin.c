// A reader spins on an _Atomic flag until the writer has filled the table.
// expect: none
#include <stdatomic.h>

#include "race.h"

static atomic_int ready;
static long table[8];

static void *writer(void *arg)
{
    for (int i = 0; i < 8; i++)
        table[i] = i;
    atomic_store_explicit(&ready, 1, memory_order_release);
    return arg;
}

static void *reader(void *arg)
{
    while (!atomic_load_explicit(&ready, memory_order_acquire))
        ;
    MUST(table[7] == 7);
    return arg;
}

int main(void)
{
    race_two(writer, reader, NULL);
    return 0;
}
