/*
 * tests/torture/torture.h - what every torture program shares: a checksum, and output that needs no stdio.
 *
 * A program prints what it computed, the same on every run; run.py compares a native run with one under Seance.
 */
#ifndef TORTURE_H
#define TORTURE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

/* Safe in signal handlers: one write(2). */
static inline void say(const char *format, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (write(1, line, (size_t)n) != n)
        _exit(99);
}

static inline uint64_t mix(uint64_t h, uint64_t value)
{
    h ^= value + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
    return h * 0xff51afd7ed558ccdu;
}

/* Work on memory that a check before every access must not disturb. */
static NOINLINE uint64_t churn(uint64_t *memory, unsigned n, unsigned rounds)
{
    uint64_t h = 1;

    for (unsigned r = 0; r < rounds; r++)
        for (unsigned i = 0; i < n; i++) {
            memory[i] = mix(memory[i], h + i);
            h = h * 31 + ((uint8_t *)memory)[(i * 13 + r) % (n * 8)] +
                ((uint16_t *)memory)[(i * 7) % (n * 4)];
        }
    return h;
}

static inline void on_signal(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction act = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };

    sigemptyset(&act.sa_mask);
    if (sigaction(sig, &act, NULL) != 0)
        say("sigaction %d: %d\n", sig, errno);
}

/* A timer that sends sig every `us` microseconds; 0 stops it. */
static inline void tick(int which, int us)
{
    struct itimerval every = { { 0, us }, { 0, us } };

    setitimer(which, &every, NULL);
}

static inline void report_status(const char *what, int status)
{
    say("%s: %s %d\n", what,
        WIFEXITED(status)     ? "exit"
        : WIFSIGNALED(status) ? "signal"
                              : "other",
        WIFEXITED(status)     ? WEXITSTATUS(status)
        : WIFSIGNALED(status) ? WTERMSIG(status)
                              : status);
}

/* Runs body in a child and prints how that ended. */
#define IN_CHILD(what, body)                                                                       \
    do {                                                                                           \
        int status_ = 0;                                                                           \
        pid_t pid_ = fork();                                                                       \
                                                                                                   \
        if (pid_ == 0) {                                                                           \
            body;                                                                                  \
            _exit(77);                                                                             \
        }                                                                                          \
        waitpid(pid_, &status_, 0);                                                                \
        report_status(what, status_);                                                              \
    } while (0)

#endif
