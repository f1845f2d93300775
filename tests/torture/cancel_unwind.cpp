// Cancellation unwinds C++ frames: destructors run, at cancellation points and in the middle of a loop.
#include <atomic>
#include <cstdio>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>
#include <vector>

static sem_t ready;
static std::atomic<int> destroyed;
static volatile unsigned sink[64];
struct Local {
    ~Local() { destroyed++; }
};
static thread_local Local per_thread;

static __attribute__((noinline)) void inner(bool async)
{
    Local l;
    int old;
    if (async) {
        pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
        sem_post(&ready);
        for (unsigned i = 0;; i++)
            sink[i % 64] = sink[i % 64] + i;
    }
    std::vector<int> v(100);
    sem_post(&ready);
    for (;;)
        usleep(100000);
}

static void *run(void *async)
{
    Local l;
    (void)&per_thread;
    inner(async != nullptr);
    return nullptr;
}

int main()
{
    sem_init(&ready, 0, 0);
    for (long async = 0; async < 2; async++) {
        int right = 0;
        for (int i = 0; i < 25; i++) {
            pthread_t t;
            void *ret;
            pthread_create(&t, nullptr, run, (void *)async);
            sem_wait(&ready);
            if (i % 2)
                usleep(200);
            pthread_cancel(t);
            pthread_join(t, &ret);
            right += ret == PTHREAD_CANCELED;
        }
        printf("async %ld: %d cancelled, %d destroyed\n", async, right, destroyed.load());
    }
    return 0;
}
