/*
 * report/spawn.h - starts the renderer so that the host never notices a child.
 */
#ifndef REPORT_SPAWN_H
#define REPORT_SPAWN_H

#include <stdbool.h>

struct report_spawn {
    const char *path; /* the `seance` command */
    char *const *argv;
    const char *const *envp; /* already without ours */
    int fds[6]; /* what descriptors 0 to 5 shall be; -1: /dev/null up to 2, closed above */
};

/* 0 or -errno (the exec's error included). One renderer at a time, a few in all; the caller holds a lock. */
int report_spawn_start(const struct report_spawn *s);
/* After the renderer was told to end: collects its supervisor, waiting at most `ms`. */
void report_spawn_finish(unsigned ms);
/* In a forked child: the renderer is the parent's. */
void report_spawn_forget(void);

#endif
