// Whoever gives up the last reference destroys the lock that guards it, or frees it as it is.
// expect: none
#include "race.h"

struct object {
    pthread_mutex_t mutex;
    pthread_rwlock_t rwlock;
    int references;
};

static void drop(struct object *o)
{
    int left;

    pthread_rwlock_rdlock(&o->rwlock);
    pthread_rwlock_unlock(&o->rwlock);
    pthread_mutex_lock(&o->mutex);
    left = --o->references;
    pthread_mutex_unlock(&o->mutex);
    if (left)
        return;
    pthread_mutex_destroy(&o->mutex);
    pthread_rwlock_destroy(&o->rwlock);
    free(o);
}

static void *use(void *arg)
{
    struct object *o = arg;

    for (int i = 0; i < 150; i++) {
        pthread_mutex_lock(&o->mutex);
        pthread_mutex_unlock(&o->mutex);
        if (pthread_mutex_trylock(&o->mutex) == 0)
            pthread_mutex_unlock(&o->mutex);
    }
    drop(o);
    return NULL;
}

static void *use_bare(void *arg)
{
    pthread_mutex_t *m = arg;

    pthread_mutex_lock(m);
    pthread_mutex_unlock(m);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 50; i++) {
        struct object *o = malloc(sizeof(*o));
        pthread_mutex_t *m = calloc(1, sizeof(*m));

        pthread_mutex_init(&o->mutex, NULL);
        pthread_rwlock_init(&o->rwlock, NULL);
        o->references = 2;
        race_two(use, use, o);
        race_two(use_bare, use_bare, m);
        free(m);
    }
    return 0;
}
