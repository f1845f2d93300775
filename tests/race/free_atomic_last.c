// Whoever gives up the last reference frees the block; a flag that was set before, and a lock of its own in it, are done with.
// expect: none
#include "race.h"

struct shared {
    int references, lock, value;
};

static void drop(struct shared *s)
{
    if (__atomic_sub_fetch(&s->references, 1, __ATOMIC_ACQ_REL) == 0)
        free(s);
}

static void *use(void *arg)
{
    struct shared *s = arg;

    for (int i = 0; i < 100; i++) {
        while (__atomic_exchange_n(&s->lock, 1, __ATOMIC_ACQUIRE))
            ;
        s->value++;
        if (i % 2)
            __atomic_store_n(&s->lock, 0, __ATOMIC_RELEASE);
        else
            __atomic_exchange_n(&s->lock, 0, __ATOMIC_RELEASE);
    }
    drop(s);
    return NULL;
}

static void *raise_flag(void *arg)
{
    __atomic_exchange_n((int *)arg, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

int main(void)
{
    for (int i = 0; i < 100; i++) {
        struct shared *s = calloc(1, sizeof(*s));
        int *flag = calloc(1, sizeof(*flag));
        pthread_t t;

        s->references = 2;
        race_two(use, use, s);
        t = race_start(raise_flag, flag);
        while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
            ;
        free(flag);
        pthread_join(t, NULL);
    }
    return 0;
}
