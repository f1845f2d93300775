// Initialisation on first use, with the look at the pointer under the lock.
// expect: none
#include "race.h"

struct config {
    long limit;
};

static struct config *instance;
static pthread_mutex_t instance_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static struct config *get_instance(void)
{
    struct config *config;

    pthread_mutex_lock(&instance_lock);
    if (!instance) {
        instance = malloc(sizeof *instance);
        instance->limit = 100;
    }
    config = instance;
    pthread_mutex_unlock(&instance_lock);
    return config;
}

static void *early(void *arg)
{
    MUST(get_instance()->limit == 100);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(get_instance()->limit == 100);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(instance);
    return 0;
}
