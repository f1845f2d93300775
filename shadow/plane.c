/*
 * shadow/plane.c - reserves planes by first fit and gives their memory back.
 *
 * plane_lock protects the lists and the block map; shadow_owns() reads the map without it (bytes only ever turn 1).
 * Planes are never unmapped: an unused one waits for the next thread.
 */
#include "shadow/plane.h"

#include <assert.h>
#include <errno.h>
#include <linux/mman.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/sys.h"
#include "shadow/limits.h"
#include "shadow/tract.h"
#include "shadow/world.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#define PAGE 4096ul
#define MAX_PLANES 512
#define PLANE_RESERVED_AS 1 /* block map: image or spill of a plane */

static_assert(SHADOW_PLANE_DISP % 64 == 0 && SHADOW_A_DISP % 64 == 0 && SHADOW_W_DISP % 64 == 0,
              "cells of one cache line of the program must lie in one line of the plane");
static_assert(SHADOW_W_DISP < PAGE, "the spill must be one page");

struct shadow_planes shadow_planes;
uint8_t shadow_window[SHADOW_BLOCKS];

static struct base_lock plane_lock = BASE_LOCK_INIT;
static uint8_t plane_blocks[SHADOW_BLOCKS];  /* blocks that planes lie in */
static uint16_t plane_window[SHADOW_BLOCKS]; /* the windows' blocks, ascending */
static unsigned plane_nwindow;
static struct shadow_plane *plane_all[MAX_PLANES];
static unsigned plane_count;
static struct shadow_plane *plane_unused;
static struct shadow_plane plane_a, plane_w;
static struct shadow_plane *plane_common;
static int plane_fd = -1; /* memfd, where the kernel refuses private memory without commitment */
static int64_t plane_fd_size;
static bool plane_memfd;

struct run {
    uintptr_t lo, hi; /* page-aligned */
};

static struct run plane_tracts; /* the table of tracts; none: empty */
static struct run plane_freed;  /* that of freed.c, likewise */

/* Image block of window block b, or -1. */
static int image(const struct shadow_plane *p, int b)
{
    int i = p->form == SHADOW_FORM_XOR ? b ^ p->shift : b + p->shift;

    return i >= 1 && i < SHADOW_BLOCKS - 1 ? i : -1;
}

/* The next run of adjacent image blocks at or above block *at; false at the end. */
static bool next_run(const struct shadow_plane *p, int *at, struct run *run)
{
    uint8_t used[SHADOW_BLOCKS / 8] = { 0 };
    int b = *at, e;

    for (unsigned i = 0; i < plane_nwindow; i++) {
        int k = image(p, plane_window[i]);

        used[k >> 3] |= (uint8_t)(1 << (k & 7));
    }
    while (b < SHADOW_BLOCKS && !(used[b >> 3] >> (b & 7) & 1))
        b++;
    if (b == SHADOW_BLOCKS)
        return false;
    for (e = b; e < SHADOW_BLOCKS && used[e >> 3] >> (e & 7) & 1; e++)
        ;
    *at = e;
    run->lo = (uintptr_t)b << SHADOW_BLOCK_SHIFT;
    run->hi = ((uintptr_t)e << SHADOW_BLOCK_SHIFT) + PAGE;
    return true;
}

static bool fits(const struct shadow_plane *p)
{
    for (unsigned i = 0; i < plane_nwindow; i++) {
        int k = image(p, plane_window[i]);

        if (k < 0 || plane_blocks[k] || shadow_window[k] || plane_blocks[k + 1] ||
            shadow_window[k + 1])
            return false;
    }
    return true;
}

