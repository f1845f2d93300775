// Thread-local objects, each touched by its own thread only.
// expect: none
#include "race.h"

static _Thread_local long own[16];

static void *work(void *arg)
{
    for (int i = 0; i < 160; i++)
        own[i % 16]++;
    MUST(own[3] == 10);
    return arg;
}

int main(void)
{
    race_two(work, work, NULL);
    work(NULL);
    return 0;
}
