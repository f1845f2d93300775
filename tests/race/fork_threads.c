// A program with running threads forks; the child writes what the parent's threads write, in its own
// memory, makes a thread of its own and ends.
// expect: none
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *work(void *arg)
{
    for (int i = 0; i < 200; i++) {
        pthread_mutex_lock(&lock);
        total++;
        pthread_mutex_unlock(&lock);
    }
    return arg;
}

static void *child_work(void *arg)
{
    total = 5;
    return arg;
}

static int child(void)
{
    total = 1;
    if (pthread_join(race_start(child_work, NULL), NULL))
        return 1;
    return total == 5 ? 0 : 2;
}

int main(void)
{
    pthread_t worker = race_start(work, NULL);
    int status;

    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();

        if (pid == 0)
            exit(child());
        MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
        MUST(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    pthread_join(worker, NULL);
    return total == 200 ? 0 : 1;
}
