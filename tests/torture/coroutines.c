/* makecontext and swapcontext: coroutines on heap stacks, in threads, interrupted by a timer. */
#include "torture.h"
#include <ucontext.h>

enum { N = 8 };
struct task {
    ucontext_t here, back;
    uint64_t memory[32], h;
    char stack[65536] __attribute__((aligned(64)));
    int steps;
};

static void run(unsigned hi, unsigned lo)
{
    struct task *t = (struct task *)((uintptr_t)hi << 32 | lo);

    while (t->steps < 60) {
        t->h = mix(t->h, churn(t->memory, 32, 2));
        t->steps++;
        swapcontext(&t->here, &t->back);
    }
}

static void tock(int sig, siginfo_t *info, void *context) {}

static void *schedule(void *arg)
{
    struct task *tasks = calloc(N, sizeof(*tasks));
    uint64_t h = (uintptr_t)arg;

    for (int i = 0; i < N; i++) {
        getcontext(&tasks[i].here);
        tasks[i].here.uc_stack.ss_sp = tasks[i].stack;
        tasks[i].here.uc_stack.ss_size = sizeof(tasks[i].stack);
        tasks[i].here.uc_link = &tasks[i].back;
        tasks[i].h = h + (uint64_t)i;
        makecontext(&tasks[i].here, (void (*)(void))run, 2, (unsigned)((uintptr_t)&tasks[i] >> 32),
                    (unsigned)(uintptr_t)&tasks[i]);
    }
    for (int r = 0; r <= 60; r++)
        for (int i = 0; i < N; i++)
            swapcontext(&tasks[i].back, &tasks[i].here);
    for (int i = 0; i < N; i++)
        h = mix(h, tasks[i].h);
    free(tasks);
    return (void *)h;
}

int main(void)
{
    pthread_t t[3];
    void *h;
    volatile int turns = 0;
    ucontext_t again;

    on_signal(SIGALRM, tock, SA_RESTART);
    tick(ITIMER_REAL, 1000);
    say("%p\n", schedule((void *)1));
    for (long i = 0; i < 3; i++)
        pthread_create(&t[i], NULL, schedule, (void *)(i + 2));
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &h);
        say("%p\n", h);
    }
    tick(ITIMER_REAL, 0);
    getcontext(&again);
    if (turns++ < 5)
        setcontext(&again);
    say("turns %d\n", turns);
    return 0;
}
