/*
 * preload/waits.c - see preload/waits.h.
 *
 * An event of epoll carries what the program said of the descriptor, not the descriptor: a table leads back. It holds those
 * that may order, so that a server of other processes' sockets has none in it. Read without a lock, grown under `lock`,
 * never shrunk: one entry for each pair of an epoll descriptor and a word of the program's.
 */
#include "preload/waits.h"

#include <stddef.h>

#include "base/arena.h"
#include "base/lock.h"
#include "preload/descriptors.h"
#include "preload/objects.h"

#define READY (EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP)
#define BUCKETS 4096u

struct watch {
    int epoll, fd; /* fd: atomic */
    uint64_t data;
    struct watch *next;
};

static struct base_lock lock = BASE_LOCK_INIT;
static struct watch *buckets[BUCKETS]; /* atomic; release pairs with the acquire in find() */

void preload_waits_fork_child(void)
{
    lock = (struct base_lock)BASE_LOCK_INIT;
}

static uintptr_t watch_object(int epoll, uint64_t data)
{
    return preload_object(PRELOAD_OBJECT_WATCH, preload_object_mix((uint64_t)epoll, data));
}

static struct watch **bucket(int epoll, uint64_t data)
{
    return &buckets[preload_object_mix((uint64_t)epoll, data) % BUCKETS];
}

static struct watch *find(int epoll, uint64_t data)
{
    struct watch *w = __atomic_load_n(bucket(epoll, data), __ATOMIC_ACQUIRE);

    while (w && (w->epoll != epoll || w->data != data))
        w = w->next;
    return w;
}

static void remember(int epoll, uint64_t data, int fd)
{
    struct watch **head = bucket(epoll, data), *w;

    base_lock_acquire(&lock);
    w = find(epoll, data);
    if (w) {
        __atomic_store_n(&w->fd, fd, __ATOMIC_RELAXED);
    } else if ((w = base_arena_alloc(sizeof(*w)))) {
        *w = (struct watch){ epoll, fd, data, *head };
        __atomic_store_n(head, w, __ATOMIC_RELEASE);
    }
    base_lock_release(&lock);
}

void preload_epoll_ctl(struct shadow_thread *t, int epoll, int op, int fd,
                       const struct epoll_event *event)
{
    struct preload_ends ends;

    if (op == EPOLL_CTL_DEL || !event)
        return;
    /* What the event's word leads to was made ready before. */
    shadow_release(t, watch_object(epoll, event->data.u64));
    if (preload_descriptor_look(fd, &ends) != PRELOAD_DESCRIPTOR_NOTHING)
        remember(epoll, event->data.u64, fd);
}

void preload_epolled(struct shadow_thread *t, int epoll, const struct epoll_event *events, int n)
{
    for (int i = 0; i < n; i++) {
        const struct watch *w = find(epoll, events[i].data.u64);

        shadow_acquire(t, watch_object(epoll, events[i].data.u64));
        if (w && events[i].events & READY)
            preload_take(t, __atomic_load_n(&w->fd, __ATOMIC_RELAXED));
    }
}

void preload_polled(struct shadow_thread *t, const struct pollfd *p, nfds_t n)
{
    for (nfds_t i = 0; i < n; i++)
        if (p[i].revents & (POLLIN | POLLRDHUP | POLLPRI | POLLERR | POLLHUP) && p[i].fd >= 0)
            preload_take(t, p[i].fd);
}

void preload_selected(struct shadow_thread *t, int n, const fd_set *read, const fd_set *except)
{
    for (int fd = 0; fd < n; fd++) {
        size_t word = (size_t)fd / __NFDBITS;
        unsigned long bit = 1ul << (unsigned)fd % __NFDBITS;

        if ((read && (unsigned long)__FDS_BITS(read)[word] & bit) ||
            (except && (unsigned long)__FDS_BITS(except)[word] & bit))
            preload_take(t, fd);
    }
}
