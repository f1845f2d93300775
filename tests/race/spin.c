// A counter under a pthread spin lock.
// expect: none
#include "race.h"

static pthread_spinlock_t lock;
static long total;

static void *work(void *arg)
{
    for (int i = 0; i < 500; i++) {
        if (i % 2)
            pthread_spin_lock(&lock);
        else
            while (pthread_spin_trylock(&lock))
                unseen_nap(10);
        total++;
        pthread_spin_unlock(&lock);
    }
    return arg;
}

int main(void)
{
    pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
    race_two(work, work, NULL);
    pthread_spin_destroy(&lock);
    return total == 1000 ? 0 : 1;
}
