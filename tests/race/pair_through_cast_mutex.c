// The struct of two 64-bit fields reached through a cast pointer, under a mutex.
// expect: none
#include "race.h"

struct point {
    uint64_t x;
    uint64_t y;
};

static unsigned char area[64] __attribute__((aligned(16)));
static pthread_mutex_t area_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void move_to(void *place, uint64_t x, uint64_t y)
{
    struct point *point = place;

    pthread_mutex_lock(&area_lock);
    point->x = x;
    point->y = y;
    pthread_mutex_unlock(&area_lock);
}

static void *early(void *arg)
{
    move_to(arg, 1, 2);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    move_to(arg, 3, 4);
    return arg;
}

int main(void)
{
    race_two(early, late, area + 16);
    return area[16] == 3 ? 0 : 1;
}
