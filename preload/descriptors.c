/*
 * preload/descriptors.c - the table of descriptors. See descriptors.h. Hot for those that order nothing.
 *
 * Pages of entries, made when a number in them is first used, never taken back. An entry is read without a lock: its state
 * is published last. It changes under `lock`; the generation in the state tells whether it changed while the kernel was
 * asked. Objects of pairs and anonymous descriptors are named after a number; `users` counts the entries that name it, and
 * with the last of them the object is forgotten, so that there are never more of them than descriptors.
 */
#include "preload/descriptors.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/sys.h"
#include "preload/objects.h"
#include "preload/uring.h"
#include "preload/state.h"

#define PAGE_SHIFT 10
#define PAGE_SIZE (1u << PAGE_SHIFT)
#define PAGES 1024u /* beyond a million a descriptor is looked at each time */

/* state: generation << 2 | enum preload_descriptor_kind; atomic. */
struct entry {
    uint64_t state;
    struct preload_ends ends;
    uint32_t users; /* of the objects named after this number */
};

static struct base_lock lock = BASE_LOCK_INIT;
static struct entry *pages[PAGES]; /* atomic; release pairs with the acquire in at() */
static unsigned highest;           /* no number above it has an entry; atomic */

static struct entry *at(int fd)
{
    struct entry *page = (unsigned)fd >> PAGE_SHIFT < PAGES
                             ? __atomic_load_n(&pages[(unsigned)fd >> PAGE_SHIFT], __ATOMIC_ACQUIRE)
                             : NULL;

    return page ? &page[(unsigned)fd % PAGE_SIZE] : NULL;
}

static struct entry *make_locked(int fd)
{
    struct entry **page = &pages[(unsigned)fd >> PAGE_SHIFT];

    if ((unsigned)fd >> PAGE_SHIFT >= PAGES)
        return NULL;
    if (!*page)
        __atomic_store_n(page, base_arena_alloc(PAGE_SIZE * sizeof(struct entry)),
                         __ATOMIC_RELEASE);
    if (*page && (unsigned)fd > highest)
        __atomic_store_n(&highest, (unsigned)fd, __ATOMIC_RELAXED);
    return at(fd);
}

static enum preload_descriptor_kind kind_of(uint64_t state)
{
    return (enum preload_descriptor_kind)(state & 3);
}

static struct entry *user(uint32_t number)
{
    return number ? at((int)(number - 1)) : NULL;
}

static void hold_locked(uint32_t number)
{
    struct entry *e = user(number);

    if (e)
        e->users++;
}

static void drop_locked(uint32_t number, uintptr_t object)
{
    struct entry *e = user(number);

    if (e && e->users && --e->users == 0)
        shadow_sync_forget(object);
}

/* Readers may still see the old ends for a moment: they use a descriptor that is being closed. */
static void set_locked(struct entry *e, enum preload_descriptor_kind kind,
                       const struct preload_ends *ends)
{
    struct preload_ends old = e->ends;
    bool ordered = kind_of(e->state) == PRELOAD_DESCRIPTOR_ORDERS;

    if (kind == PRELOAD_DESCRIPTOR_ORDERS) {
        hold_locked(ends->in_user);
        hold_locked(ends->out_user);
        e->ends = *ends;
    }
    __atomic_store_n(&e->state, ((e->state >> 2) + 1) << 2 | kind, __ATOMIC_RELEASE);
    if (ordered) {
        drop_locked(old.in_user, old.in);
        drop_locked(old.out_user, old.out);
    }
}

/* ---- what it is ---------------------------------------------------------------------------------------- */

#define PTS_MAJOR 136u /* to 143: the kernel's list of devices */
#define PTS_MAJORS 8u
#define PTMX_MAJOR 5u
#define PTMX_MINOR 2u

static void both(struct preload_ends *ends, uintptr_t object, uint32_t user_number)
{
    *ends = (struct preload_ends){
        .in = object, .out = object, .in_user = user_number, .out_user = user_number
    };
}

/* A terminal in which the program talks to itself. */
static enum preload_descriptor_kind look_device(int fd, dev_t device, struct preload_ends *ends)
{
    unsigned number = minor(device);

