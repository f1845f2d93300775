// What a thread gets at its creation and leaves at its end is ordered by create and join.
// expect: none
#include "race.h"

static long shared;

static void *child(void *arg)
{
    shared = *(long *)arg + 1;
    *(long *)arg = shared;
    return arg;
}

int main(void)
{
    long number = 1;

    for (int i = 0; i < 20; i++) {
        shared = 0;
        pthread_t thread = race_start(child, &number);
        pthread_join(thread, NULL);
        number += shared;
    }
    return number > 0 ? 0 : 1;
}
