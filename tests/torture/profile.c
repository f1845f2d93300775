/* Signals at over 1 kHz into instrumented loops: handlers touch memory, use SSE, AVX and x87, take locks, allocate. */
#include "torture.h"
#include <math.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t handler_memory[128];
static _Thread_local double handler_float;
static double shared_float[16];
static volatile sig_atomic_t count, taken;

static NOINLINE void sum_floats(float *a, const float *b, int n)
{
    for (int i = 0; i < n; i++)
        a[i] = a[i] * 0.5f + b[i];
}

static void on_prof(int sig, siginfo_t *info, void *context)
{
    static float a[64], b[64] = { 1, 2, 3 };
    int saved = errno;

    count++;
    churn(handler_memory, 128, 1);
    sum_floats(a, b, 64);
    handler_float += sqrt((double)count) * 1.0001L;
    shared_float[count % 16] += (double)handler_float;
    if (pthread_mutex_trylock(&lock) == 0) {
        taken++;
        pthread_mutex_unlock(&lock);
    }
    errno = saved;
}

static NOINLINE double floats(double *v, int n)
{
    long double x = 0;

    for (int r = 0; r < 40; r++)
        for (int i = 1; i < n; i++) {
            v[i] = v[i - 1] * 1.0000001 + (double)i;
            x += v[i] / 3.0L;
        }
    return (double)x;
}

static void *work(void *arg)
{
    uint64_t memory[256] = { (uintptr_t)arg }, h = 0;
    double v[128] = { 1 };
    char text[64] = "";

    for (int i = 0; i < 40; i++) {
        h = mix(h, churn(memory, 256, 20));
        v[0] = 1;
        snprintf(text, sizeof(text), "%.10g", floats(v, 128));
        h = mix(h, (uint64_t)text[3] * 256 + (uint64_t)text[7]);
    }
    return (void *)h;
}

int main(void)
{
    pthread_t t[2];

    on_signal(SIGPROF, on_prof, SA_RESTART);
    on_signal(SIGALRM, on_prof, SA_RESTART | SA_NODEFER);
    tick(ITIMER_PROF, 700);
    tick(ITIMER_REAL, 800);
    for (long i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, work, (void *)(i + 1));
    say("main %p\n", work((void *)9));
    for (int i = 0; i < 2; i++) {
        void *h;

        pthread_join(t[i], &h);
        say("thread %p\n", h);
    }
    while (count < 20)
        work((void *)1);
    tick(ITIMER_PROF, 0);
    tick(ITIMER_REAL, 0);
    say("%s\n", count >= 20 && taken > 0 ? "interrupted" : "too few signals");
    return 0;
}
