// Kernels whose time goes into synchronisation: mutexes that are contended and that are not, a table under a mutex, a
// table that all read, producers and consumers.
#include "kernels.h"

enum { TABLE_SLOTS = 1 << 12, SHARED_CELLS = 1 << 16, QUEUE_ITEMS = 64, BATCH = 32 };

/* On cache lines of their own, so that the kernels measure locks and not false sharing. */
struct counter {
    _Alignas(64) pthread_mutex_t lock;
    uint64_t value;
};

static struct counter counters[THREADS_MAX];

static void counters_prepare(struct worker *workers, unsigned threads)
{
    (void)workers;
    for (unsigned t = 0; t < threads; t++)
        pthread_mutex_init(&counters[t].lock, NULL);
}

static void count_up(struct counter *c, long times)
{
    for (long i = 0; i < times; i++) {
        pthread_mutex_lock(&c->lock);
        c->value++;
        pthread_mutex_unlock(&c->lock);
    }
}

static void mutex_own(struct worker *w)
{
    count_up(&counters[w->index], w->rounds * 1000);
    w->sum = counters[w->index].value;
}

static void mutex_shared(struct worker *w)
{
    count_up(&counters[0], w->rounds * 1000);
}

/* A hash table under one mutex: a lock pair around a few accesses. */
struct slot {
    uint64_t key;
    uint64_t value;
};

static struct slot slots[TABLE_SLOTS];
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;

/* The table never gets full: half as many keys as slots. */
static void table_add(uint64_t key)
{
    uint64_t place = key * 0x9e3779b97f4a7c15 >> 52;

    pthread_mutex_lock(&table_lock);
    while (slots[place].key && slots[place].key != key)
        place = (place + 1) % TABLE_SLOTS;
    slots[place].key = key;
    slots[place].value++;
    pthread_mutex_unlock(&table_lock);
}

static void table(struct worker *w)
{
    uint64_t chance = w->index + 1;

    for (long round = 0; round < w->rounds * 1000; round++)
        table_add(chance_next(&chance) % (TABLE_SLOTS / 2) + 1);
}

/* The main thread fills a table; then all read it, each between takes of a lock of its own. */
static uint64_t shared[SHARED_CELLS];

static void shared_prepare(struct worker *workers, unsigned threads)
{
    uint64_t chance = 3;

    counters_prepare(workers, threads);
    for (size_t i = 0; i < SHARED_CELLS; i++)
        shared[i] = chance_next(&chance);
}

static void read_shared(struct worker *w)
{
    struct counter *own = &counters[w->index];
    uint64_t chance = w->index + 5;

    for (long round = 0; round < w->rounds * 1000; round++) {
        pthread_mutex_lock(&own->lock);
        own->value++;
        pthread_mutex_unlock(&own->lock);
        for (int i = 0; i < 64; i++)
            w->sum += shared[chance_next(&chance) % SHARED_CELLS];
    }
}

/* A ring of queues: each thread puts a batch into its own and takes one out of the next. */
struct queue {
    _Alignas(64) pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned put, taken;
    uint64_t items[QUEUE_ITEMS];
};

static struct queue queues[THREADS_MAX];

static void queues_prepare(struct worker *workers, unsigned threads)
{
    (void)workers;
    for (unsigned t = 0; t < threads; t++) {
        pthread_mutex_init(&queues[t].lock, NULL);
        pthread_cond_init(&queues[t].changed, NULL);
    }
}

static void queue_put(struct queue *q, uint64_t item)
{
    pthread_mutex_lock(&q->lock);
    while (q->put - q->taken == QUEUE_ITEMS)
        pthread_cond_wait(&q->changed, &q->lock);
    q->items[q->put++ % QUEUE_ITEMS] = item;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

static uint64_t queue_take(struct queue *q)
{
    uint64_t item;

    pthread_mutex_lock(&q->lock);
    while (q->put == q->taken)
        pthread_cond_wait(&q->changed, &q->lock);
    item = q->items[q->taken++ % QUEUE_ITEMS];
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return item;
}

static void hand_over(struct worker *w)
{
    struct queue *own = &queues[w->index], *next = &queues[(w->index + 1) % w->threads];
    uint64_t chance = w->index + 11;

    for (long round = 0; round < w->rounds * 100; round++) {
        for (int i = 0; i < BATCH; i++)
            queue_put(own, chance_next(&chance));
        for (int i = 0; i < BATCH; i++)
            w->sum = w->sum * 31 + queue_take(next);
    }
}

/* What the threads did together is part of the sum of the first, whoever did it. */
static void table_sum(struct worker *workers, unsigned threads)
{
    (void)threads;
    for (size_t i = 0; i < TABLE_SLOTS; i++)
        workers[0].sum += slots[i].key * slots[i].value;
    workers[0].sum += counters[0].value;
}

const struct kernel lock_kernels[] = {
    { "mutex-own", counters_prepare, mutex_own, NULL },
    { "mutex-shared", counters_prepare, mutex_shared, table_sum },
    { "table", NULL, table, table_sum },
    { "read-shared", shared_prepare, read_shared, NULL },
    { "queue", queues_prepare, hand_over, NULL },
    { NULL, NULL, NULL, NULL },
};
