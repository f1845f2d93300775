// Each handler takes a mutex, but not the same one.
// expect: data-race var=request_count in=handle_get,handle_put location=global
#include "race.h"

static long request_count;
static pthread_mutex_t get_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t put_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void handle_get(void)
{
    pthread_mutex_lock(&get_lock);
    request_count++;
    pthread_mutex_unlock(&get_lock);
}

NOINLINE static void handle_put(void)
{
    pthread_mutex_lock(&put_lock);
    request_count++;
    pthread_mutex_unlock(&put_lock);
}

static void *early(void *arg)
{
    handle_get();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    handle_put();
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    return request_count == 2 ? 0 : 1;
}
