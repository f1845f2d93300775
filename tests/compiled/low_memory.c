// Memory so low that there are no cells at the usual distance from it: not checked, but used as without Seance.
// expect: none
#include <sys/mman.h>

#include "race.h"

static void *fill(void *arg)
{
    char *p = arg;

    for (int i = 0; i < 4096; i++)
        p[i] = (char)i;
    for (int i = 0; i < 4096; i += 8)
        *(volatile long *)(p + i) += *(volatile int *)(p + i) + *(volatile short *)(p + i + 4);
    return arg;
}

int main(void)
{
    void *low =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    long sum = 0;

    if (low == MAP_FAILED)
        return 0;
    fill(low);
    MUST(pthread_join(race_start(fill, low), NULL) == 0);
    for (int i = 0; i < 4096; i += 8)
        sum += *(long *)((char *)low + i);
    printf("%lx\n", sum);
    return 0;
}
