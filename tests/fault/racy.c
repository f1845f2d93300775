// A program with one race, for the fault tests. Its words: wait (sleep after the race), status=N,
// closefrom (close every descriptor above 2 first), log=FILE (write one line into FILE), quiet (no
// race after all), mark=FILE (make FILE first of all), remove=FILE (remove FILE first of all).
#include "../race/race.h"

#include <fcntl.h>
#include <unistd.h>

long request_count;
static int quiet;

NOINLINE void handle(void)
{
    request_count++;
}

static void *early(void *arg)
{
    handle();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    if (!quiet)
        handle();
    return arg;
}

static void write_line(const char *path, const char *line)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    MUST(file >= 0 && write(file, line, strlen(line)) == (ssize_t)strlen(line));
}

int main(int argc, char **argv)
{
    int status = 0, wait = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "wait"))
            wait = 1;
        else if (!strcmp(argv[i], "quiet"))
            quiet = 1;
        else if (!strncmp(argv[i], "status=", 7))
            status = atoi(argv[i] + 7);
        else if (!strcmp(argv[i], "closefrom"))
            closefrom(3);
        else if (!strncmp(argv[i], "log=", 4))
            write_line(argv[i] + 4, "mine\n");
        else if (!strncmp(argv[i], "mark=", 5))
            write_line(argv[i] + 5, "started\n");
        else if (!strncmp(argv[i], "remove=", 7))
            unlink(argv[i] + 7);
    }
    race_two(early, late, NULL);
    if (wait)
        sleep(60);
    printf("done\n");
    return status;
}
