// All fields of the cache are touched under its mutex.
// expect: none
#include "race.h"

struct cache {
    pthread_mutex_t lock;
    long size;
    long hits;
};

static struct cache cache_state = { .lock = PTHREAD_MUTEX_INITIALIZER };

NOINLINE static void cache_get(struct cache *cache)
{
    pthread_mutex_lock(&cache->lock);
    cache->hits++;
    cache->size++;
    pthread_mutex_unlock(&cache->lock);
}

static void *work(void *arg)
{
    for (int i = 0; i < 500; i++)
        cache_get(arg);
    return arg;
}

int main(void)
{
    race_two(work, work, &cache_state);
    return cache_state.hits == 1000 ? 0 : 1;
}
