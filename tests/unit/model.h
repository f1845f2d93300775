/*
 * tests/unit/model.h - what the tests of shadow/ share: simulated threads, a report double, the naive model.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"
#include "shadow/shadow.h"

/* ---- report double (model_report.c): stack ids are pcs ------------------------------------------------- */

struct fake_report {
    unsigned emitted;
    unsigned kinds[REPORT_KINDS];
    struct report_finding last;
    enum report_verdict verdict; /* of each pair; UNKNOWN stands for STANDS */
};
extern struct fake_report fake_report;
/* Forget which pairs were seen. */
void fake_report_clear(void);

/* ---- simulated threads --------------------------------------------------------------------------------- */

struct actor {
    struct shadow_thread *t;
    struct shadow_inline in;
    uintptr_t handle;
};

#define MODEL_MEMORY (1u << 20)
extern uintptr_t model_stack[2];
extern uint8_t *model_memory; /* program memory to access */

/* Initialises shadow/ over the window of model_memory; a->t is the first thread. */
void model_start(struct actor *a, enum shadow_form form);
void model_spawn(struct actor *parent, struct actor *child);
void model_join(struct actor *a, struct actor *child);

/* An access the way the emitted code does it: inline compare, shadow_fast() where that misses, and
 * the slow path where that cannot tell. Returns true if the compare missed. A place (pc) of its own for each call site is the caller's business. */
bool model_read(struct actor *a, const void *p, uint32_t size);
bool model_write(struct actor *a, const void *p, uint32_t size);
bool model_access(struct actor *a, uintptr_t addr, uint32_t size, uint32_t flags, uintptr_t pc);
/* Whole words, as a loop that is checked ahead. True: all were recorded, and there was nothing to find. */
bool model_strip(struct actor *a, uintptr_t addr, uint32_t size, uint32_t flags, uintptr_t pc);

/* Races found by the thread so far (counted even where no finding is made). */
uint64_t model_races(const struct actor *a);

/* ---- the naive model ----------------------------------------------------------------------------------- */

#define NAIVE_THREADS 64
#define NAIVE_BYTES 512
#define NAIVE_OBJECTS 64

struct naive_clock {
    uint32_t at[NAIVE_THREADS];
};

struct naive {
    struct naive_clock thread[NAIVE_THREADS];
    struct naive_clock object[NAIVE_OBJECTS];
    uint32_t wrote[NAIVE_BYTES], writer[NAIVE_BYTES]; /* 0: never */
    uint32_t read[NAIVE_BYTES][NAIVE_THREADS];
};

void naive_init(struct naive *m);
void naive_join(struct naive_clock *to, const struct naive_clock *from);
void naive_acquire(struct naive *m, unsigned t, unsigned object);
void naive_release(struct naive *m, unsigned t, unsigned object);
/* True: a race with an earlier access. */
bool naive_access(struct naive *m, unsigned t, unsigned byte, unsigned size, bool write);
void naive_forget(struct naive *m, unsigned byte, unsigned size);

#endif