    if (major(device) - PTS_MAJOR < PTS_MAJORS)
        number += (major(device) - PTS_MAJOR) << 20;
    else if (major(device) != PTMX_MAJOR || minor(device) != PTMX_MINOR ||
             base_syscall(SYS_ioctl, fd, TIOCGPTN, (long)&number, 0, 0, 0) != 0)
        return PRELOAD_DESCRIPTOR_NOTHING;
    both(ends, preload_object(PRELOAD_OBJECT_PTY, number), 0);
    return PRELOAD_DESCRIPTOR_ORDERS;
}

/* Kernel objects without an inode of their own (eventfd, timerfd) have no kind in their mode. */
static enum preload_descriptor_kind ask(int fd, struct preload_ends *ends)
{
    struct stat st;

    if (base_syscall(SYS_fstat, fd, (long)&st, 0, 0, 0, 0) != 0)
        return PRELOAD_DESCRIPTOR_UNKNOWN;
    switch (st.st_mode & S_IFMT) {
    case S_IFIFO:
        both(ends, preload_object(PRELOAD_OBJECT_FIFO, preload_object_mix(st.st_dev, st.st_ino)),
             0);
        return PRELOAD_DESCRIPTOR_ORDERS;
    case S_IFSOCK: return preload_socket_look(fd, ends);
    case S_IFCHR: return look_device(fd, st.st_rdev, ends);
    case 0:
        both(ends, preload_object(PRELOAD_OBJECT_ANONYMOUS, (unsigned)fd), (uint32_t)fd + 1);
        return PRELOAD_DESCRIPTOR_ORDERS;
    default: return PRELOAD_DESCRIPTOR_NOTHING;
    }
}

static enum preload_descriptor_kind learn(int fd, struct preload_ends *ends)
{
    struct entry *e;
    uint64_t before;
    enum preload_descriptor_kind kind;

    base_lock_acquire(&lock);
    e = make_locked(fd);
    before = e ? e->state : 0;
    base_lock_release(&lock);
    *ends = (struct preload_ends){ 0 };
    kind = ask(fd, ends);
    if (!e || kind == PRELOAD_DESCRIPTOR_UNKNOWN)
        return kind;
    base_lock_acquire(&lock);
    if (e->state == before)
        set_locked(e, kind, ends);
    else if (kind_of(e->state) == PRELOAD_DESCRIPTOR_ORDERS) /* somebody else was faster */
        *ends = e->ends;
    base_lock_release(&lock);
    return kind;
}

enum preload_descriptor_kind preload_descriptor_look(int fd, struct preload_ends *ends)
{
    const struct entry *e = at(fd);
    uint64_t state = e ? __atomic_load_n(&e->state, __ATOMIC_ACQUIRE) : PRELOAD_DESCRIPTOR_UNKNOWN;

    if (fd < 0)
        return PRELOAD_DESCRIPTOR_NOTHING;
    if (kind_of(state) == PRELOAD_DESCRIPTOR_UNKNOWN)
        return learn(fd, ends);
    if (kind_of(state) == PRELOAD_DESCRIPTOR_ORDERS)
        *ends = e->ends;
    return kind_of(state);
}

/* ---- use ----------------------------------------------------------------------------------------------- */

void preload_give(struct shadow_thread *t, int fd)
{
    struct preload_ends ends;

    if (preload_descriptor_look(fd, &ends) == PRELOAD_DESCRIPTOR_ORDERS && ends.out) {
        shadow_release(t, ends.out);
        preload_uring_given(t, ends.out);
    }
}

void preload_take(struct shadow_thread *t, int fd)
{
    struct preload_ends ends;

    if (preload_descriptor_look(fd, &ends) == PRELOAD_DESCRIPTOR_ORDERS && ends.in)
        shadow_acquire(t, ends.in);
}

/* signalfd(2): one record a signal. */
static void take_signals(struct shadow_thread *t, const struct signalfd_siginfo *info, size_t n)
{
    for (size_t i = 0; i < n; i++)
        shadow_acquire(t, preload_object(PRELOAD_OBJECT_SIGNAL, info[i].ssi_signo));
}

void preload_take_bytes(struct shadow_thread *t, int fd, const void *b, long n)
{
    struct preload_ends ends;

    if (n < 0 || preload_descriptor_look(fd, &ends) != PRELOAD_DESCRIPTOR_ORDERS)
        return;
    if (ends.in)
        shadow_acquire(t, ends.in);
    if (ends.signals)
        take_signals(t, b, (size_t)n / sizeof(struct signalfd_siginfo));
}

