// The configuration's pointer is stored and loaded under a mutex; what it points at never changes.
// expect: none
#include "race.h"

struct config {
    long limit;
    long depth;
};

static struct config *current;
static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void publish(void)
{
    struct config *config = malloc(sizeof *config);

    config->limit = 100;
    config->depth = 7;
    pthread_mutex_lock(&config_lock);
    current = config;
    pthread_mutex_unlock(&config_lock);
}

NOINLINE static long lookup(void)
{
    pthread_mutex_lock(&config_lock);
    struct config *config = current;
    pthread_mutex_unlock(&config_lock);
    return config ? config->limit : 0;
}

static void *early(void *arg)
{
    publish();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(lookup() == 100);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(current);
    return 0;
}
