/*
 * shadow/inline.c - tags and planes of level 1.
 */
#include "shadow/inline.h"
#include "shadow/range.h"

#include <stddef.h>

#include "base/lock.h"
#include "shadow/slot.h"
#include "shadow/sync.h"
#include "shadow/tract.h"
#include "shadow/world.h"

static_assert(SHADOW_TAGS < 0xF00000, "the greatest tag is 0xEFEFEF");
static_assert(sizeof(struct shadow_inline) == 64, "the emitted code knows the layout");

static uint32_t common_tags; /* drawn so far from the common plane; atomic */

/* Held while another thread's struct shadow_inline is written, and while a thread takes its own away: it lies in
 * memory that is unmapped when the thread has ended. */
static struct base_lock inline_lock = BASE_LOCK_INIT;

/* The n-th tag, n from 1 on: n written with digits below 240. */
static uint32_t nth_tag(uint32_t n)
{
    return n / (240 * 240) << 16 | n / 240 % 240 << 8 | n % 240;
}

static void no_tag(struct shadow_thread *t)
{
    t->tag = 0;
    __atomic_store_n(&t->in->cur_read, SHADOW_INLINE_NO_READ, __ATOMIC_RELAXED);
    __atomic_store_n(&t->in->cur_write, SHADOW_INLINE_NO_WRITE, __ATOMIC_RELAXED);
    __atomic_store_n(&t->fast, SHADOW_FAST_OFF, __ATOMIC_RELAXED);
}

void shadow_inline_advance(struct shadow_thread *t)
{
    struct shadow_plane *p = t->plane;
    uint32_t n;

    if (!t->in || !p)
        return;
    if (p->common) {
        n = __atomic_add_fetch(&common_tags, 1, __ATOMIC_RELAXED); /* only has to be unique */
        if (n > shadow_limits.tags) {
            __atomic_store_n(&common_tags, shadow_limits.tags, __ATOMIC_RELAXED);
            t->attention |= SHADOW_ATTENTION_TAGS;
            no_tag(t);
        } else {
            shadow_inline_set_tag(t, nth_tag(n));
        }
        return;
    }
    n = t->self ? t->tag_base + t->clock : p->tag + 1;
    if (n > shadow_limits.tags) {
        shadow_tract_leave(t, true);
        shadow_plane_drop(p);
        shadow_inline_forget_all_known(t);
        p->tag = t->tag = 0;
        shadow_tract_begin(t);
        n = 1;
    }
    p->tag = n;
    shadow_inline_set_tag(t, nth_tag(n));
}

void shadow_inline_renew(struct shadow_thread *t)
{
    if (t->epoch && t->clock >= shadow_limits.clocks) {
        shadow_slot_leave(t);
    } else if (t->epoch) {
        t->clock++;
        t->epoch = shadow_cell_epoch(t->slot, t->clock);
    }
    shadow_inline_advance(t);
}

static void revoke_locked(struct shadow_thread *t)
{
    struct shadow_inline *in = __atomic_load_n(&t->in, __ATOMIC_ACQUIRE);

    if (!in)
        return;
    __atomic_store_n(&t->fast, SHADOW_FAST_OFF, __ATOMIC_SEQ_CST); /* first, see shadow_fast() */
    __atomic_store_n(&in->cur_read, SHADOW_INLINE_NO_READ, __ATOMIC_SEQ_CST);
    __atomic_store_n(&in->cur_write, SHADOW_INLINE_NO_WRITE, __ATOMIC_SEQ_CST);
    /* Last: the thread draws a new tag after it has seen this, and that must win. */
    __atomic_store_n(&t->revoked, 1, __ATOMIC_SEQ_CST);
}

void shadow_inline_revoke(struct shadow_thread *t)
{
    base_lock_acquire(&inline_lock);
    revoke_locked(t);
    base_lock_release(&inline_lock);
}

static void owe_locked(struct shadow_thread *u, uintptr_t word)
{
    for (uint32_t i = 0; i < u->nowed; i++)
        if (u->owed[i] == word)
            return;
    if (u->nowed < SHADOW_PENDING)
        u->owed[u->nowed++] = word;
    else
        shadow_world_want_reset(); /* an edge is lost: nothing before it may be reported */
}

void shadow_inline_collect(struct shadow_thread *t)
{
    uintptr_t words[SHADOW_PENDING];
    uint32_t n;

    base_lock_acquire(&inline_lock);
    n = t->nowed;
    for (uint32_t i = 0; i < n; i++)
        words[i] = t->owed[i];
    t->nowed = 0;
    base_lock_release(&inline_lock);
    for (uint32_t i = 0; i < n; i++)
        shadow_sync_pend(t, words[i]);
}

