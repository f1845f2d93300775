/* Built without the sanitizer: its atomics are instructions, its accesses are checked by rewriting. */
#include <stdatomic.h>

static atomic_int gate;
static long inside;

void library_open(long *word)
{
    *word = 1;
    inside = 1;
    atomic_exchange(&gate, 1);
}

int library_is_open(void)
{
    return atomic_load(&gate) && inside;
}

void library_write(long *word)
{
    *word = 2;
}

int library_swap(int *word, int value)
{
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}
