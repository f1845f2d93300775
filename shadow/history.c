/*
 * shadow/history.c - rings of events: their memory, and the search backwards.
 *
 * history_lock protects the list of ended threads' rings. Those are kept while there are few, since a race with a
 * thread that has ended wants its stack too; then the oldest is used again.
 */
#include "shadow/history.h"

#include <sys/mman.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/sys.h"

#define RING 65536u
#define SMALL_RING 4096u
#define KEPT_RINGS 64
#define LOCK_SCAN 4096u

static struct base_lock history_lock = BASE_LOCK_INIT;
static struct shadow_history *dead_first, **dead_last = &dead_first;
static unsigned dead_count;

static bool map_ring(struct shadow_history *h)
{
    uint32_t n = RING;
    uintptr_t p;

    for (; n >= SMALL_RING; n /= 16) {
        p = base_sys_mmap(0, n * sizeof(struct shadow_event), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (!base_sys_failed(p)) {
            base_sys_madvise(p, n * sizeof(struct shadow_event), MADV_DONTDUMP);
            h->ring = (struct shadow_event *)p;
            h->mask = n - 1;
            return true;
        }
    }
    return false;
}

struct shadow_history *shadow_history_new(struct shadow_identity *owner)
{
    struct shadow_history *h = NULL;

    base_lock_acquire(&history_lock);
    if (dead_count >= KEPT_RINGS) {
        h = dead_first;
        dead_first = h->next;
        if (!dead_first)
            dead_last = &dead_first;
        dead_count--;
    }
    base_lock_release(&history_lock);
    if (!h) {
        h = base_arena_alloc(sizeof(*h));
        if (!h)
            return NULL;
        map_ring(h);
    }
    h->owner = owner;
    h->base = h->head;
    h->next = NULL;
    return h;
}

void shadow_history_retire(struct shadow_history *h)
{
    if (!h)
        return;
    base_lock_acquire(&history_lock);
    h->next = NULL;
    *dead_last = h;
    dead_last = &h->next;
    dead_count++;
    base_lock_release(&history_lock);
}

static bool load(const struct shadow_history *h, uint64_t i, struct shadow_event *e)
{
    const struct shadow_event *at = &h->ring[i & h->mask];

    e->when = __atomic_load_n(&at->when, __ATOMIC_ACQUIRE); /* shadow_history_log() */
    e->what = __atomic_load_n(&at->what, __ATOMIC_ACQUIRE);
    return e->when && __atomic_load_n(&at->when, __ATOMIC_ACQUIRE) == e->when;
}

static uint64_t event_bytes(uint64_t what)
{
    uint64_t n = what >> 48 & 0xFF;

    return n < 128 ? n : (uint64_t)1 << (n - 121);
}

static bool writes(unsigned op)
{
    return op == REPORT_WRITE || op == REPORT_ATOMIC_STORE || op == REPORT_ATOMIC_RMW ||
           op == REPORT_FREE;
}

static bool matches(const struct shadow_event *e, const struct shadow_query *q)
{
    uint64_t addr = e->what & 0xFFFFFFFFFFFF;
    unsigned op = e->what >> 56 & 0x7F;

    if (op >= SHADOW_EVENT_LOCK || (e->when >> 18 & 0x1FF) != q->slot ||
        (q->clock && (e->when & SHADOW_CELL_CLOCK_MAX) != q->clock))
        return false;
    return addr < q->addr + q->len && q->addr < addr + event_bytes(e->what) &&
           (!q->writes || writes(op));
}

/* Locks taken before event i and not given back: walks on backwards, pairing releases with acquisitions. */
static void held(const struct shadow_history *h, uint64_t i, uint64_t low, struct shadow_past *past)
{
    uint32_t released[16];
    unsigned n = 0, k;
    struct shadow_event e;

    past->nlocks = 0;
    for (unsigned steps = 0; i-- > low && steps < LOCK_SCAN && load(h, i, &e); steps++) {
        unsigned op = e.what >> 56 & 0x7F;
        uint32_t id = (uint32_t)e.what;

        if (op == SHADOW_EVENT_UNLOCK && n < 16)
            released[n++] = id;
        if (op != SHADOW_EVENT_LOCK)
            continue;
        for (k = 0; k < n && released[k] != id; k++)
            ;
        if (k < n)
            released[k] = released[--n];
        else if (past->nlocks < REPORT_LOCKS)
            past->locks[past->nlocks++] = id;
    }
    for (k = 0; k < past->nlocks / 2; k++) { /* outermost first */
        uint32_t id = past->locks[k];

        past->locks[k] = past->locks[past->nlocks - 1 - k];
        past->locks[past->nlocks - 1 - k] = id;
    }
}

bool shadow_history_find(const struct shadow_history *h, const struct shadow_query *q,
                         struct shadow_past *past)
{
    uint64_t head, low;
    struct shadow_event e;

    if (!h || !h->ring)
        return false;
    head = __atomic_load_n(&h->head, __ATOMIC_ACQUIRE);
    low = head > h->mask ? head - h->mask : 0;
    low = low > h->base ? low : h->base;
    for (uint64_t i = head; i-- > low && load(h, i, &e);) {
        if (!matches(&e, q))
            continue;
        past->op = e.what >> 56 & 0x7F;
        past->plain = e.what >> 63;
        past->size = (uint32_t)event_bytes(e.what);
        past->stack = (uint32_t)(e.when >> 32);
        past->addr = e.what & 0xFFFFFFFFFFFF;
        held(h, i, low, past);
        return true;
    }
    return false;
}

void shadow_history_fork_child(void)
{
    history_lock = (struct base_lock)BASE_LOCK_INIT;
}