/*
 * The granule's cell A says SYNC already. A thread that is not busy now and has no matching cell meets SYNC at its next
 * access: its compare-and-swap on A is a full barrier behind its store to busy, ours in atomic.c one before this
 * load. A busy one may be between its stamp and its fill: its tag goes.
 */
void shadow_inline_revoke_granule(struct shadow_thread *t, uintptr_t x, bool owes)
{
    if (t->in)
        shadow_inline_forget(t, x);
    base_lock_acquire(&inline_lock);
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all) {
        struct shadow_inline *in = __atomic_load_n(&u->in, __ATOMIC_ACQUIRE);
        bool has, busy;

        if (u == t || !in)
            continue;
        busy = __atomic_load_n(&u->busy, __ATOMIC_SEQ_CST); /* first: who is done has filled */
        has = *shadow_inline_cell(in, x) >> 8 == (uint32_t)in->cur_read >> 8;
        if (has && owes)
            owe_locked(u, shadow_sync_word(x));
        if (has || busy)
            revoke_locked(u);
    }
    base_lock_release(&inline_lock);
}

bool shadow_inline_start(struct shadow_thread *t, struct shadow_inline *in)
{
    t->plane = shadow_plane_new();
    if (!t->plane)
        return false;
    shadow_inline_forget_all_known(t); /* of the state's last thread */
    in->read_mask = SHADOW_INLINE_READ_MASK;
    in->plane = t->plane->inline_value;
    t->cell_xor = shadow_planes.form == SHADOW_FORM_XOR ? in->plane : 0;
    t->cell_add = shadow_planes.form == SHADOW_FORM_XOR ? SHADOW_PLANE_DISP : in->plane;
    in->cur_read = SHADOW_INLINE_NO_READ;
    in->cur_write = SHADOW_INLINE_NO_WRITE;
    __atomic_store_n(&t->in, in, __ATOMIC_RELEASE); /* shadow_inline_revoke() */
    shadow_inline_advance(t);
    return true;
}

void shadow_inline_stop(struct shadow_thread *t)
{
    if (!t->in)
        return;
    no_tag(t);
    base_lock_acquire(&inline_lock);
    __atomic_store_n(&t->in, NULL, __ATOMIC_RELEASE);
    base_lock_release(&inline_lock);
    shadow_plane_put(t->plane, t->filled > 65536);
    t->plane = NULL;
}

void shadow_inline_fork_child(void)
{
    inline_lock = (struct base_lock)BASE_LOCK_INIT;
}

void shadow_inline_reset(void)
{
    common_tags = 0;
}

/* ---- what it has ---------------------------------------------------------------------------------------------- */

/* What the cells of the granules at x and x + 4 must have in common with cur_write to say that the bytes of [lo, hi) there
 * are known. */
static uint64_t must_have(uintptr_t x, uintptr_t lo, uintptr_t hi, bool write)
{
    uint64_t first = shadow_range_mask(x, lo, hi), second = shadow_range_mask(x + 4, lo, hi);

    if (!write)
        first <<= 4, second <<= 4;
    return (first ? first | 0xFFFFFF00 : 0) | (second ? second | 0xFFFFFF00 : 0) << 32;
}

/* As far as whole words of eight granules are known, from x on, a multiple of 8. */
static uintptr_t skip_known(const struct shadow_thread *t, uintptr_t x, uintptr_t hi, uint64_t cur,
                            uint64_t whole)
{
    const uint64_t *c = (const uint64_t *)shadow_inline_cell(t->in, x);

    for (; x + 32 <= hi; x += 32, c += 4)
        if (((c[0] ^ cur) | (c[1] ^ cur) | (c[2] ^ cur) | (c[3] ^ cur)) & whole)
            break;
    return x;
}

uintptr_t shadow_inline_miss(const struct shadow_thread *t, uintptr_t x, uintptr_t lo, uintptr_t hi,
                             bool write)
{
    uint64_t cur = t->in->cur_write, miss, whole = write ? ~0ull : SHADOW_INLINE_READ_MASK;
    const uint64_t *c;

    lo = x > lo ? x : lo;
    x &= ~(uintptr_t)7;
    if (x >= lo)
        x = skip_known(t, x, hi, cur, whole);
    c = (const uint64_t *)shadow_inline_cell(t->in, x);
    for (; x < hi; x += 8, c++) {
        miss = *c ^ cur;
        if (x >= lo && x + 8 <= hi)
            miss &= whole;
        else
            miss &= must_have(x, lo, hi, write);
        if (miss)
            return (uint32_t)miss ? x : x + 4;
    }
    return x;
}
