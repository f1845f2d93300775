// A reader says in which period it reads; the writer frees what it took out two periods later.
// Racy: it does not wait for the reader's period.
// seeded: replace,look
#include <stdatomic.h>

#include "lockfree.h"

struct item {
    long value;
};

static struct item *_Atomic shared;
static atomic_ulong period = 1, reading; /* reading: 0 for nobody */

NOINLINE static long look(void)
{
    struct item *item;
    long value;

    atomic_store(&reading, atomic_load(&period));
    item = atomic_load_explicit(&shared, memory_order_acquire);
    value = item->value;
    return value;
}

static void leave(void)
{
    atomic_store_explicit(&reading, 0, memory_order_release);
}

NOINLINE static void replace(long value)
{
    struct item *fresh = malloc(sizeof *fresh), *old;

    fresh->value = value;
    old = atomic_exchange(&shared, fresh);
    UNLESS_RACY(unsigned long mine = atomic_fetch_add(&period, 1), seen;)
    UNLESS_RACY(while ((seen = atomic_load(&reading)) != 0 && seen <= mine) relax();)
    old->value = -1;
    UNLESS_RACY(free(old);)
}

static void *reader(void *arg)
{
    MUST(look() == 1);
    unseen_step();
    unseen_nap(3000);
    leave();
    for (int i = 0; i < 300; i++) {
        long seen = look();

        UNLESS_RACY(MUST(seen > 0);)
        if (seen)
            leave();
    }
    return arg;
}

static void *writer(void *arg)
{
    unseen_until(1);
    for (long i = 0; i < 300; i++)
        replace(i + 2);
    return arg;
}

int main(void)
{
    struct item *first = malloc(sizeof *first);

    first->value = 1;
    atomic_init(&shared, first);
    race_two(reader, writer, NULL);
    return 0;
}
