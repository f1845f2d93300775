// The packed 64-bit counter across a cache line, under a mutex: misaligned, but nobody can see it torn.
// expect: none
#include "race.h"

struct record {
    uint32_t version;
    uint64_t hits;
} __attribute__((packed));

/* The record lies 56 bytes into a cache line, so hits is at 60. */
static char area[128] __attribute__((aligned(64)));
static pthread_mutex_t record_lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void handle(struct record *record)
{
    pthread_mutex_lock(&record_lock);
    record->hits++;
    pthread_mutex_unlock(&record_lock);
}

static void *work(void *arg)
{
    for (int i = 0; i < 100; i++)
        handle(arg);
    return arg;
}

int main(void)
{
    struct record *record = (struct record *)(area + 56);

    race_two(work, work, record);
    return record->hits == 200 ? 0 : 1;
}