static uintptr_t map_private(const struct run *r, int fixed)
{
    return base_sys_mmap(r->lo, r->hi - r->lo, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
}

static uintptr_t map_memfd(const struct run *r, int fixed)
{
    int64_t off = plane_fd_size;
    int err;

    if (plane_fd < 0) {
        plane_fd = base_sys_memfd_create("seance-shadow", 1 /* MFD_CLOEXEC */);
        if (plane_fd < 0)
            return (uintptr_t)(intptr_t)plane_fd;
    }
    err = base_sys_ftruncate(plane_fd, off + (int64_t)(r->hi - r->lo));
    if (err)
        return (uintptr_t)(intptr_t)err;
    plane_fd_size = off + (int64_t)(r->hi - r->lo);
    return base_sys_mmap(r->lo, r->hi - r->lo, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_NORESERVE | fixed, plane_fd, off);
}

static void advise(const struct run *r)
{
    base_sys_madvise(r->lo, r->hi - r->lo, MADV_NOHUGEPAGE);
    base_sys_madvise(r->lo, r->hi - r->lo, MADV_DONTDUMP);
    if (!plane_memfd)
        base_sys_madvise(r->lo, r->hi - r->lo, MADV_WIPEONFORK);
}

/* 0, -EEXIST (something of the process lies there) or -ENOMEM. */
static int map_run(const struct run *r)
{
    uintptr_t got = (uintptr_t)-ENOMEM;

    if (!plane_memfd)
        got = map_private(r, MAP_FIXED_NOREPLACE);
    if (got == (uintptr_t)-ENOMEM || got == (uintptr_t)-EPERM) {
        got = map_memfd(r, MAP_FIXED_NOREPLACE);
        plane_memfd = plane_memfd || !base_sys_failed(got);
    }
    if (base_sys_failed(got))
        return got == (uintptr_t)-EEXIST ? -EEXIST : -ENOMEM;
    if (got != r->lo) { /* a kernel before 4.17 takes the address for a hint */
        base_sys_munmap(got, r->hi - r->lo);
        return -EEXIST;
    }
    advise(r);
    return 0;
}

static int map_plane(const struct shadow_plane *p)
{
    struct run run;
    int at = 0, err = 0;

    while (!err && next_run(p, &at, &run))
        err = map_run(&run);
    if (err) {
        uintptr_t failed = run.lo;

        for (at = 0; next_run(p, &at, &run) && run.lo != failed;)
            base_sys_munmap(run.lo, run.hi - run.lo);
        return err;
    }
    for (unsigned i = 0; i < plane_nwindow; i++) {
        int k = image(p, plane_window[i]);

        plane_blocks[k] = plane_blocks[k + 1] = PLANE_RESERVED_AS;
    }
    return 0;
}

/* Below this, programs map memory at addresses of their own choice. */
#define FAR_BLOCK ((48ul << 40) >> SHADOW_BLOCK_SHIFT)

static bool is_far(const struct shadow_plane *p)
{
    for (unsigned i = 0; i < plane_nwindow; i++)
        if (image(p, plane_window[i]) < (int)FAR_BLOCK)
            return false;
    return true;
}

/* First fit over the distances, far planes first; fills p->shift. plane_lock held. */
static int reserve(struct shadow_plane *p)
{
    int lo = p->form == SHADOW_FORM_XOR ? 1 : 1 - plane_window[plane_nwindow - 1];
    int err = -EEXIST;

    if (plane_count >= MAX_PLANES)
        return -ENOMEM;
    for (int far = 1; far >= 0 && err; far--)
        for (int k = lo; k < SHADOW_BLOCKS && err; k++) {
            p->shift = k;
            if (k == 0 || is_far(p) != far || !fits(p))
                continue;
            err = map_plane(p);
            if (err == -ENOMEM)
                return err;
        }
    if (err)
        return -ENOMEM;
    p->inline_value = (uint64_t)(int64_t)p->shift << SHADOW_BLOCK_SHIFT;
    if (p->form == SHADOW_FORM_GS)
        p->inline_value += p->disp;
    plane_all[plane_count++] = p;
    return 0;
}

static void set_windows(const struct shadow_layout *layout)
{
    for (unsigned i = 0; i < layout->nwindows; i++) {
        uintptr_t b = layout->windows[i].lo >> SHADOW_BLOCK_SHIFT;

        if (layout->windows[i].hi <= layout->windows[i].lo)
            continue;
        for (; b < SHADOW_BLOCKS && b <= (layout->windows[i].hi - 1) >> SHADOW_BLOCK_SHIFT; b++)
            shadow_window[b] = 1;
    }
    for (unsigned b = 0; b < SHADOW_BLOCKS; b++)
        if (shadow_window[b])
            plane_window[plane_nwindow++] = (uint16_t)b;
}

/* The first free blocks that hold a table of `size` bytes; none: empty. */
static struct run reserve_table(size_t size)
{
    unsigned blocks = (unsigned)(size >> SHADOW_BLOCK_SHIFT), n = 0, b = (unsigned)FAR_BLOCK;
    struct run table = { 0 };

    for (; b < SHADOW_BLOCKS - 1 && !table.hi; b++) {
        struct run r = { (uintptr_t)(b + 1 - blocks) << SHADOW_BLOCK_SHIFT,
                         (uintptr_t)(b + 1) << SHADOW_BLOCK_SHIFT };

        n = plane_blocks[b] || shadow_window[b] ? 0 : n + 1;
        if (n >= blocks && map_run(&r) == 0)
            table = r;
    }
    for (n = 0; table.hi && n < blocks; n++)
        plane_blocks[--b] = PLANE_RESERVED_AS;
    return table;
}

/* Without it all tracts are shared. */
static void reserve_tracts(void)
{
    plane_tracts = reserve_table(SHADOW_END >> SHADOW_TRACT_SHIFT << 4);
    shadow_tracts = (struct shadow_tract *)plane_tracts.lo;
}

static_assert(sizeof(struct shadow_tract) == 16, "reserve_tracts() knows it");

uint8_t *shadow_plane_reserve_freed(void)
{
    base_lock_acquire(&plane_lock);
    if (!plane_freed.hi)
        plane_freed = reserve_table(SHADOW_END >> 6);
    base_lock_release(&plane_lock);
    return (uint8_t *)plane_freed.lo;
}

int shadow_plane_init(const struct shadow_layout *layout)
{
    int err;

    set_windows(layout);
    if (!plane_nwindow)
        return -EINVAL;
    plane_memfd = shadow_limits.memfd;
    shadow_planes.form = layout->form;
    plane_a = (struct shadow_plane){ .form = SHADOW_FORM_XOR, .disp = SHADOW_A_DISP };
    plane_w = (struct shadow_plane){ .form = SHADOW_FORM_XOR, .disp = SHADOW_W_DISP };
    err = reserve(&plane_a);
    if (!err)
        err = reserve(&plane_w);
    shadow_planes.a_key = plane_a.inline_value;
    shadow_planes.w_key = plane_w.inline_value;
    if (!err && shadow_world.asymmetric && !shadow_limits.no_tracts)
        reserve_tracts();
    return err;
}

static struct shadow_plane *new_locked(void)
{
    struct shadow_plane *p = plane_unused;

    if (p) {
        plane_unused = p->next;
        return p;
    }
    if (plane_count >= shadow_limits.planes + 2 && plane_common)
        return plane_common;
    p = base_arena_alloc(sizeof(*p));
    if (!p)
        return plane_common;
    p->form = shadow_planes.form;
    p->disp = SHADOW_PLANE_DISP;
    /* The first plane becomes the common one, so that there is one when address space has run out. */
    if (!plane_common) {
        p->common = true;
        if (reserve(p))
            return NULL;
        plane_common = p;
        return new_locked();
    }
    if (!reserve(p))
        return p;
    shadow_limits.planes = 0; /* address space has run out: do not search again */
    return plane_common;
}

struct shadow_plane *shadow_plane_new(void)
{
    struct shadow_plane *p;

    base_lock_acquire(&plane_lock);
    p = new_locked();
    base_lock_release(&plane_lock);
    return p;
}

struct shadow_plane *shadow_plane_common(void)
{
    return __atomic_load_n(&plane_common, __ATOMIC_ACQUIRE);
}

void shadow_plane_put(struct shadow_plane *p, bool large)
{
    if (!p || p->common)
        return;
    if (large)
        shadow_plane_drop(p);
    base_lock_acquire(&plane_lock);
    p->next = plane_unused;
    plane_unused = p;
    base_lock_release(&plane_lock);
}

void shadow_plane_drop_bytes(uintptr_t lo, size_t len)
{
    /* Planes that were there before private memory was refused are private still, and cannot be removed. */
    if (!plane_memfd || base_sys_madvise(lo, len, MADV_REMOVE) != 0)
        base_sys_madvise(lo, len, MADV_DONTNEED);
}

void shadow_plane_drop(struct shadow_plane *p)
{
    struct run run;
    int at = 0;

    while (next_run(p, &at, &run))
        shadow_plane_drop_bytes(run.lo, run.hi - run.lo);
}

void shadow_plane_drop_shared(void)
{
    shadow_plane_drop(&plane_a);
    shadow_plane_drop(&plane_w);
    shadow_plane_drop_bytes(plane_tracts.lo, plane_tracts.hi - plane_tracts.lo);
    if (plane_freed.hi)
        shadow_plane_drop_bytes(plane_freed.lo, plane_freed.hi - plane_freed.lo);
    if (plane_common)
        shadow_plane_drop(plane_common);
}

void shadow_plane_drop_unused(void)
{
    base_lock_acquire(&plane_lock);
    for (struct shadow_plane *p = plane_unused; p; p = p->next)
        shadow_plane_drop(p);
    base_lock_release(&plane_lock);
}

/* The plane of which a mapping at that address is a run, or NULL. */
static struct shadow_plane *plane_at(uintptr_t lo)
{
    int k = (int)(lo >> SHADOW_BLOCK_SHIFT);

    for (unsigned i = 0; i < plane_count; i++) {
        const struct shadow_plane *p = plane_all[i];
        int b = p->form == SHADOW_FORM_XOR ? k ^ p->shift : k - p->shift;

        if (b >= 0 && b < SHADOW_BLOCKS && shadow_window[b])
            return plane_all[i];
    }
    return NULL;
}

void shadow_plane_measure_begin(void)
{
    base_lock_acquire(&plane_lock);
    for (unsigned i = 0; i < plane_count; i++)
        plane_all[i]->resident = 0;
    base_lock_release(&plane_lock);
}

static bool is_table(uintptr_t lo)
{
    return (lo >= plane_tracts.lo && lo < plane_tracts.hi) ||
           (lo >= plane_freed.lo && lo < plane_freed.hi);
}

void shadow_plane_measure(uintptr_t lo, uint64_t bytes, struct shadow_plane_use *use)
{
    struct shadow_plane *p;

    if (!shadow_owns(lo))
        return;
    base_lock_acquire(&plane_lock);
    p = is_table(lo) ? NULL : plane_at(lo);
    if (p && p != &plane_a && p != &plane_w) {
        p->resident += bytes;
        use->level1 += bytes;
    } else {
        use->level2 += bytes;
    }
    base_lock_release(&plane_lock);
}

void shadow_plane_drop_range(struct shadow_thread *t, uintptr_t lo, uintptr_t hi, uintptr_t *from,
                             uintptr_t *to)
{
    /* The pages that A and W have in common: both displacements are below one page, so leave a page at each end. */
    uintptr_t a = (lo + PAGE - 1) & ~(PAGE - 1), b = hi & ~(PAGE - 1);

    *from = *to = lo;
    if (b < a + 2 * PAGE || a >> SHADOW_BLOCK_SHIFT != (b - 1) >> SHADOW_BLOCK_SHIFT)
        return;
    shadow_tract_clear_owners(t, a + PAGE, b - PAGE);
    /* Image page k holds cells of [k - disp, k + PAGE - disp); whole ones for program bytes [a, b - PAGE). */
    shadow_plane_drop_bytes((a ^ shadow_planes.a_key) + PAGE, b - a - PAGE);
    shadow_plane_drop_bytes((a ^ shadow_planes.w_key) + PAGE, b - a - PAGE);
    *from = a + PAGE;
    *to = b - PAGE;
}

/* A shared mapping is the parent's as well: put fresh files under the child's planes. */
static void remap(void)
{
    struct run run;

    if (plane_fd >= 0)
        base_sys_close(plane_fd);
    plane_fd = -1;
    plane_fd_size = 0;
    for (unsigned i = 0; i < plane_count; i++)
        for (int at = 0; next_run(plane_all[i], &at, &run);) {
            map_memfd(&run, MAP_FIXED);
            advise(&run);
        }
    if (plane_tracts.hi) {
        map_memfd(&plane_tracts, MAP_FIXED);
        advise(&plane_tracts);
    }
    if (plane_freed.hi) {
        map_memfd(&plane_freed, MAP_FIXED);
        advise(&plane_freed);
    }
}

void shadow_plane_fork_child(void)
{
    plane_lock = (struct base_lock)BASE_LOCK_INIT;
    if (plane_memfd) {
        remap();
        return;
    }
    for (unsigned i = 0; i < plane_count; i++)
        shadow_plane_drop(plane_all[i]);
}

bool shadow_owns(uintptr_t addr)
{
    uintptr_t b = addr >> SHADOW_BLOCK_SHIFT;

    return b < SHADOW_BLOCKS && plane_blocks[b];
}
