// One slot, exchanged: empty or a pointer. The receiver gives the slot back by storing NULL.
// Racy: the sender touches what it has sent.
// seeded: send_letter,read_letter
// stripped: right
#include <stdatomic.h>

#include "lockfree.h"

enum { LETTERS = 300 };

struct letter {
    long number, sum;
};

static struct letter *_Atomic slot;

NOINLINE static void send_letter(long i)
{
    struct letter *letter = malloc(sizeof *letter);

    letter->number = i;
    UNLESS_RACY(letter->sum = i + 1;)
    while (atomic_load_explicit(&slot, memory_order_acquire))
        relax();
    atomic_store_explicit(&slot, letter, memory_order_release);
    IF_RACY(letter->sum = i + 1;)
}

NOINLINE static long read_letter(void)
{
    struct letter *letter;
    long sum;

    while (!(letter = atomic_load_explicit(&slot, memory_order_acquire)))
        relax();
    sum = letter->number + letter->sum;
    UNLESS_RACY(free(letter);)
    atomic_store_explicit(&slot, NULL, memory_order_release);
    return sum;
}

static void *sender(void *arg)
{
    for (long i = 0; i < LETTERS; i++)
        send_letter(i);
    return arg;
}

static void *receiver(void *arg)
{
    long sum = 0;

    for (long i = 0; i < LETTERS; i++)
        sum += read_letter();
    UNLESS_RACY(MUST(sum == (long)LETTERS * LETTERS);)
    return sum ? arg : NULL;
}

int main(void)
{
    race_two(sender, receiver, NULL);
    return 0;
}
