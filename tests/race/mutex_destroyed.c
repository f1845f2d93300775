// A mutex is locked after it was destroyed; libc says EINVAL, to which the program does not listen.
// expect: mutex-misuse in=use
#include "race.h"

static pthread_mutex_t lock;

NOINLINE static void use(void)
{
    pthread_mutex_lock(&lock);
}

int main(void)
{
    pthread_mutex_init(&lock, NULL);
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    pthread_mutex_destroy(&lock);
    use();
    return 0;
}
