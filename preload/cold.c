/*
 * preload/cold.c - C side of the trampoline: from a site number to the detector.
 *
 * Hot. Compiled for general registers only (preload/x86_64/cold.S saves no others). Runs on the thread's cold
 * stack; the assembly raises and lowers the depth.
 */
#include "preload/cold.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/lock.h"
#include "base/mem.h"
#include "base/sys.h"
#include "preload/requests.h"
#include "preload/state.h"
#include "preload/strip.h"
#include "preload/tls.h"

#define COLD_STACK (128ul << 10)
#define COLD_STACKS_KEPT 64u

/* Stacks of ended threads, linked by their uppermost words: a mapping made and removed for each thread costs more than all
 * else that starts and ends one. */
static struct base_lock spare_lock = BASE_LOCK_INIT; /* protects the two below */
static uintptr_t *spare_stacks;
static uint32_t spare_count;

/* The tag and the mask bits of `bytes`, a set that begins in the low cell; a cell without any of them is not looked at. */
#define NEED_CELL(bits, shift) ((bits) ? 0xffffff00ull | (uint64_t)(bits) << (shift) : 0)
#define NEED(bytes, shift)                                                                         \
    (NEED_CELL((bytes)&15, shift) | NEED_CELL((bytes) >> 4 & 15, shift) << 32)
#define NEED_PLACES(bytes, shift)                                                                  \
    {                                                                                              \
        NEED(bytes, shift), NEED((bytes) << 1, shift), NEED((bytes) << 2, shift),                  \
            NEED((bytes) << 3, shift)                                                              \
    }
#define NEED_SIZE(bytes) NEED_PLACES(bytes, 4), NEED_PLACES(bytes, 0)

__thread struct preload_tls preload_tls __attribute__((
    tls_model("initial-exec"))) = { .need = { NEED_SIZE(1), NEED_SIZE(3), NEED_SIZE(15) } };

uint32_t preload_xor_form;

/* What cold.S pushed; the program's own stack begins behind it. */
struct cold_frame {
    uint64_t rbx, r11, r10, r9, r8, addr, rsi, rdx, rcx, eflags, flags, rax;
    uint64_t ret;
    int64_t site;
    uint64_t rdi;
    uint64_t red_zone[16];
};

#define EFLAGS_DF 0x400

void preload_cold(struct cold_frame *f, uintptr_t bp) __attribute__((visibility("hidden")));
extern const char preload_cold_entry[] __attribute__((visibility("hidden")));
extern const char preload_cold_entry_dead[] __attribute__((visibility("hidden")));
extern const char preload_resolve_entry[] __attribute__((visibility("hidden")));

static void touch_string(struct shadow_thread *t, uintptr_t at, uint64_t len,
                         const struct rewrite_site *s, bool down, uint32_t flags,
                         const struct base_where *where)
{
    if (len)
        shadow_range(t, down ? at + s->size - len : at, len, flags | SHADOW_PLAIN, where);
}

/* The element at p, zero-extended. */
static uint64_t element(uintptr_t p, unsigned size)
{
    uint64_t value = 0;

    base_mem_copy(&value, (const void *)p, size);
    return value;
}

/* How many elements a scan or comparison will look at; it stops where the program's own instruction will. */
static uint64_t count_compared(const struct cold_frame *f, const struct rewrite_site *s,
                               int64_t step)
{
    uint64_t n = 0, mask = s->size < 8 ? (1ull << 8 * s->size) - 1 : ~0ull;

    while (n < f->rcx) {
        uint64_t left =
            s->flags & REWRITE_STRING_SI ? element(f->rsi + n * step, s->size) : f->rax & mask;

        n++;
        if ((left == element(f->rdi + (n - 1) * step, s->size)) != (s->rep == REWRITE_REPE))
            break;
    }
    return n;
}

static uint64_t string_elements(const struct cold_frame *f, const struct rewrite_site *s, bool down)
{
    if (s->rep == REWRITE_ONCE)
        return 1;
    return s->rep == REWRITE_REP ? f->rcx
                                 : count_compared(f, s, down ? -(int64_t)s->size : s->size);
}

static void string_access(struct shadow_thread *t, const struct cold_frame *f,
                          const struct rewrite_site *s, const struct base_where *where)
{
    bool down = f->eflags & EFLAGS_DF;
    uint64_t len = string_elements(f, s, down) * s->size;

    if (s->flags & REWRITE_STRING_SI)
        touch_string(t, f->rsi, len, s, down, 0, where);
    if (s->flags & REWRITE_STRING_DI)
        touch_string(t, f->rdi, len, s, down, s->flags & REWRITE_WRITE ? SHADOW_WRITE : 0, where);
}