/* ---- life ---------------------------------------------------------------------------------------------- */

bool preload_descriptor_ours(void)
{
    return base_sys_getpid() == preload_pid;
}

static void put(int fd, enum preload_descriptor_kind kind, const struct preload_ends *ends)
{
    struct entry *e;

    base_lock_acquire(&lock);
    e = make_locked(fd);
    if (e)
        set_locked(e, kind, ends);
    base_lock_release(&lock);
}

void preload_descriptor_forget(struct shadow_thread *t, int fd)
{
    const struct entry *e = at(fd);

    shadow_descriptor_forget(t, fd);
    /* One that nobody has used yet is all that most programs close. */
    if (!e || fd < 0 ||
        kind_of(__atomic_load_n(&e->state, __ATOMIC_ACQUIRE)) == PRELOAD_DESCRIPTOR_UNKNOWN ||
        !preload_descriptor_ours())
        return;
    put(fd, PRELOAD_DESCRIPTOR_UNKNOWN, NULL);
}

void preload_descriptor_close(struct shadow_thread *t, int fd)
{
    struct preload_ends ends;
    const struct entry *e = at(fd);

    if (preload_descriptor_ours())
        shadow_descriptor_end(t, fd);
    if (e && kind_of(__atomic_load_n(&e->state, __ATOMIC_ACQUIRE)) == PRELOAD_DESCRIPTOR_ORDERS) {
        ends = e->ends;
        if (ends.out && preload_descriptor_ours()) {
            shadow_release(t, ends.out);
            preload_uring_given(t, ends.out);
        }
    }
    preload_descriptor_forget(t, fd);
}

void preload_descriptor_close_range(struct shadow_thread *t, unsigned first, unsigned last)
{
    unsigned top = __atomic_load_n(&highest, __ATOMIC_RELAXED);

    for (unsigned fd = first; fd <= last && fd <= top; fd++)
        preload_descriptor_close(t, (int)fd);
}

void preload_descriptor_dup(struct shadow_thread *t, int from, int to)
{
    struct preload_ends ends;

    if (from == to || to < 0 || !preload_descriptor_ours())
        return;
    preload_descriptor_forget(t, to);
    if (preload_descriptor_look(from, &ends) == PRELOAD_DESCRIPTOR_ORDERS)
        put(to, PRELOAD_DESCRIPTOR_ORDERS, &ends);
}

void preload_descriptor_pair(struct shadow_thread *t, int a, int b)
{
    uintptr_t to_a = preload_object(PRELOAD_OBJECT_ANONYMOUS, (unsigned)a);
    uintptr_t to_b = preload_object(PRELOAD_OBJECT_ANONYMOUS, (unsigned)b);
    struct preload_ends one = { .in = to_a, .out = to_b };
    struct preload_ends other = { .in = to_b, .out = to_a };

    shadow_descriptor_forget(t, a);
    shadow_descriptor_forget(t, b);
    one.in_user = other.out_user = (uint32_t)a + 1;
    one.out_user = other.in_user = (uint32_t)b + 1;
    base_lock_acquire(&lock);
    if (make_locked(a) && make_locked(b)) {
        set_locked(at(a), PRELOAD_DESCRIPTOR_ORDERS, &one);
        set_locked(at(b), PRELOAD_DESCRIPTOR_ORDERS, &other);
    }
    base_lock_release(&lock);
}

/* By inode, so that one who opens it by a name in /proc finds the same object; but it is gone with these two. */
void preload_descriptor_pipe(struct shadow_thread *t, int reads, int writes)
{
    struct preload_ends ends;

    shadow_descriptor_forget(t, reads);
    shadow_descriptor_forget(t, writes);
    if (ask(reads, &ends) != PRELOAD_DESCRIPTOR_ORDERS)
        return;
    ends.in_user = ends.out_user = (uint32_t)reads + 1;
    put(reads, PRELOAD_DESCRIPTOR_ORDERS, &ends);
    put(writes, PRELOAD_DESCRIPTOR_ORDERS, &ends);
}

void preload_descriptor_signalfd(struct shadow_thread *t, int fd)
{
    struct preload_ends ends = { .signals = true };

    shadow_descriptor_forget(t, fd);
    put(fd, PRELOAD_DESCRIPTOR_ORDERS, &ends);
}

void preload_descriptor_fork_child(void)
{
    lock = (struct base_lock)BASE_LOCK_INIT;
}
