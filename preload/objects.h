/*
 * preload/objects.h - names for what orders threads and is no address of the program: pipes, sockets, signals, queues.
 *
 *      63 62    56 55                6 5     0
 *      1 | kind   | value, 50 bits    | 0     |      outside of every address that a program can have
 */
#ifndef PRELOAD_OBJECTS_H
#define PRELOAD_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

enum preload_object_kind {
    PRELOAD_OBJECT_ANONYMOUS, /* by descriptor: eventfd, timerfd, pairs of sockets */
    PRELOAD_OBJECT_FIFO,      /* by inode */
    PRELOAD_OBJECT_PTY,       /* by number */
    PRELOAD_OBJECT_TCP,       /* by ports: what flows from one to the other */
    PRELOAD_OBJECT_UDP,       /* by the receiver's port */
    PRELOAD_OBJECT_UNIX,      /* by both names: what flows from one to the other */
    PRELOAD_OBJECT_UNIX_TO,   /* by the receiver's name */
    PRELOAD_OBJECT_LISTENING, /* listen(2) comes before a connection can be made */
    PRELOAD_OBJECT_CALLING,   /* connect(2) comes before accept(2) returns it */
    PRELOAD_OBJECT_WATCH,     /* epoll_ctl(2) comes before the event that it asks for */
    PRELOAD_OBJECT_SIGNAL, /* by number: what comes before its handler, or the end of a wait for it */
    PRELOAD_OBJECT_MQ,     /* by inode */
    PRELOAD_OBJECT_SYSV,   /* by what they are and their identifier */
    PRELOAD_OBJECT_FUTEX, /* by address */
    PRELOAD_OBJECT_DEATH, /* all threads that have ended: whom a robust mutex comes from is not told */
    PRELOAD_OBJECT_DEPEND, /* OpenMP: by the address in a depend clause */
};

#define PRELOAD_OBJECT_BITS 50

static inline uintptr_t preload_object(enum preload_object_kind kind, uint64_t value)
{
    return 1ul << 63 | (uintptr_t)kind << 56 | (value & ((1ul << PRELOAD_OBJECT_BITS) - 1)) << 6;
}

/* For values that need more bits; two that collide order a little too much. */
static inline uint64_t preload_object_mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a * 0x9E3779B97F4A7C15ull ^ b) * 0xD6E8FEB86659FD93ull;

    return x >> (64 - PRELOAD_OBJECT_BITS);
}

#endif
