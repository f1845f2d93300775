// A forked child initialises a mutex that it has taken itself, after the fork.
// expect: mutex-misuse in=make_again,hold
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

NOINLINE static void hold(void)
{
    pthread_mutex_lock(&lock);
}

NOINLINE static void make_again(void)
{
    pthread_mutex_init(&lock, NULL);
}

int main(void)
{
    int status;
    pid_t pid;

    pthread_mutex_lock(&lock);
    pid = fork();
    if (pid == 0) {
        make_again();
        hold();
        make_again();
        exit(0);
    }
    MUST(waitpid(pid, &status, 0) == pid);
    pthread_mutex_unlock(&lock);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
