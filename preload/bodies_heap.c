/*
 * preload/bodies_heap.c - blocks of the heap, and mremap. Hot.
 *
 * The block and the bytes are the host's allocator's alone; Seance is told after an allocation and before a free.
 * Calls that dlsym() makes while the originals are looked up get early memory, which is never freed.
 */
#include "preload/gate.h"

#include <stdarg.h>

#include "base/mem.h"

/* A thread that is none of ours got it. */
static void *preload_unseen(void *block, size_t size)
{
    if (block)
        shadow_heap_used(A(block), size);
    return block;
}

PRELOAD_EXPORT void *malloc(size_t size)
{
    struct preload_tls *self = preload_self();
    void *block = PRELOAD_REAL(malloc)(size);
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (!t || !block)
        return preload_unseen(block, size);
    preload_engage(PRELOAD_ROW_malloc);
    PRELOAD_INSIDE(self, preload_heap_alloc(t, block, size, &at));
    return block;
}

PRELOAD_EXPORT void *calloc(size_t count, size_t size)
{
    struct preload_tls *self = preload_self();
    void *block = PRELOAD_REAL(calloc)(count, size);
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (!t || !block)
        return preload_unseen(block, count * size);
    preload_engage(PRELOAD_ROW_calloc);
    PRELOAD_INSIDE(self, preload_heap_alloc(t, block, count * size, &at));
    return block;
}

PRELOAD_EXPORT void free(void *block)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;
    uint32_t stack = 0;

    if (!block || preload_real_is_early(block))
        return;
    if (t) {
        at.stack = &stack; /* walked once, for the check and for who uses the block later */
        preload_engage(PRELOAD_ROW_free);
        PRELOAD_INSIDE(self, preload_heap_free(t, block, &at));
    }
    PRELOAD_REAL(free)(block);
}

PRELOAD_EXPORT size_t malloc_usable_size(void *block)
{
    size_t size = preload_real_is_early(block) ? 0 : PRELOAD_REAL(malloc_usable_size)(block);

    if (preload_gate(preload_self()))
        preload_engage(PRELOAD_ROW_malloc_usable_size);
    return preload_unseen(block, size) ? size : 0; /* whoever asks may use it all */
}

/* Early memory has no size: what lies behind the block, up to the new size, is copied with it. */
static void *preload_realloc_early(void *block, size_t size)
{
    void *fresh = PRELOAD_REAL(malloc)(size);

    if (fresh)
        base_mem_copy(fresh, block, preload_real_early_rest(block, size));
    return fresh;
}

/* A block that another thread can get is one that Seance has forgotten: so the free comes before the real call. */
static void *preload_realloc(struct preload_tls *self, struct shadow_thread *t, void *block,
                             size_t size, struct base_where *at)
{
    uint32_t stack = 0;
    void *fresh;

    at->stack = &stack;
    if (block)
        PRELOAD_INSIDE(self, preload_heap_free(t, block, at));
    fresh = PRELOAD_REAL(realloc)(block, size);
    if (fresh)
        PRELOAD_INSIDE(self, preload_heap_alloc(t, fresh, size, at));
    else if (block && size) /* failed: the old block lives on */
        PRELOAD_INSIDE(self,
                       preload_heap_alloc(t, block, PRELOAD_REAL(malloc_usable_size)(block), at));
    return fresh;
}

PRELOAD_EXPORT void *realloc(void *block, size_t size)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;

    if (preload_real_is_early(block))
        return preload_realloc_early(block, size);
    if (!t)
        return preload_unseen(PRELOAD_REAL(realloc)(block, size), size);
    preload_engage(PRELOAD_ROW_realloc);
    return preload_realloc(self, t, block, size, &at);
}

PRELOAD_EXPORT void *reallocarray(void *block, size_t count, size_t size)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    struct base_where at = PRELOAD_CALLER;
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || !t || preload_real_is_early(block))
        return PRELOAD_REAL(reallocarray)(block, count, size); /* which calls realloc */
    preload_engage(PRELOAD_ROW_reallocarray);
    return preload_realloc(self, t, block, bytes, &at);
}

PRELOAD_EXPORT void *mremap(void *addr, size_t len, size_t new_len, int flags, ...)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);
    void *ret, *where = NULL;
    va_list ap;

    if (flags & MREMAP_FIXED) {
        va_start(ap, flags);
        where = va_arg(ap, void *);
        va_end(ap);
    }
    if (!t)
        return PRELOAD_REAL(mremap)(addr, len, new_len, flags, where);
    preload_engage(PRELOAD_ROW_mremap);
    PRELOAD_INSIDE(self, shadow_clear(t, A(addr), len));
    ret = PRELOAD_REAL(mremap)(addr, len, new_len, flags, where);
    if (ret != MAP_FAILED)
        PRELOAD_INSIDE(self, shadow_clear(t, A(ret), new_len));
    return ret;
}
