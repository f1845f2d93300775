// Memory that is mapped anew in its place while another thread counts in it by atomic operations, as where pages are given back.
// expect: none
#include <sys/mman.h>

#include "race.h"

#define PAGE 4096

static void *count(void *arg)
{
    unseen_until(1);
    for (int i = 0; i < 100; i++)
        __atomic_fetch_add((int *)arg, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void *renew(void *arg)
{
    MUST(mmap(arg, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
         arg);
    unseen_step();
    return NULL;
}

int main(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(page != MAP_FAILED);
    race_two(count, renew, page);
    return 0;
}
