// measure FILE SECONDS [NAME=VALUE ...] PROGRAM ARGS...: runs the program with these in its environment and writes into
// FILE one line: wall seconds, CPU seconds, peak memory in KiB, status. After SECONDS the program is killed, and the line
// says what it has used until then, with status 124. A small process of its own, since the peak that wait4 gives starts
// with the size of the process that forked.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TOO_LONG = 124 };

static volatile sig_atomic_t too_long;
static pid_t child;

static void give_up(int signal)
{
    (void)signal;
    too_long = 1;
    kill(-child, SIGKILL);
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void become(char **words)
{
    setpgid(0, 0);
    while (*words && strchr(*words, '='))
        putenv(*words++);
    if (*words)
        execvp(words[0], words);
    _exit(127);
}

static int status_of(int status)
{
    if (too_long)
        return TOO_LONG;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;

    if (argc < 4)
        return 2;
    signal(SIGALRM, give_up);
    double start = seconds_now();
    child = fork();
    if (child == 0)
        become(argv + 3);
    setpgid(child, child);
    alarm((unsigned)atoi(argv[2]));
    if (child < 0 || wait4(child, &status, 0, &usage) != child)
        return 1;
    double wall = seconds_now() - start;
    FILE *out = fopen(argv[1], "w");
    if (!out)
        return 1;
    fprintf(out, "%.6f %.6f %ld %d\n", wall, seconds(usage.ru_utime) + seconds(usage.ru_stime),
            usage.ru_maxrss, status_of(status));
    return fclose(out) ? 1 : 0;
}
