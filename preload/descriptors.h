/*
 * preload/descriptors.h - descriptors as a hand-over between threads: a write releases, the read of the other end acquires.
 *
 * A table remembers of each descriptor what it leads to, so that a file or a socket to elsewhere costs a look into it. An
 * entry is filled at the first use (one or a few system calls) or by the call that makes the descriptor, and dropped where
 * the number gets another meaning: close, dup2, close_range. A descriptor whose closing is not seen costs an order too much;
 * whatever makes a new one drops what was known of its number.
 */
#ifndef PRELOAD_DESCRIPTORS_H
#define PRELOAD_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shadow/shadow.h"

enum preload_descriptor_kind {
    PRELOAD_DESCRIPTOR_UNKNOWN,
    PRELOAD_DESCRIPTOR_NOTHING, /* orders nothing */
    PRELOAD_DESCRIPTOR_ORDERS,
};

/* What a descriptor leads to. */
struct preload_ends {
    uintptr_t in, out; /* acquired by a read, released into by a write; 0: none */
    uint32_t in_user,
        out_user; /* 1 + the number whose count of users keeps the object; 0: it is kept for ever */
    bool signals; /* signalfd: what is read says which signals came */
};

/* ---- use; fd may be anything --------------------------------------------------------------------------- */

void preload_give(struct shadow_thread *t, int fd); /* before the write */
void preload_take(struct shadow_thread *t,
                  int fd); /* after the read, or when it is said to be ready */
/* The same after n bytes were read into b. */
void preload_take_bytes(struct shadow_thread *t, int fd, const void *b, long n);

/* ---- life ---------------------------------------------------------------------------------------------- */

/* False in a vfork'ed child, which shares the table but has descriptors of its own. */
bool preload_descriptor_ours(void);
/* The number is new, or about to get another meaning. */
void preload_descriptor_forget(struct shadow_thread *t, int fd);
/* Before the real close: who sees the end of the stream is ordered behind it. */
void preload_descriptor_close(struct shadow_thread *t, int fd);
void preload_descriptor_close_range(struct shadow_thread *t, unsigned first, unsigned last);
/* After the real dup: `to` is what `from` is. */
void preload_descriptor_dup(struct shadow_thread *t, int from, int to);
/* Both ends of a socketpair(2). */
void preload_descriptor_pair(struct shadow_thread *t, int a, int b);
/* Both ends of a pipe(2). */
void preload_descriptor_pipe(struct shadow_thread *t, int reads, int writes);
void preload_descriptor_signalfd(struct shadow_thread *t, int fd);
void preload_descriptor_fork_child(void);

/* ---- for waiting, see waits.c -------------------------------------------------------------------------- */

/* What is known of fd, looked up where nothing is; ORDERS: *ends is filled. */
enum preload_descriptor_kind preload_descriptor_look(int fd, struct preload_ends *ends);

/* ---- sockets.c ----------------------------------------------------------------------------------------- */

struct sockaddr;
/* Fills *ends; UNKNOWN: it may become something yet. */
enum preload_descriptor_kind preload_socket_look(int fd, struct preload_ends *ends);
/* Before a datagram goes out; to NULL: to the peer. */
void preload_give_to(struct shadow_thread *t, int fd, const struct sockaddr *to, unsigned len);
/* After a message was received; descriptors in it are new numbers. */
struct msghdr;
void preload_received(struct shadow_thread *t, int fd, const struct msghdr *m);
void preload_listen(struct shadow_thread *t,
                    int fd); /* before it, and after: it may choose the port */
void preload_accepted(struct shadow_thread *t, int fd, int made);
void preload_connect(struct shadow_thread *t, int fd, const struct sockaddr *to, unsigned len);
void preload_connected(struct shadow_thread *t, const struct sockaddr *to, unsigned len);

#endif
