/*
 * rewrite/module.c - modules come and go; a unit is rewritten when its stub is first entered.
 *
 * Added: every unit's entry becomes a jump to a stub of its own (lazy.h); units where no jump fits are rewritten at
 * once. Entered: decode, copy with checks, patch, lead the stub to the copy. Whoever else enters meanwhile waits for the
 * lock in the same stub. One lock protects everything here; the holder runs on the rewriter's own stack.
 */
#include "rewrite/rewrite.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/steps.h"
#include "base/x86_64/vector.h"
#include "rewrite/area.h"
#include "rewrite/copies.h"
#include "rewrite/lazy.h"
#include "rewrite/work.h"
#include "rewrite/x86_64/locks.h"
#include "rewrite/x86_64/patch.h"

static struct base_lock lock = BASE_LOCK_INIT; /* everything of rewrite/ that is written */
static struct rewrite_runtime runtime;
static struct module *modules[REWRITE_MODULES];
static uint32_t nmodules; /* numbers ever given out; one that is gone may be given again */

/* Room for the heap to grow in place: what we mapped there would end it, and malloc would go on with mmap. Programs at
 * fixed low addresses have only half of the reach of a jump, so they get less. */
#define BREAK_ROOM (1ul << 30)
#define BREAK_ROOM_LOW (128ul << 20)
#define LOW (1ul << 32)
#define STACK_BYTES (256ul << 10)

/* Time is taken in ticks of the processor, which costs no system call; together these tell how long one is. */
static uint64_t first_tick, first_nanosecond;

static uintptr_t stack_top; /* of the stack that the lock's holder runs on */

