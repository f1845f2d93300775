// A mutex guards the cache's size, but its hit count was added later and left outside.
// expect: data-race var=cache_state field=hits in=cache_get,cache_get location=global
#include "race.h"

struct cache {
    pthread_mutex_t lock;
    long size;
    long hits;
};

static struct cache cache_state = { .lock = PTHREAD_MUTEX_INITIALIZER };

NOINLINE static void cache_get(struct cache *cache)
{
    cache->hits++;
    pthread_mutex_lock(&cache->lock);
    cache->size++;
    pthread_mutex_unlock(&cache->lock);
}

static void *early(void *arg)
{
    cache_get(arg);
    unseen_step();
    return arg;
}

/* The lock taken inside cache_get comes after the bare bump, so it orders nothing before it. */
static void *late(void *arg)
{
    unseen_until(1);
    cache_get(arg);
    return arg;
}

int main(void)
{
    race_two(early, late, &cache_state);
    return cache_state.hits == 2 ? 0 : 1;
}
