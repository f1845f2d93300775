/* Many threads: 300 at once, 3,000 short ones, detached ones, and a join of each. */
#include "torture.h"

static pthread_barrier_t together;
static uint64_t results[300];

static void *wait_all(void *arg)
{
    uint64_t memory[16] = { (uintptr_t)arg };

    pthread_barrier_wait(&together);
    results[(uintptr_t)arg] = churn(memory, 16, 4);
    pthread_barrier_wait(&together);
    return arg;
}

static void *brief(void *arg)
{
    uint64_t memory[8] = { (uintptr_t)arg };

    return (void *)churn(memory, 8, 1);
}

int main(void)
{
    pthread_t t[300];
    pthread_attr_t attr;
    uint64_t h = 0;
    int failed = 0;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 << 10);
    pthread_barrier_init(&together, NULL, 300);
    for (long i = 0; i < 300; i++)
        failed += pthread_create(&t[i], &attr, wait_all, (void *)i) != 0;
    for (int i = 0; i < 300; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < 300; i++)
        h = mix(h, results[i]);
    for (long i = 0; i < 3000; i++) {
        void *ret = NULL;

        failed += pthread_create(&t[0], &attr, brief, (void *)i) != 0;
        pthread_join(t[0], &ret);
        h = mix(h, (uint64_t)ret);
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (long i = 0; i < 200; i++)
        failed += pthread_create(&t[0], &attr, brief, (void *)i) != 0;
    say("failed %d hash %llx\n", failed, (unsigned long long)h);
    return 0;
}
