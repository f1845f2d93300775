/*
 * preload/strip.c - how far a loop that is checked ahead may run, and whether without checks.
 *
 * Hot. Compiled for general registers only, runs on the thread's cold stack; see preload/x86_64/strip.S.
 */
#include "preload/strip.h"

#include "preload/cold.h"
#include "preload/state.h"
#include "preload/tls.h"

#define MOST 248u /* iterations of a strip: an event has room for some more */
#define LEAST 8u  /* of one that is worth running without checks */
#define AGAIN 32u /* iterations with checks before the next question */

/* What strip.S and the stub pushed. */
struct strip_frame {
    uint64_t rbx, r11, r10, r9, r8, rsi, rdx, rcx, rax;
    uint64_t ret;
    int64_t number;
    uint64_t bound, counter, control;
    uint64_t addresses[]; /* of the operands; then rdi and the red zone */
};

bool preload_strip(const struct strip_frame *f, uintptr_t bp) __attribute__((visibility("hidden")));

/* Iterations until the loop ends by itself; 0: not known. */
static uint64_t left(const struct rewrite_strip *s, const struct strip_frame *f)
{
    bool down = s->counter_step < 0;
    uint64_t by = (uint64_t)(down ? -s->counter_step : s->counter_step);
    uint64_t way = down ? f->counter - f->bound : f->bound - f->counter;

    if (s->counter_bits == 0)
        return 0;
    if (s->counter_bits == 32)
        way = (uint32_t)way;
    return way % by == 0 ? way / by : 0;
}

static struct base_where place(const struct rewrite_strip *s, const struct strip_frame *f,
                               uintptr_t bp, uint32_t i)
{
    uint32_t site = s->accesses[i].site;

    return (struct base_where){ .pc = rewrite_site(site)->pc,
                                .sp = (uintptr_t)(f->addresses + s->n + 1) + 128,
                                .bp = bp,
                                .number = site + 1 };
}

/* How many of the next n iterations need no check for that access. */
static uint64_t known(struct shadow_thread *t, const struct rewrite_strip *s,
                      const struct strip_frame *f, uintptr_t bp, uint32_t i, uint64_t n, bool sure)
{
    const struct rewrite_strip_access *a = &s->accesses[i];
    struct shadow_strip strip = {
        .addr = f->addresses[i],
        .stride = a->stride,
        .size = a->size,
        .n = n,
        .flags = preload_access_flags(a->flags),
    };
    uint64_t k = shadow_strip_known(t, &strip);
    struct base_where where;

    if (k == n || !sure)
        return k;
    where = place(s, f, bp, i);
    return shadow_strip_record(t, &strip, &where) ? n : k;
}

/* A strip of n iterations comes next; false: with checks. */
static bool next(struct preload_tls *self, const struct rewrite_strip *s,
                 const struct strip_frame *f, uint64_t n, bool fast)
{
    uint64_t end = f->control + n * (uint64_t)s->step;
    bool wraps = end < f->control;

    self->in.spill[PRELOAD_SPILL_STRIP] = wraps ? ~0ull : end;
    return fast && !wraps;
}

bool preload_strip(const struct strip_frame *f, uintptr_t bp)
{
    struct preload_tls *self = preload_self();
    const struct rewrite_strip *s = rewrite_strip((uint32_t)f->number);
    uint64_t rest = left(s, f), n = rest && rest < MOST ? rest : MOST, m = n;

    if (n < LEAST || !preload_is_on())
        return next(self, s, f, AGAIN, false);
    for (uint32_t i = 0; i < s->n && m >= LEAST; i++) {
        uint64_t k = known(self->thread, s, f, bp, i, n, rest >= n);

        m = k < m ? k : m;
    }
    return m < LEAST ? next(self, s, f, AGAIN, false) : next(self, s, f, m, true);
}
