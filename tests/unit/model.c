/*
 * Simulated threads, the emitted compare in C, and the naive detector: full vector clocks, plain arrays, bytes.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shadow/site.h"
#include "shadow/thread.h"

uint8_t *model_memory;

void model_start(struct actor *a, enum shadow_form form)
{
    struct shadow_layout layout = { .form = form, .nwindows = 1 };

    model_memory =
        mmap(NULL, MODEL_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    layout.windows[0].lo = (uintptr_t)model_memory;
    layout.windows[0].hi = (uintptr_t)model_memory + MODEL_MEMORY;
    if (model_memory == MAP_FAILED || shadow_init(&layout) != 0)
        abort();
    a->handle = 1;
    a->t = shadow_thread_first(&a->in, 0, 0);
    if (!a->t)
        abort();
}

void model_spawn(struct actor *parent, struct actor *child)
{
    static uintptr_t handle = 1000;
    struct base_where at = { .pc = 0x1000 };

    child->t = shadow_thread_create(parent->t, &at);
    if (!child->t)
        abort();
    child->handle = ++handle;
    shadow_thread_start(child->t, &child->in, child->handle, 0, 0);
}

void model_join(struct actor *a, struct actor *child)
{
    struct shadow_thread *token;

    shadow_thread_exit(child->t);
    token = shadow_thread_find(child->handle);
    shadow_thread_join(a->t, token);
    child->t = NULL;
}

/* As the rewriter emits it. True: the compare hits. */
static bool inline_hit(const struct shadow_inline *in, uintptr_t addr, uint32_t size, bool write)
{
    bool gs = shadow_planes.form == SHADOW_FORM_GS;
    uintptr_t align = size == 1 ? ~(uintptr_t)3 : size == 2 ? ~(uintptr_t)2 : ~(uintptr_t)0;
    uintptr_t x = addr & align;
    uintptr_t at = gs ? x + in->plane : (x ^ in->plane) + SHADOW_PLANE_DISP;
    uint64_t cell = 0;

    if (size != 1 && size != 2 && size != 4 && size != 8)
        return false;
    memcpy(&cell, (const void *)at, size == 8 ? 8 : 4);
    if (write)
        return size == 8 ? cell == in->cur_write : (uint32_t)cell == (uint32_t)in->cur_write;
    if (size == 8)
        return ((cell ^ in->cur_read) & in->read_mask) == 0;
    return ((uint32_t)cell ^ (uint32_t)in->cur_read) >> 4 == 0;
}

bool model_access(struct actor *a, uintptr_t addr, uint32_t size, uint32_t flags, uintptr_t pc)
{
    uint32_t number = 1 + ((uint32_t)pc << 8 | size << 3 | flags);
    struct base_where at = { .pc = pc,
                             .sp = (uintptr_t)model_stack,
                             .number = size <= SHADOW_SITE_SIZE ? number : 0 };

    if (inline_hit(&a->in, addr, size, flags & SHADOW_WRITE))
        return false;
    if (size <= SHADOW_SITE_SIZE &&
        (shadow_fast_known(addr, number, &a->in) || shadow_lane(addr, number, a->t, at.sp) ||
         shadow_fast(addr, number, a->t, at.sp, at.bp)))
        return true;
    shadow_fast_learn(number, pc, size, flags);
    shadow_access(a->t, addr, size, flags, &at);
    return true;
}

bool model_strip(struct actor *a, uintptr_t addr, uint32_t size, uint32_t flags, uintptr_t pc)
{
    struct base_where at = { .pc = pc, .sp = (uintptr_t)model_stack };
    uint32_t word = size % 8 ? 4 : 8;
    struct shadow_strip s = {
        .addr = addr, .stride = word, .size = word, .flags = flags, .n = size / word
    };

    if (size % 4 || size < 8)
        return false;
    return shadow_strip_known(a->t, &s) == s.n || shadow_strip_record(a->t, &s, &at);
}

bool model_read(struct actor *a, const void *p, uint32_t size)
{
    return model_access(a, (uintptr_t)p, size, 0, 0x2000 + (uintptr_t)a->handle);
}

bool model_write(struct actor *a, const void *p, uint32_t size)
{
    return model_access(a, (uintptr_t)p, size, SHADOW_WRITE, 0x3000 + (uintptr_t)a->handle);
}

uint64_t model_races(const struct actor *a)
{
    return a->t->races;
}

/* ---- the naive model ----------------------------------------------------------------------------------- */

void naive_init(struct naive *m)
{
    memset(m, 0, sizeof(*m));
    for (unsigned t = 0; t < NAIVE_THREADS; t++)
        m->thread[t].at[t] = 1;
}

void naive_join(struct naive_clock *to, const struct naive_clock *from)
{
    for (unsigned i = 0; i < NAIVE_THREADS; i++)
        if (from->at[i] > to->at[i])
            to->at[i] = from->at[i];
}

void naive_acquire(struct naive *m, unsigned t, unsigned object)
{
    naive_join(&m->thread[t], &m->object[object]);
}

void naive_release(struct naive *m, unsigned t, unsigned object)
{
    naive_join(&m->object[object], &m->thread[t]);
    m->thread[t].at[t]++;
}

bool naive_access(struct naive *m, unsigned t, unsigned byte, unsigned size, bool write)
{
    const struct naive_clock *c = &m->thread[t];
    bool race = false;

    for (unsigned b = byte; b < byte + size; b++) {
        race |= m->wrote[b] > c->at[m->writer[b]];
        for (unsigned u = 0; write && u < NAIVE_THREADS; u++)
            race |= m->read[b][u] > c->at[u];
    }
    for (unsigned b = byte; b < byte + size; b++) {
        if (write) {
            m->wrote[b] = c->at[t];
            m->writer[b] = t;
        } else {
            m->read[b][t] = c->at[t];
        }
    }
    return race;
}

void naive_forget(struct naive *m, unsigned byte, unsigned size)
{
    memset(&m->wrote[byte], 0, size * sizeof(m->wrote[0]));
    memset(&m->read[byte], 0, size * sizeof(m->read[0]));
}
