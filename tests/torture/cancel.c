/* Cancellation, deferred and asynchronous, with cleanup handlers; pthread_exit; keys that set themselves again. */
#include "torture.h"
#include <semaphore.h>

static pthread_key_t key, late[8];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t ready;
static int cleaned[8], rounds, late_rounds;
static uint64_t memory[4][64];

static void clean(void *which)
{
    cleaned[(uintptr_t)which]++;
}
static void unlock(void *m)
{
    pthread_mutex_unlock(m);
}

static void again(void *value)
{
    rounds++;
    if ((uintptr_t)value > 1)
        pthread_setspecific(key, (char *)value - 1);
}

static void last(void *value)
{
    late_rounds++;
    churn(memory[3], 64, 1);
    pthread_setspecific(late[(uintptr_t)value], value);
}

static void *deferred(void *arg)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    pthread_cleanup_push(clean, (void *)1);
    sem_post(&ready);
    for (;;) {
        churn(memory[0], 64, 1);
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *sleeper(void *arg)
{
    pthread_cleanup_push(clean, (void *)2);
    sem_post(&ready);
    for (;;)
        pause();
    pthread_cleanup_pop(1);
    return NULL;
}

static void *async(void *arg)
{
    int old;

    pthread_setspecific(key, (void *)1);
    pthread_cleanup_push(clean, (void *)3);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    sem_post(&ready);
    for (;;)
        churn(memory[1], 64, 1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *exits(void *arg)
{
    pthread_setspecific(key, (void *)10);
    for (uintptr_t i = 0; i < 8; i++)
        pthread_setspecific(late[i], (void *)i);
    pthread_cleanup_push(clean, (void *)4);
    churn(memory[2], 64, 3);
    pthread_exit((void *)77);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *outlives(void *arg)
{
    usleep(20000);
    say("after main's pthread_exit %llx\n", (unsigned long long)churn(memory[2], 64, 3));
    exit(15);
}

static void cancelled(const char *what, void *(*routine)(void *), int times)
{
    int right = 0;

    for (int i = 0; i < times; i++) {
        pthread_t t;
        void *ret;

        pthread_create(&t, NULL, routine, NULL);
        sem_wait(&ready);
        if (i % 3 == 0)
            usleep(300);
        pthread_cancel(t);
        pthread_join(t, &ret);
        right += ret == PTHREAD_CANCELED;
    }
    say("%s: %d cancelled\n", what, right);
}

int main(void)
{
    pthread_t t;
    void *ret;

    sem_init(&ready, 0, 0);
    pthread_key_create(&key, again);
    cancelled("deferred", deferred, 20);
    cancelled("sleeping", sleeper, 20);
    cancelled("asynchronous", async, 60);
    say("key rounds %d\n", rounds);
    for (int i = 0; i < 8; i++)
        pthread_key_create(&late[i], last);
    pthread_create(&t, NULL, exits, NULL);
    pthread_join(t, &ret);
    say("exit %ld rounds %d late %d\n", (long)ret, rounds, late_rounds);
    for (int i = 1; i < 5; i++)
        say("cleaned %d: %d\n", i, cleaned[i]);
    pthread_create(&t, NULL, outlives, NULL);
    pthread_exit(NULL);
}
