/*
 * shadow/misuse.c - see misuse.h. Slow, and rare: what asks here was told by an object, or by libc, that something is
 * wrong. Who holds a lock stands in its holder's list only, so the world is stopped to look for it.
 */
#include "shadow/misuse.h"

#include "shadow/finding.h"
#include "shadow/held.h"
#include "shadow/world.h"

/* Who holds a lock, and where it was taken. */
struct holder {
    struct shadow_identity *who; /* NULL: nobody */
    bool self;
    uint32_t stack;
    struct shadow_held held;
};

/* t is outside the bracket. */
static struct holder find_holder(struct shadow_thread *t, uint32_t id)
{
    struct holder h = { 0 };
    struct shadow_thread *u;

    if (!id || !shadow_world_enter(t))
        return h;
    shadow_world_stop(t);
    u = shadow_held_by(t, id, &h.held);
    if (u) {
        h.who = u->identity;
        h.self = u == t;
        h.stack = shadow_held_stack(u, &h.held);
    }
    shadow_world_resume();
    return h;
}

static enum report_lock_type type_of(unsigned flags)
{
    return flags & SHADOW_LOCK_RW     ? REPORT_RWLOCK
           : flags & SHADOW_LOCK_SPIN ? REPORT_SPIN
                                      : REPORT_MUTEX;
}

static enum report_op op_of(enum report_misuse what)
{
    static const uint8_t ops[] = {
#define MISUSE(constant, op, words) REPORT_##op,
#include "report/misuses.def"
#undef MISUSE
    };

    return ops[what];
}

/* What t does, at `at` (NULL: no place of the program's). */
static void act(struct report_finding *f, struct shadow_thread *t, uint32_t id,
                const struct base_where *at)
{
    struct report_side *s;

    if (!at)
        return;
    s = shadow_finding_side(f, REPORT_ACCESS, op_of(f->misuse));
    s->addr = f->addr;
    s->lock = id;
    s->thread = t->identity->facts.id;
    s->stack = shadow_thread_stack(t, at);
    shadow_finding_held(f, s, t);
    shadow_finding_thread(f, t->identity);
}

static void mark(uintptr_t lock)
{
    struct shadow_sync *s = shadow_sync_get(lock, false);

    if (s)
        s->marks |= SHADOW_SYNC_MISUSED;
    shadow_sync_put(s);
}

static void report(struct shadow_thread *t, enum report_misuse what, uint32_t id, uintptr_t lock,
                   enum report_lock_type type, const struct holder *h, const struct base_where *at)
{
    struct report_finding *f;

    if (t->muted || !shadow_world_enter(t))
        return;
    f = shadow_finding_new(REPORT_MUTEX_MISUSE);
    if (f) {
        f->misuse = (uint8_t)what;
        f->lock_type = (uint8_t)type;
        f->addr = lock;
        act(f, t, id, at);
        shadow_finding_lock(f, id);
        if (h->who)
            shadow_finding_taken(f, &h->held, h->stack, h->who);
        shadow_finding_locate(f, t, h->who);
        mark(lock);
        f->same = ((uint64_t)f->sides[0].stack << 8 | what) + 1;
        report_emit(f);
        shadow_finding_del(f);
    }
    shadow_world_leave(t);
}

/* The lock's id; it gets one if it has none. */
static uint32_t identify(struct shadow_thread *t, uintptr_t lock, const struct base_where *at)
{
    struct shadow_sync *s;
    uint32_t id;

    if (!shadow_world_enter(t))
        return 0;
    s = shadow_sync_get_lock(t, lock, at);
    id = s ? s->lock_id : 0;
    shadow_sync_put(s);
    shadow_world_leave(t);
    return id;
}

/* A lock that t is not known to hold goes free by its hand, where libc lets it. */
static void set_free(uintptr_t lock, unsigned flags)
{
    struct shadow_sync *s = shadow_sync_find(lock);

    if (s && !(flags & SHADOW_LOCK_CHECKED))
        __atomic_store_n(&s->held, 0, __ATOMIC_RELAXED);
}

void shadow_misuse(struct shadow_thread *t, unsigned what, uintptr_t lock, unsigned flags,
                   const struct base_where *at)
{
    uint32_t id = identify(t, lock, at);
    struct holder h = find_holder(t, id);

    if (h.who && !h.self && what == REPORT_UNLOCK_UNLOCKED)
        what = REPORT_UNLOCK_FOREIGN;
    else if (h.who && !h.self && what == REPORT_WAIT_UNLOCKED)
        what = REPORT_WAIT_FOREIGN;
    report(t, what, id, lock, type_of(flags), &h, at);
    if (op_of(what) == REPORT_UNLOCK || op_of(what) == REPORT_WAIT)
        set_free(lock, flags);
}

bool shadow_misuse_check_held(struct shadow_thread *t, enum report_misuse what, uintptr_t lock,
                              unsigned flags, const struct base_where *at)
{
    const struct shadow_sync *s = shadow_sync_find(lock);
    struct holder h;
    uint32_t id;

    if (!s || !__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        return false;
    id = __atomic_load_n(&s->lock_id, __ATOMIC_RELAXED);
    h = find_holder(t, id);
    if (!h.who || h.held.inherited)
        return false;
    report(t, what, id, lock, type_of(flags), &h, at);
    return true;
}

void shadow_misuse_freed(struct shadow_thread *t, uint32_t id, uintptr_t lock,
                         const struct base_where *at)
{
    struct holder h = find_holder(t, id);

    if (h.who)
        report(t, REPORT_FREE_HELD, id, lock, type_of(h.held.flags), &h, at);
}

void shadow_misuse_object(struct shadow_thread *t, unsigned what, uintptr_t object, unsigned type,
                          const struct base_where *at)
{
    report(t, what, 0, object, type, &(struct holder){ 0 }, at);
}

/* True if the lock of a thread that ends stays held for ever, and nothing was said of it yet. The object says that nobody
 * holds it where another thread has given it back. */
static bool left_held(const struct shadow_held *h)
{
    struct shadow_sync *s = h->sync;

    if (!s || !shadow_held_valid(h) || !__atomic_load_n(&s->held, __ATOMIC_RELAXED))
        return false;
    if (!(h->flags & SHADOW_LOCK_SHARED))
        __atomic_store_n(&s->held, 0, __ATOMIC_RELAXED);
    return !(h->flags & SHADOW_LOCK_ROBUST || s->marks & SHADOW_SYNC_MISUSED);
}

void shadow_misuse_exit(struct shadow_thread *t)
{
    struct holder h = { .who = t->identity, .self = true };

    while (t->nheld) {
        h.held = t->held[t->nheld - 1];
        h.stack = shadow_held_stack(t, &h.held);
        if (left_held(&h.held))
            report(t, REPORT_EXIT_HELD, h.held.id, h.held.addr, type_of(h.held.flags), &h, NULL);
        t->nheld--;
    }
}
