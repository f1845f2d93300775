// Threads leave nested calls by longjmp and go on; the counter stays under its mutex.
// expect: none
#include "race.h"

#include <setjmp.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

NOINLINE static void deep(jmp_buf place, int depth)
{
    if (depth == 0)
        longjmp(place, 1);
    if (depth > 0)
        deep(place, depth - 1);
    __asm__ volatile("");
}

static void *work(void *arg)
{
    for (volatile int i = 0; i < 100; i++) {
        jmp_buf place;

        if (!setjmp(place))
            deep(place, 10);
        pthread_mutex_lock(&lock);
        total++;
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    return total == 200 ? 0 : 1;
}
