/*
 * preload/compiled.c - plain accesses of code compiled with -fsanitize=thread, behind the compare of x86_64/compiled.S.
 *
 * Hot. What rewritten code knows by the number of a check is found here by the call's return address, in an open-addressed
 * table without a lock: entries are filled once. Only the thread that unloads a module takes some out again.
 */
#include "preload/compiled.h"

#include "base/sys.h"
#include "preload/gate.h"
#include "rewrite/rewrite.h"

#define SITES (1u << 18)
#define FULL (SITES / 4 * 3)
#define PROBES 64u
#define GONE ((uintptr_t)1) /* was a module's that is unloaded: a search goes on */
#define BLOCK 1024u         /* numbers taken from rewrite/ at once */

/* One call of compiled code, by where it returns to. */
struct site {
    uintptr_t ret;   /* 0: unused; atomic, written last */
    uint32_t number; /* of the check, as in base_where */
    uint32_t what;   /* size | flags << 8 */
};

static struct site *sites; /* atomic; NULL: not needed yet, or no memory */
static uint32_t nsites;    /* atomic */
static uint64_t numbers;   /* the next one << 32 | how many are left; atomic */

void preload_compiled_access(uintptr_t addr, uint32_t what, uintptr_t ret, uintptr_t sp,
                             uintptr_t bp) __attribute__((visibility("hidden")));

static uint32_t home(uintptr_t ret)
{
    return (uint32_t)((ret * 0x9E3779B97F4A7C15ull) >> 46);
}

static struct site *table(void)
{
    struct site *fresh, *old = __atomic_load_n(&sites, __ATOMIC_ACQUIRE);

