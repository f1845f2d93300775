/*
 * preload/real.h - the originals behind our wrappers, and which wrappers have been at work.
 *
 * The table is filled once at start-up by preload_real_init(). A call that comes earlier, or a function that was
 * missing then (libstdc++ loaded later), is looked up by preload_real_find() when it is called.
 */
#ifndef PRELOAD_REAL_H
#define PRELOAD_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/prototypes.h"

#define PRELOAD_EXPORT __attribute__((visibility("default")))

/* One field a row, named as the function it holds. */
struct preload_real {
#define WRAP_ROW(name, version, type, params) type(*name) params;
#include "preload/rows.def"
};

enum preload_row {
#define WRAP_ROW(name, version, type, params) PRELOAD_ROW_##name,
#include "preload/rows.def"
    PRELOAD_ROWS
};

/* Written at start-up and by preload_real_find(), each field at most once from NULL. */
extern struct preload_real preload_real __attribute__((visibility("hidden")));
/* 1 where a wrapper has done work of its own at least once; written without a lock, always the same value. */
extern uint8_t preload_engaged[PRELOAD_ROWS] __attribute__((visibility("hidden")));

/* Looks all rows up; 0, or -ENOENT where something that every libc has is missing. */
int preload_real_init(void);
/* The original of one row, for a caller at pc. A stub that returns ENOSYS where there is none. */
void *preload_real_find(enum preload_row row, const void *pc);
/* What the library of this original has under a name, or NULL. Outside of Seance. */
void *preload_real_beside(const void *original, const char *name);
/* The original sigaction(3). */
int preload_real_sigaction(int sig, const struct sigaction *act, struct sigaction *old);
/* Memory for calls that come while dlsym() itself is at work; never given back. */
void *preload_real_early(size_t size, size_t align);
bool preload_real_is_early(const void *block);
/* Bytes from an early block to the end of the early memory, at most size. */
size_t preload_real_early_rest(const void *block, size_t size);

/* PRELOAD_REAL(malloc)(size): the original, looked up where it is not known yet. */
#define PRELOAD_REAL(name)                                                                         \
    (__builtin_expect(preload_real.name != NULL, 1)                                                \
         ? preload_real.name                                                                       \
         : (__typeof__(preload_real.name))preload_real_find(PRELOAD_ROW_##name,                    \
                                                            __builtin_return_address(0)))

static inline void preload_engage(enum preload_row row)
{
    if (!preload_engaged[row])
        preload_engaged[row] = 1;
}

/* For tests: 1 if the wrapper of that name has done work of its own, 0 if not, -1 if there is no such row. */
PRELOAD_EXPORT int seance_wrapper_engaged(const char *name);
/* For tests: the name of the n-th row, NULL after the last. */
PRELOAD_EXPORT const char *seance_wrapper_name(unsigned n);

#endif
