// A vforked child writes to its parent's memory while the parent waits; other threads use theirs under a mutex.
// expect: none
#include "race.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static volatile int told, counter;

NOINLINE static void make_child(void)
{
    int status;
    pid_t pid = vfork();

    if (pid == 0) {
        told = told + 1;
        _exit(0);
    }
    MUST(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

NOINLINE static void spawn_child(void)
{
    char *argv[] = { "true", NULL }, *envp[] = { NULL };
    int status;
    pid_t pid;

    MUST(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp) == 0);
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

NOINLINE static void use(void)
{
    pthread_mutex_lock(&guard);
    make_child();
    spawn_child();
    counter++;
    MUST(told == counter);
    pthread_mutex_unlock(&guard);
}

static void *body(void *arg)
{
    for (int i = 0; i < 5; i++)
        use();
    return arg;
}

int main(void)
{
    race_two(body, body, NULL);
    MUST(counter == 10);
    return 0;
}