    if (old)
        return old;
    fresh = base_sys_pages(SITES * sizeof(*fresh));
    if (!fresh)
        return NULL;
    if (__atomic_compare_exchange_n(&sites, &old, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return fresh;
    base_sys_munmap((uintptr_t)fresh, SITES * sizeof(*fresh));
    return old;
}

/* The check's number; 0: not known. */
static inline uint32_t find(uintptr_t ret, uint32_t what)
{
    const struct site *all = __atomic_load_n(&sites, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0, at = home(ret); all && i < PROBES; i++, at++) {
        const struct site *s = &all[at % SITES];
        uintptr_t there = __atomic_load_n(&s->ret, __ATOMIC_ACQUIRE);

        if (there == ret && s->what == what)
            return s->number;
        if (!there)
            return 0;
    }
    return 0;
}

/* 0: none left. */
static uint32_t new_number(void)
{
    uint64_t now = __atomic_load_n(&numbers, __ATOMIC_RELAXED), next;
    uint32_t first;

    do {
        first = (uint32_t)(now >> 32);
        next = now + (1ull << 32) - 1;
        if (!(uint32_t)now) {
            if (!rewrite_reserve(BLOCK, &first))
                return 0;
            first++; /* numbers count from 1 */
            next = (uint64_t)(first + 1) << 32 | (BLOCK - 1);
        }
    } while (!__atomic_compare_exchange_n(&numbers, &now, next, false, __ATOMIC_RELAXED,
                                          __ATOMIC_RELAXED));
    return first;
}

/* Two threads may learn the same call, each with a number of its own. */
static uint32_t learn(uintptr_t ret, uint32_t what)
{
    struct site *all = table();
    uint32_t number;

    if (!all || __atomic_fetch_add(&nsites, 1, __ATOMIC_RELAXED) >= FULL)
        return 0;
    number = new_number();
    if (!number)
        return 0;
    shadow_fast_learn(number, ret - 1, what & 0xFF, what >> 8);
    for (uint32_t i = 0, at = home(ret); i < PROBES; i++, at++) {
        struct site *s = &all[at % SITES];
        uintptr_t unused = 0;

        /* Claimed first, under a name that nobody seeks. */
        if (!__atomic_compare_exchange_n(&s->ret, &unused, GONE, false, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        s->number = number;
        s->what = what;
        __atomic_store_n(&s->ret, ret, __ATOMIC_RELEASE); /* find() */
        break;
    }
    return number;
}

void preload_compiled_forget(uintptr_t lo, uintptr_t hi)
{
    struct site *all = __atomic_load_n(&sites, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; all && i < SITES; i++)
        if (all[i].ret >= lo && all[i].ret < hi)
            __atomic_store_n(&all[i].ret, GONE, __ATOMIC_RELAXED);
}

/* ---- accesses ---------------------------------------------------------------------------------------------- */

struct access {
    struct shadow_thread *t;
    uintptr_t addr, ret;
    uint64_t size;
    uint32_t what;
    struct base_where where;
};

static void one(void *arg)
{
    struct access *a = arg;

    if (!a->where.number && !preload_checked_pc(a->ret - 1))
        return; /* left out by the option `modules` */
    if (!a->where.number)
        a->where.number = learn(a->ret, a->what);
    shadow_access(a->t, a->addr, (uint32_t)a->size, a->what >> 8, &a->where);
}

static void range(void *arg)
{
    struct access *a = arg;

    shadow_range(a->t, a->addr, a->size, a->what >> 8, &a->where);
}

void preload_compiled_access(uintptr_t addr, uint32_t what, uintptr_t ret, uintptr_t sp,
                             uintptr_t bp)
{
    struct preload_tls *self = preload_self();
    struct access a = { preload_gate(self), addr, ret, what & 0xFF, what, { 0 } };
    uint32_t number;

    if (!a.t)
        return;
    number = find(ret, what);
    /* Where it lies across granules the compare does not know what is known. */
    if (number && addr & 3 && shadow_fast_known(addr, number, &self->in))
        return;
    if (number && (shadow_lane(addr, number, a.t, sp) || shadow_fast(addr, number, a.t, sp, bp)))
        return;
    a.where = (struct base_where){ .pc = ret - 1, .sp = sp, .bp = bp, .number = number };
    PRELOAD_INSIDE(self, preload_compiled_below(one, &a));
}

static void touch(const void *p, size_t n, uint32_t flags, struct base_where at)
{
    struct preload_tls *self = preload_self();
    struct access a = { preload_gate(self), A(p), 0, n, 0, at };

    a.what = (flags | SHADOW_PLAIN | SHADOW_EXACT) << 8;
    if (a.t && n && preload_checked_pc(at.pc))
        PRELOAD_INSIDE(self, preload_compiled_below(range, &a));
}

/* From x86_64/compiled.S: where a function begins, and where its compare is left for the slow path; each from its own place. */
struct slow {
    int32_t begin, slow;
};

extern const struct slow __start_compiled_slow[],
    __stop_compiled_slow[] __attribute__((visibility("hidden")));

uintptr_t preload_compiled_slow(uintptr_t pc)
{
    for (const struct slow *s = __start_compiled_slow; s < __stop_compiled_slow; s++)
        if (pc >= A(&s->begin) + s->begin && pc < A(&s->slow) + s->slow)
            return A(&s->slow) + s->slow;
    return 0;
}

/* ---- the rows with bodies ----------------------------------------------------------------------------------- */

void __tsan_init(void);
void __tsan_read_range(const void *p, size_t n);
void __tsan_write_range(void *p, size_t n);
void __tsan_read_range_pc(const void *p, size_t n, void *pc);
void __tsan_write_range_pc(void *p, size_t n, void *pc);
void *__tsan_memcpy(void *to, const void *from, size_t n);
void *__tsan_memmove(void *to, const void *from, size_t n);
void *__tsan_memset(void *to, int c, size_t n);

/* The program's own, if it has them; tsan_interface.h. */
void __tsan_on_initialize(void) __attribute__((weak));
int __tsan_on_finalize(int failed) __attribute__((weak));

static bool compiled_began; /* changes before main, in one thread */

/* Each compiled object's constructor calls this; ours has run before. */
PRELOAD_EXPORT void __tsan_init(void)
{
    if (compiled_began)
        return;
    compiled_began = true;
    if (__tsan_on_initialize)
        __tsan_on_initialize();
}

bool preload_compiled_failed(bool failed)
{
    return compiled_began && __tsan_on_finalize ? __tsan_on_finalize(failed) != 0 : failed;
}

PRELOAD_EXPORT void __tsan_read_range(const void *p, size_t n)
{
    touch(p, n, 0, PRELOAD_CALLER);
}

PRELOAD_EXPORT void __tsan_write_range(void *p, size_t n)
{
    touch(p, n, SHADOW_WRITE, PRELOAD_CALLER);
}

PRELOAD_EXPORT void __tsan_read_range_pc(const void *p, size_t n, void *pc)
{
    touch(p, n, 0, PRELOAD_CALLER);
}

PRELOAD_EXPORT void __tsan_write_range_pc(void *p, size_t n, void *pc)
{
    touch(p, n, SHADOW_WRITE, PRELOAD_CALLER);
}

PRELOAD_EXPORT void *__tsan_memcpy(void *to, const void *from, size_t n)
{
    touch(from, n, 0, PRELOAD_CALLER);
    touch(to, n, SHADOW_WRITE, PRELOAD_CALLER);
    return PRELOAD_REAL(memcpy)(to, from, n);
}

PRELOAD_EXPORT void *__tsan_memmove(void *to, const void *from, size_t n)
{
    touch(from, n, 0, PRELOAD_CALLER);
    touch(to, n, SHADOW_WRITE, PRELOAD_CALLER);
    return PRELOAD_REAL(memmove)(to, from, n);
}

PRELOAD_EXPORT void *__tsan_memset(void *to, int c, size_t n)
{
    touch(to, n, SHADOW_WRITE, PRELOAD_CALLER);
    return PRELOAD_REAL(memset)(to, c, n);
}