/* Some systems let nobody make executable what is or was writable: found out before text is touched. */
static int try_executable(void)
{
    uintptr_t p =
        base_sys_mmap(0, CODE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ret;

    if (base_sys_failed(p))
        return -ENOMEM;
    *(volatile uint8_t *)p = 0xC3;
    ret = code_open_text(p, p + CODE_PAGE);
    if (ret == 0)
        ret = code_close_text(p, p + CODE_PAGE);
    base_sys_munmap(p, CODE_PAGE);
    return ret;
}

static uint64_t ticks(void)
{
    return __builtin_ia32_rdtsc();
}

int rewrite_init(const struct rewrite_runtime *rt)
{
    uintptr_t now = (uintptr_t)base_syscall(SYS_brk, 0, 0, 0, 0, 0, 0);
    char *stack = base_sys_pages(STACK_BYTES);
    int ret = stack ? try_executable() : -ENOMEM;

    if (ret < 0)
        return ret;
    stack_top = (uintptr_t)stack + STACK_BYTES;
    area_keep_out(now, now + (now < LOW ? BREAK_ROOM_LOW : BREAK_ROOM));
    runtime = *rt;
    first_tick = ticks();
    first_nanosecond = base_sys_now();
    insn_decode_init();
    return work_init();
}

/* ---- with the lock, on our stack ----------------------------------------------------------------------------- */

static void call_on_stack(void (*function)(void *), void *arg)
{
    uintptr_t top = stack_top;

    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "movq %[top], %%rsp\n\t"
                     "call *%[function]\n\t"
                     "movq %%rbx, %%rsp"
                     : "+D"(arg), [top] "+r"(top), [function] "+r"(function)
                     :
                     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
}

/* The decoder is foreign code and may use vector registers, in which the program may have arguments. */
static void call_locked(void (*function)(void *), void *arg)
{
    struct base_vector vectors;

    base_lock_acquire(&lock);
    base_vector_save(&vectors);
    call_on_stack(function, arg);
    base_vector_restore(&vectors);
    base_lock_release(&lock);
}

void rewrite_fork_prepare(void)
{
    base_lock_acquire(&lock);
}

void rewrite_fork_done(void)
{
    base_lock_release(&lock);
}

bool rewrite_reserve(uint32_t n, uint32_t *first)
{
    bool some;

    base_lock_acquire(&lock);
    some = copies_sites(n, first) != NULL;
    base_lock_release(&lock);
    return some;
}

/* ---- adding -------------------------------------------------------------------------------------------------- */

static struct module *new_module(void)
{
    uint32_t i = 0;

    while (i < nmodules && !modules[i]->gone)
        i++;
    if (i == REWRITE_MODULES)
        return NULL;
    if (i == nmodules) {
        modules[i] = base_arena_alloc(sizeof(*modules[i]));
        if (!modules[i])
            return NULL;
        nmodules++;
    }
    *modules[i] = (struct module){ .number = i };
    return modules[i];
}

static void drop_module(struct module *m)
{
    copies_release(m);
    lazy_release(m->number);
    module_release(m);
    m->gone = true;
}

/* Nearly all pages of text have an entry in them: they become the process's own some at a time, before any is looked at
 * and would have to be taken away again. Returns from where on they are. */
static uint32_t own_text(const struct module *m, const struct unit_info *u, uint32_t from)
{
    for (unsigned i = 0; i < m->ntext; i++) {
        uint32_t lo = m->text[i].lo, step = u->lo & ~(uint32_t)(BASE_STEP - 1);

        if (u->lo < lo || u->lo >= m->text[i].hi || u->lo >= from)
            continue;
        lo = step > lo ? step : lo;
        base_sys_populate((const void *)(m->bias + lo),
                          (from < m->text[i].hi ? from : m->text[i].hi) - lo);
        return lo;
    }
    return from;
}

static bool has_locks(const struct module *m, const struct unit_info *u)
{
    return locks_any((const uint8_t *)m->bias + u->lo, u->hi - u->lo);
}

/* Whatever on the stack looks like a return address may be one. Where it leads to stays as it is. */
static void find_running(const struct module *m, const struct rewrite_module *from)
{
    for (uintptr_t at = from->stack_lo; at + sizeof(uintptr_t) <= from->stack_hi;
         at += sizeof(uintptr_t)) {
        uintptr_t off = *(const uintptr_t *)at - m->bias;
        struct unit_info *u = module_has_text(m, off) ? module_unit(m, (uint32_t)off) : NULL;

        if (u)
            u->running = true;
    }
}

/* Nothing of the unit is to be checked, nor of the part of it that lies elsewhere. */
static bool needs_nothing(const struct module *m, const struct unit_info *u)
{
    return m->sync_only && !has_locks(m, u) &&
           !(u->partner && has_locks(m, &m->units[u->partner - 1]));
}

/* How many units are to be rewritten; the others stay as they are. */
static uint32_t choose_units(struct module *m)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->nunits; i++) {
        struct unit_info *u = &m->units[i];

        if (needs_nothing(m, u) || patch_is_linkage(m, u) ||
            (runtime.traced && patch_has_breakpoint(m, u)))
            u->state = UNIT_PLAIN;
        n += u->state == UNIT_NEW;
    }
    return n;
}

/* Units without a jump at their entry are left for rewrite_now(). Last unit first: an entry may lend bytes of the one behind it, which are final then. */
static void close_entries(struct module *m)
{
    uint32_t own = UINT32_MAX;

    for (uint32_t i = m->nunits; i-- > 0;) {
        struct unit_info *u = &m->units[i];

        if (!m->sync_only)
            own = own_text(m, u, own);
        if (u->state == UNIT_PLAIN)
            continue;
        u->stub = lazy_stub(m, u->lo, runtime.resolve);
        if (!u->stub || u->running ||
            !patch_entry(m, u, i + 1 < m->nunits ? m->units[i + 1].lo : m->span.hi))
            u->taken = 0;
    }
}

static void rewrite_now(struct module *m)
{
    for (uint32_t i = 0; i < m->nunits; i++)
        if (m->units[i].state == UNIT_NEW && (runtime.eager || !m->units[i].taken))
            work_unit(m, &m->units[i], &runtime);
}

