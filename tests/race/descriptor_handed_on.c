// Descriptors are used by one thread and closed by another in some order: by a mutex, by what was sent, by a join. Their numbers
// come back as other files', also where that is not told.
// expect: none
#include <fcntl.h>
#include <unistd.h>

#include "race.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int ends[2], open_now = 1;

static void *answer(void *arg)
{
    char c;

    MUST(read(ends[0], &c, 1) == 1);
    close(ends[0]);
    close(ends[1]);
    return arg;
}

static void *use(void *arg)
{
    pthread_mutex_lock(&lock);
    if (open_now)
        MUST(write(*(int *)arg, "a", 1) == 1);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *end(void *arg)
{
    pthread_mutex_lock(&lock);
    open_now = 0;
    close(*(int *)arg);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *own(void *arg)
{
    for (int i = 0; i < 50; i++) {
        int fd = open("/dev/null", O_WRONLY), copy = dup(fd);
        FILE *f = fdopen(copy, "w");

        MUST(write(fd, "abc", 3) == 3 && write(copy, "abc", 3) == 3);
        fclose(f);
        close(fd);
    }
    return arg;
}

int main(void)
{
    pthread_t t;
    int fd;

    MUST(pipe(ends) == 0);
    t = race_start(answer, NULL);
    MUST(write(ends[1], "a", 1) == 1);
    pthread_join(t, NULL);
    fd = open("/dev/null", O_WRONLY);
    race_two(use, end, &fd);
    race_two(own, own, NULL);
    return 0;
}
