/* What the parts of the wrapper test share. Each part calls its rows of preload/wrap*.def once. */
#ifndef WRAP_WRAP_H
#define WRAP_WRAP_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                \
            exit(3);                                                                               \
        }                                                                                          \
    } while (0)

/* So that the compiler cannot fold a call away. */
static inline void *hide(const void *p)
{
    __asm__ volatile("" : "+r"(p));
    return (void *)p;
}

static inline struct timespec soon(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    t.tv_sec += 5;
    return t;
}

void wrap_threads(void);
void wrap_locks(void);
void wrap_waits(void);
void wrap_memory(void);
void wrap_strings(void);
void wrap_buffers(void);
void wrap_kernel(void);
void wrap_openmp(void);
void wrap_processes(void);
void wrap_text(void);
void wrap_stdio(void);
void wrap_system(void);

#endif
