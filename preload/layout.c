/*
 * preload/layout.c - the windows of the planes. See layout.h.
 *
 *   0                 PIE program, brk heap                     mmap area, grows down      stack
 *   |--low 64 GiB--| .... |--exe--|--- 128 GiB ---| .... |--- 256 GiB ---|--libs--| ... |16 GiB|
 *    only non-PIE
 */
#include "preload/layout.h"

#include <errno.h>

#define GIB (1ULL << 30)
#define HEAP_ROOM (128 * GIB)
#define MMAP_ROOM (256 * GIB)
#define STACK_ROOM (16 * GIB)
#define USER_END (1ULL << 47)

/* Widens to whole blocks and keeps the list sorted; overlapping and touching windows become one. */
static int preload_layout_add(struct shadow_layout *l, uint64_t lo, uint64_t hi)
{
    const uint64_t mask = PRELOAD_LAYOUT_BLOCK - 1;
    unsigned i, end;

    lo &= ~mask;
    hi = hi > USER_END - mask ? USER_END : (hi + mask) & ~mask;
    if (lo >= hi)
        return 0;
    for (i = 0; i < l->nwindows && l->windows[i].hi < lo; i++)
        continue;
    for (end = i; end < l->nwindows && l->windows[end].lo <= hi; end++) {
        lo = l->windows[end].lo < lo ? l->windows[end].lo : lo;
        hi = l->windows[end].hi > hi ? l->windows[end].hi : hi;
    }
    if (end == i) {
        if (l->nwindows == sizeof(l->windows) / sizeof(l->windows[0]))
            return -E2BIG;
        for (end = l->nwindows++; end > i; end--)
            l->windows[end] = l->windows[end - 1];
    } else {
        unsigned gone = end - i - 1, j;

        for (j = i + 1; j + gone < l->nwindows; j++)
            l->windows[j] = l->windows[j + gone];
        l->nwindows -= gone;
    }
    l->windows[i].lo = lo;
    l->windows[i].hi = hi;
    return 0;
}

static uint64_t preload_layout_below(uint64_t addr, uint64_t room)
{
    return addr > room ? addr - room : 0;
}

int preload_layout_choose(const struct preload_layout_facts *f, struct shadow_layout *layout)
{
    struct shadow_layout l = { 0 };
    bool low = f->exe_lo < 2 * PRELOAD_LAYOUT_BLOCK;
    int err = 0;

    l.form = f->fsgsbase && !low ? SHADOW_FORM_GS : SHADOW_FORM_XOR;
    if (low)
        err = preload_layout_add(&l, 0, PRELOAD_LAYOUT_BLOCK);
    else if (f->exe_hi)
        err = preload_layout_add(&l, f->exe_lo, f->exe_hi + HEAP_ROOM);
    if (!err && f->brk && !low)
        err = preload_layout_add(&l, f->brk, f->brk + HEAP_ROOM);
    if (!err && f->libs_hi)
        err = preload_layout_add(&l, preload_layout_below(f->libs_lo, f->upwards ? 0 : MMAP_ROOM),
                                 f->libs_hi + (f->upwards ? MMAP_ROOM : 0));
    if (!err && f->stack_hi)
        err = preload_layout_add(&l, preload_layout_below(f->stack_hi, STACK_ROOM), f->stack_hi);
    if (err)
        return err;
    *layout = l;
    return 0;
}
