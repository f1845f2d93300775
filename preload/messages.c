/*
 * preload/messages.c - see preload/messages.h.
 */
#include "preload/messages.h"

#define WRITE (SHADOW_PLAIN | SHADOW_WRITE)

void preload_sends(struct shadow_thread *t, const struct msghdr *m, const struct base_where *at)
{
    preload_range(t, A(m), sizeof(*m), SHADOW_PLAIN, at);
    if (m->msg_name)
        preload_range(t, A(m->msg_name), m->msg_namelen, SHADOW_PLAIN, at);
    if (m->msg_control)
        preload_range(t, A(m->msg_control), m->msg_controllen, SHADOW_PLAIN, at);
    preload_range(t, A(m->msg_iov), m->msg_iovlen * sizeof(struct iovec), SHADOW_PLAIN, at);
    preload_gather(t, m->msg_iov, (int)m->msg_iovlen, SIZE_MAX, 0, at);
}

void preload_sends_many(struct shadow_thread *t, const struct mmsghdr *m, unsigned n,
                        const struct base_where *at)
{
    for (unsigned i = 0; i < n; i++)
        preload_sends(t, &m[i].msg_hdr, at);
}

void preload_sent_many(struct shadow_thread *t, const struct mmsghdr *m, int n,
                       const struct base_where *at)
{
    for (int i = 0; i < n; i++)
        preload_range(t, A(&m[i].msg_len), sizeof(m[i].msg_len), WRITE, at);
}

void preload_message_received(struct shadow_thread *t, const struct msghdr *m, size_t bytes,
                              size_t room, const struct base_where *at)
{
    preload_range(t, A(&m->msg_flags), sizeof(m->msg_flags), WRITE, at);
    if (m->msg_name) {
        preload_range(t, A(&m->msg_namelen), sizeof(m->msg_namelen), WRITE, at);
        preload_range(t, A(m->msg_name), LESS(m->msg_namelen, room), WRITE, at);
    }
    if (m->msg_control) {
        preload_range(t, A(&m->msg_controllen), sizeof(m->msg_controllen), WRITE, at);
        preload_range(t, A(m->msg_control), m->msg_controllen, WRITE, at);
    }
    preload_range(t, A(m->msg_iov), m->msg_iovlen * sizeof(struct iovec), SHADOW_PLAIN, at);
    preload_gather(t, m->msg_iov, (int)m->msg_iovlen, bytes, SHADOW_WRITE, at);
}

void preload_messages_received(struct shadow_thread *t, const struct mmsghdr *m, int n,
                               const struct base_where *at)
{
    for (int i = 0; i < n; i++)
        preload_message_received(t, &m[i].msg_hdr, m[i].msg_len, 0, at);
    preload_sent_many(t, m, n, at);
}

void preload_addresses(struct shadow_thread *t, const struct addrinfo *list, bool frees,
                       struct base_where *at)
{
    for (; list; list = list->ai_next) {
        if (frees)
            preload_heap_free(t, list, at);
        else
            preload_heap_alloc(t, list, sizeof(*list) + list->ai_addrlen, at);
    }
}
