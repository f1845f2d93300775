// Double-checked initialisation: the first look at the pointer is outside the lock.
// expect: data-race var=instance in=get_instance,get_instance location=global
// expect: data-race field=limit in=get_instance,use location=heap
#include "race.h"

struct config {
    long limit;
};

static struct config *instance;
static pthread_mutex_t instance_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static struct config *get_instance(void)
{
    if (!instance) {
        pthread_mutex_lock(&instance_lock);
        if (!instance) {
            struct config *config = malloc(sizeof *config);

            config->limit = 100;
            instance = config;
        }
        pthread_mutex_unlock(&instance_lock);
    }
    return instance;
}

NOINLINE static long use(struct config *config)
{
    return config->limit;
}

static void *early(void *arg)
{
    MUST(use(get_instance()) == 100);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    MUST(use(get_instance()) == 100);
    return arg;
}

int main(void)
{
    race_two(early, late, NULL);
    free(instance);
    return 0;
}
