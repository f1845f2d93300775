// Memory that was freed is handed out again, in whole, in part, by realloc, on another thread, or as a mapping: it is clean.
// expect: none
#include <malloc.h>
#include <sys/mman.h>

#include "race.h"

#define BLOCKS 64

static char *blocks[BLOCKS];

NOINLINE static void fill(char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (char)i;
}

static void cycle(size_t from, size_t to)
{
    for (unsigned i = 0; i < BLOCKS; i++)
        fill((blocks[i] = malloc(from + i)), from + i);
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(to);
        fill(blocks[i], malloc_usable_size(blocks[i]));
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        blocks[i] = realloc(blocks[i], 3 * to);
        fill(blocks[i], 3 * to);
        blocks[i] = realloc(blocks[i], to / 2 + 1);
        fill(blocks[i], to / 2 + 1);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

static void *work(void *arg)
{
    cycle(24, 200);
    cycle(500, 100);
    cycle(3000, 20000);
    return arg;
}

/* What libc gave back to the kernel comes back as something else. */
static void map_anew(void)
{
    char *p;

    malloc_trim(0);
    p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fill(p, 1 << 20);
    munmap(p, 1 << 20);
}

int main(void)
{
    pthread_t t;

    work(NULL);
    for (unsigned i = 0; i < 2; i++) {
        pthread_create(&t, NULL, work, NULL);
        pthread_join(t, NULL);
        map_anew();
    }
    work(NULL);
    return 0;
}