static enum shadow_atomic_op atomic_op(const struct rewrite_site *s)
{
    if (!(s->flags & REWRITE_WRITE))
        return SHADOW_ATOMIC_LOAD;
    return s->flags & REWRITE_READ ? SHADOW_ATOMIC_RMW : SHADOW_ATOMIC_STORE;
}

void preload_cold(struct cold_frame *f, uintptr_t bp)
{
    struct preload_tls *self = preload_self();
    const struct rewrite_site *s = rewrite_site((uint32_t)f->site);
    struct base_where where = {
        .pc = s->pc, .sp = (uintptr_t)(f + 1), .bp = bp, .number = (uint32_t)f->site + 1
    };

    if (preload_is_on()) {
        if (s->kind == REWRITE_ACCESS) {
            shadow_fast_learn(where.number, s->pc, s->size, preload_access_flags(s->flags));
            shadow_access(self->thread, f->addr, s->size, preload_access_flags(s->flags), &where);
        } else if (s->kind == REWRITE_SYNC)
            shadow_atomic(self->thread, f->addr, s->size, atomic_op(s), &where);
        else if (s->kind == REWRITE_REQUEST)
            preload_request(self->thread, (const uint64_t *)f->addr, &where);
        else
            string_access(self->thread, f, s, &where);
    }
}

static int32_t fs_offset(const void *field)
{
    uintptr_t fs;

    __asm__("movq %%fs:0, %0" : "=r"(fs));
    return (int32_t)((uintptr_t)field - fs);
}

void preload_cold_runtime(struct rewrite_runtime *rt, bool gs_form)
{
    const struct shadow_inline *in = &preload_self()->in;

    rt->fs_cur_read = fs_offset(&in->cur_read);
    rt->fs_cur_write = fs_offset(&in->cur_write);
    rt->fs_read_mask = fs_offset(&in->read_mask);
    rt->fs_plane = fs_offset(&in->plane);
    rt->fs_spill = fs_offset(in->spill);
    rt->fs_need = fs_offset(preload_self()->need);
    rt->gs_form = gs_form;
    preload_xor_form = !gs_form;
    rt->plane_disp = SHADOW_PLANE_DISP;
    rt->cold = (uintptr_t)preload_cold_entry;
    rt->cold_dead = (uintptr_t)preload_cold_entry_dead;
    rt->strip = (uintptr_t)preload_strip_entry;
    rt->resolve = (uintptr_t)preload_resolve_entry;
}

bool preload_cold_has_gs(void)
{
    return getauxval(AT_HWCAP2) & 2; /* HWCAP2_FSGSBASE, Linux 5.9 */
}

/* Returns the upper end; 0: no memory. */
static uintptr_t cold_stack_get(void)
{
    uintptr_t *word;
    char *stack;

    base_lock_acquire(&spare_lock);
    word = spare_stacks;
    if (word) {
        spare_stacks = (uintptr_t *)*word;
        spare_count--;
    }
    base_lock_release(&spare_lock);
    if (word)
        return (uintptr_t)(word + 1);
    stack = base_sys_pages(COLD_STACK);
    return stack ? (uintptr_t)stack + COLD_STACK : 0;
}

static void cold_stack_put(uintptr_t end)
{
    uintptr_t *word = (uintptr_t *)end - 1;
    bool kept;

    base_lock_acquire(&spare_lock);
    kept = spare_count < COLD_STACKS_KEPT;
    if (kept) {
        *word = (uintptr_t)spare_stacks;
        spare_stacks = word;
        spare_count++;
    }
    base_lock_release(&spare_lock);
    if (!kept)
        base_sys_munmap(end - COLD_STACK, COLD_STACK);
}

void preload_cold_fork_child(void)
{
    spare_lock = (struct base_lock)BASE_LOCK_INIT;
}

bool preload_thread_arm(void)
{
    struct preload_tls *self = preload_self();

    self->cold_stack = cold_stack_get();
    if (!self->cold_stack)
        return false;
    if (preload_cold_has_gs())
        __asm__ volatile("wrgsbase %0" ::"r"(self->in.plane));
    return true;
}

void preload_thread_disarm(void)
{
    struct preload_tls *self = preload_self();

    self->thread = NULL;
    if (self->cold_stack)
        cold_stack_put(self->cold_stack);
    self->cold_stack = 0;
}
