// A mapping goes away and another thread's comes to the same place: by munmap, by mremap, over it.
// expect: none
#include "race.h"

#include <sys/mman.h>

enum { SIZE = 1 << 16 };

static void *place;
static int round_number;

NOINLINE static void fill(char *bytes, int size)
{
    for (int i = 0; i < size; i += 16)
        bytes[i] = (char)i;
}

NOINLINE static char *map(void *at, int size, int flags)
{
    void *p = mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

    MUST(p != MAP_FAILED);
    return p;
}

NOINLINE static void first(void)
{
    char *moved;

    fill(place, SIZE);
    switch (round_number) {
    case 0: MUST(munmap(place, SIZE) == 0); break;
    case 1:
        moved = mremap(place, SIZE, 4 * SIZE, MREMAP_MAYMOVE);
        MUST(moved != MAP_FAILED);
        fill(moved, 4 * SIZE);
        MUST(munmap(moved, 4 * SIZE) == 0);
        break;
    default: break; /* the next one maps over it */
    }
}

NOINLINE static void second(void)
{
    MUST(map(place, SIZE, MAP_FIXED) == place);
    fill(place, SIZE);
}

static void *early(void *arg)
{
    first();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    second();
    return arg;
}

int main(void)
{
    for (round_number = 0; round_number < 3; round_number++) {
        place = map(NULL, SIZE, 0);
        race_two(early, late, NULL);
    }
    return 0;
}
