// A mutex is unlocked twice, another one though nobody locked it.
// expect: mutex-misuse in=give_back var=lock
// expect: mutex-misuse in=give_untaken var=untaken
#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t untaken = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void give_back(void)
{
    pthread_mutex_unlock(&lock);
}

NOINLINE static void give_untaken(void)
{
    pthread_mutex_unlock(&untaken);
}

int main(void)
{
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    give_back();
    give_untaken();
    return 0;
}