static int add(struct module *m, const struct rewrite_module *from)
{
    int ret = module_plan(m, from);
    uint32_t n;

    if (ret < 0)
        return ret;
    n = choose_units(m);
    if (!lazy_prepare(m, n + n / 8 + 16, runtime.resolve) ||
        (!m->sync_only && !copies_room(m, 0, 0, &runtime)))
        return -ENOMEM;
    for (unsigned i = 0; i < m->ntext; i++)
        if (code_open_text(m->bias + m->text[i].lo, m->bias + m->text[i].hi) < 0)
            return -EACCES;
    m->open = true;
    find_running(m, from);
    close_entries(m);
    rewrite_now(m);
    m->open = false;
    for (unsigned i = 0; i < m->ntext; i++)
        code_close_text(m->bias + m->text[i].lo, m->bias + m->text[i].hi);
    return 0;
}

struct addition {
    struct rewrite_module *from;
    int ret;
};

static void add_locked(void *arg)
{
    struct addition *a = arg;
    struct module *m = new_module();
    uint64_t start = ticks();

    a->ret = m ? add(m, a->from) : -ENOSPC;
    if (a->ret < 0) {
        if (m)
            drop_module(m);
        return;
    }
    a->from->number = m->number;
    m->ticks += ticks() - start;
}

int rewrite_module_add(struct rewrite_module *m)
{
    struct addition a = { m, 0 };

    call_locked(add_locked, &a);
    return a.ret;
}

void rewrite_module_atomics(uint32_t number, const struct rewrite_module *from)
{
    base_lock_acquire(&lock);
    modules[number]->atomics = from->atomics;
    modules[number]->natomics = from->natomics;
    modules[number]->classified = from->classified;
    base_lock_release(&lock);
}

static void remove_locked(void *arg)
{
    struct module *m = modules[*(uint32_t *)arg];

    if (!m->gone)
        drop_module(m);
}

void rewrite_module_remove(uint32_t number)
{
    call_locked(remove_locked, &number);
}

/* ---- entering ------------------------------------------------------------------------------------------------ */

static void resolve_locked(void *arg)
{
    uintptr_t stub = *(uintptr_t *)arg - LAZY_CALL;
    const struct lazy_slot *slot = lazy_slot(stub);
    struct module *m = modules[slot->module];
    struct unit_info *u = module_unit(m, slot->off);
    uint64_t start;

    if (lazy_leads(stub)) /* another thread was first */
        return;
    start = ticks();
    if (u->state == UNIT_NEW)
        work_unit(m, u, &runtime);
    lazy_lead(stub, work_place(m, u, slot->off));
    m->ticks += ticks() - start;
}

void rewrite_resolve(uintptr_t ret)
{
    call_locked(resolve_locked, &ret);
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

void rewrite_module_stats(uint32_t number, struct rewrite_stats *stats)
{
    uint64_t passed = (ticks() - first_tick) >> 10;

    *stats = modules[number]->stats;
    if (passed)
        stats->nanoseconds =
            (modules[number]->ticks >> 10) * (base_sys_now() - first_nanosecond) / passed;
}

void rewrite_stub_stats(uint64_t *bytes, uint64_t *maps)
{
    *bytes = area_stub_bytes();
    *maps = area_stub_maps();
}

uintptr_t rewrite_pc_copy(uintptr_t pc)
{
    uint32_t n = __atomic_load_n(&nmodules, __ATOMIC_ACQUIRE);

    for (uint32_t i = 0; i < n; i++) {
        const struct module *m = modules[i];
        const struct unit_info *u;
        uintptr_t at;

        if (m->gone || pc < m->bias + m->span.lo || pc >= m->bias + m->span.hi)
            continue;
        u = module_unit(m, (uint32_t)(pc - m->bias));
        at = u && u->state == UNIT_DONE ? copies_address(u->copy, (uint32_t)(pc - m->bias)) : 0;
        return at ? at : pc;
    }
    return pc;
}

const char *rewrite_reason_text(enum rewrite_reason reason)
{
    static const char *const text[] = {
#define REASON(constant, words) words,
#include "rewrite/reasons.def"
#undef REASON
    };

    return reason < REWRITE_REASONS ? text[reason] : "unknown";
}
