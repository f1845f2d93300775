// Counters under the locks of a system library, which these make of their own atomics.
// expect: none
#include "glib.h"

static void *mutex; /* GMutex, zero is unlocked */
static volatile int bits;
static long by_mutex, by_bit;

static void *work(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        mutex_lock(&mutex);
        by_mutex++;
        mutex_unlock(&mutex);
        bit_lock(&bits, 3);
        by_bit++;
        bit_unlock(&bits, 3);
    }
    return arg;
}

int main(void)
{
    pthread_t a, b;

    glib_load();
    a = race_start(work, NULL);
    b = race_start(work, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    MUST(by_mutex == 40000 && by_bit == 40000);
    return 0;
}
