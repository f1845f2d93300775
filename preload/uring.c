/*
 * preload/uring.c - see uring.h.
 */
#include "preload/uring.h"

#include "base/lock.h"
#include "preload/descriptors.h"

enum {
    URING_WATCHES = 256,  /* for more, the oldest give way: an order is lost */
    URING_FIXED_FILE = 1, /* a request's flag: fd is no descriptor */
    URING_SQE = 64,
    URING_SQE128 = 1 << 10, /* a ring's flag: requests have twice the size */
};

/* The kernel's struct io_uring_sqe, and liburing's struct io_uring, as far as they are looked at. Both are its users' to allocate, and so
 * stay what they are. */
struct sqe {
    uint8_t op, flags;
    uint16_t priority;
    int32_t fd;
};

struct ring {
    struct {
        unsigned *khead, *ktail, *kmask, *kentries, *kflags, *kdropped, *array;
        const char *sqes;
        unsigned head, tail;
        size_t size;
        void *ring;
        unsigned mask, entries, pad[2];
    } sq;
    struct {
        unsigned *khead, *ktail, *kmask, *kentries, *kflags, *koverflow;
        void *cqes;
        size_t size;
        void *ring;
        unsigned mask, entries, pad[2];
    } cq;
    unsigned flags;
};

/* What a ring waits for. Written under the lock; tail is atomic: 0 where there is none. */
struct watch {
    uintptr_t object, tail;
};

static struct base_lock lock = BASE_LOCK_INIT;
static struct watch watches[URING_WATCHES];
static unsigned nwatches; /* in use ever */
static unsigned oldest;   /* gives way next, where all are in use */

void preload_uring_fork_child(void)
{
    lock = (struct base_lock)BASE_LOCK_INIT;
}

/* ---- what is waited for ------------------------------------------------------------------------------------- */

static void watch(uintptr_t object, uintptr_t tail)
{
    struct watch *to = NULL;
    unsigned i;

    base_lock_acquire(&lock);
    for (i = 0; i < nwatches; i++) {
        if (watches[i].tail == tail && watches[i].object == object)
            break;
        if (!watches[i].tail && !to)
            to = &watches[i];
    }
    if (i == nwatches && !to)
        to = &watches[i < URING_WATCHES ? i : oldest++ % URING_WATCHES];
    if (i == nwatches && to) {
        __atomic_store_n(&to->tail, 0,
                         __ATOMIC_RELEASE); /* nobody takes the old one with the new object */
        to->object = object;
        __atomic_store_n(&to->tail, tail, __ATOMIC_RELEASE);
        if (nwatches < URING_WATCHES && to == &watches[nwatches])
            __atomic_store_n(&nwatches, nwatches + 1, __ATOMIC_RELEASE);
    }
    base_lock_release(&lock);
}

void preload_uring_given(struct shadow_thread *t, uintptr_t object)
{
    unsigned n = __atomic_load_n(&nwatches, __ATOMIC_ACQUIRE);

    for (unsigned i = 0; i < n; i++) {
        uintptr_t tail = __atomic_load_n(&watches[i].tail, __ATOMIC_ACQUIRE);

        if (tail && watches[i].object == object)
            shadow_atomic(t, tail, sizeof(unsigned), SHADOW_ATOMIC_RMW, NULL);
    }
}

void preload_uring_exit(const struct io_uring *ring)
{
    uintptr_t tail = (uintptr_t)((const struct ring *)ring)->cq.ktail;

    base_lock_acquire(&lock);
    for (unsigned i = 0; i < nwatches; i++)
        if (watches[i].tail == tail)
            __atomic_store_n(&watches[i].tail, 0, __ATOMIC_RELAXED);
    base_lock_release(&lock);
}

/* ---- requests ----------------------------------------------------------------------------------------------- */

/* Will be ready, or read from, some time. */
static void request_read(struct shadow_thread *t, int fd, uintptr_t tail)
{
    struct preload_ends ends;

    if (preload_descriptor_look(fd, &ends) != PRELOAD_DESCRIPTOR_ORDERS || !ends.in)
        return;
    watch(ends.in, tail);
    shadow_acquire(t, ends.in); /* what has been written by now, the completion is handed on with */
}

/* By number: linux/io_uring.h of this system may not know them all. */
static void request(struct shadow_thread *t, const struct sqe *s, uintptr_t tail)
{
    if (s->flags & URING_FIXED_FILE || s->fd < 0)
        return;
    switch (s->op) {
    case 1:  /* READV */
    case 4:  /* READ_FIXED */
    case 6:  /* POLL_ADD */
    case 10: /* RECVMSG */
    case 13: /* ACCEPT */
    case 22: /* READ */
    case 27: /* RECV */ request_read(t, s->fd, tail); break;
    case 2:  /* WRITEV */
    case 5:  /* WRITE_FIXED */
    case 9:  /* SENDMSG */
    case 23: /* WRITE */
    case 26: /* SEND */
    case 47: /* SEND_ZC */
    case 48: /* SENDMSG_ZC */ preload_give(t, s->fd); break;
    case 19: /* CLOSE */ preload_descriptor_close(t, s->fd); break;
    default: break;
    }
}

void preload_uring_enter(struct shadow_thread *t, const struct io_uring *ring)
{
    const struct ring *r = (const struct ring *)ring;

    if (preload_descriptor_ours())
        shadow_atomic(t, (uintptr_t)r->cq.ktail, sizeof(*r->cq.ktail), SHADOW_ATOMIC_RMW, NULL);
}

void preload_uring_submit(struct shadow_thread *t, const struct io_uring *ring)
{
    const struct ring *r = (const struct ring *)ring;
    size_t size = r->flags & URING_SQE128 ? 2 * URING_SQE : URING_SQE;

    if (!preload_descriptor_ours())
        return;
    for (unsigned i = r->sq.head; i != r->sq.tail && i - r->sq.head <= *r->sq.kmask; i++)
        request(t, (const struct sqe *)(r->sq.sqes + (i & *r->sq.kmask) * size),
                (uintptr_t)r->cq.ktail);
    preload_uring_enter(t, ring);
}

void preload_uring_reap(struct shadow_thread *t, const struct io_uring *ring)
{
    const struct ring *r = (const struct ring *)ring;

    shadow_atomic(t, (uintptr_t)r->cq.ktail, sizeof(*r->cq.ktail), SHADOW_ATOMIC_LOAD, NULL);
}
