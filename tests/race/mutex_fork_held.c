// Locks over a fork: held by handlers around it and given back on both sides, or given back by the parent and made anew
// by the child; held by another thread, which the child does not have, and made anew there.
// expect: none
#include "race.h"

#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t around = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t renewed = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t map = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t others = PTHREAD_MUTEX_INITIALIZER;

static void prepare(void)
{
    pthread_mutex_lock(&around);
    pthread_mutex_lock(&renewed);
    pthread_rwlock_wrlock(&map);
}

static void release(void)
{
    pthread_rwlock_unlock(&map);
    pthread_mutex_unlock(&renewed);
    pthread_mutex_unlock(&around);
}

static void renew(void)
{
    pthread_rwlock_init(&map, NULL);
    pthread_mutex_init(&renewed, NULL);
    pthread_mutex_unlock(&around);
    pthread_mutex_init(&others, NULL);
}

static void *holder(void *arg)
{
    pthread_mutex_lock(&others);
    unseen_step();
    unseen_until(2);
    pthread_mutex_unlock(&others);
    return arg;
}

static void *forker(void *arg)
{
    int status;
    pid_t pid;

    unseen_until(1);
    pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(&others);
        pthread_mutex_lock(&around);
        pthread_mutex_lock(&renewed);
        pthread_rwlock_rdlock(&map);
        pthread_rwlock_unlock(&map);
        pthread_mutex_unlock(&renewed);
        pthread_mutex_unlock(&around);
        pthread_mutex_unlock(&others);
        pthread_mutex_destroy(&others);
        _exit(0);
    }
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    unseen_step();
    return arg;
}

int main(void)
{
    pthread_atfork(prepare, release, renew);
    race_two(holder, forker, NULL);
    return 0;
}
