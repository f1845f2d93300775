// A fork handler takes a lock that a running thread holds while it writes: it gets it, and the child has it too.
// expect: none
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

#define CELLS 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long cells[CELLS];
static int stop;

static void before(void)
{
    pthread_mutex_lock(&lock);
}

static void after(void)
{
    pthread_mutex_unlock(&lock);
}

static void *work(void *arg)
{
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        pthread_mutex_lock(&lock);
        for (int i = 0; i < CELLS; i++)
            cells[i]++;
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

static int child(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 1; i < CELLS; i++)
        if (cells[i] != cells[0])
            return 1;
    pthread_mutex_unlock(&lock);
    return 0;
}

int main(void)
{
    pthread_t worker;
    int status;

    MUST(pthread_atfork(before, after, after) == 0);
    worker = race_start(work, NULL);
    for (int i = 0; i < 20; i++) {
        pid_t pid = fork();

        if (pid == 0)
            exit(child());
        MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
        MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    pthread_join(worker, NULL);
    return 0;
}
