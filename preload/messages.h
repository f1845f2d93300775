/*
 * preload/messages.h - struct msghdr and struct addrinfo, for the rows of wrap_system.def. Only for wrap.c.
 */
#ifndef PRELOAD_MESSAGES_H
#define PRELOAD_MESSAGES_H

#include "preload/strings.h"

#define SENDS(m) preload_sends(t, (m), &at)
#define SENDS_MANY(m, n) preload_sends_many(t, (m), (n), &at)
#define SENT_MANY(m, n) preload_sent_many(t, (m), (n), &at)
/* The address had room for `kept` bytes. */
#define RECEIVED(m, n) preload_message_received(t, (m), (n), kept, &at)
#define RECEIVED_MANY(m, n) preload_messages_received(t, (m), (n), &at)
/* accept(2) and its kin: the address, of at most `kept` bytes. */
#define ADDRESS(a, len) ((a) && (len) ? (WORD(len), W((a), LESS(kept, (size_t) * (len)))) : NOTHING)
#define ADDRESSES(list, frees) preload_addresses(t, (list), (frees), &at)

void preload_sends(struct shadow_thread *t, const struct msghdr *m, const struct base_where *at);
void preload_sends_many(struct shadow_thread *t, const struct mmsghdr *m, unsigned n,
                        const struct base_where *at);
/* The length of each of n messages was written; n < 0: an error. */
void preload_sent_many(struct shadow_thread *t, const struct mmsghdr *m, int n,
                       const struct base_where *at);
/* Lengths and flags, the address, the pieces, the control data. `bytes` may be more than there was room for, as
 * may the address be. */
void preload_message_received(struct shadow_thread *t, const struct msghdr *m, size_t bytes,
                              size_t room, const struct base_where *at);
void preload_messages_received(struct shadow_thread *t, const struct mmsghdr *m, int n,
                               const struct base_where *at);
/* A list from getaddrinfo(3), made by libc or about to be freed by it. */
void preload_addresses(struct shadow_thread *t, const struct addrinfo *list, bool frees,
                       struct base_where *at);

#endif
