/*
 * shadow/history.h - what a thread did lately, so that a finding can name the earlier access and its stack.
 *
 * A ring of 16-byte events a thread, written by the thread alone before the access is stamped, read by whoever makes a
 * finding. A torn or overwritten event costs a report its second stack, nothing else.
 *
 *      what:  63      62   56 55   48 47            0       when:  63     32 31 30  27 26   18 17      0
 *             plain | op    | size  | address              stack (depot) | 1 | 0    | slot  | clock
 *
 * Of an access by an instruction whose site is known (site.h), in short:
 *
 *      what:  63         48 47         0        when:  63      32 31 30 29 27  26   18 17      0
 *             number, low   | address                  callers  | 1 | 1 | high | slot  | clock
 *
 * Of accesses that a loop was about to make, all one behind the other (strip.c), op has SHADOW_EVENT_STRIP besides:
 *
 *      what:  63      62   56 55     48 47         0     when:  63     32 31 30 29   27 26   18 17      0
 *             plain | op    | how many | first one            stack (depot) | 1 | 0 | size  | slot  | clock
 *
 * How many: less one; size: of each, as a power of 2. Else size: bytes up to 127; from 128 on the range has at most 2 to the power of (size - 121) bytes.
 */
#ifndef SHADOW_HISTORY_H
#define SHADOW_HISTORY_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"
#include "shadow/cell.h"
#include "shadow/clock.h"

struct shadow_event {
    uint64_t what, when;
};

#define SHADOW_EVENT_USED (1u << 31)
#define SHADOW_EVENT_SITE (1u << 30)

/* Operations beyond enum report_op. */
#define SHADOW_EVENT_STRIP 0x20
#define SHADOW_EVENT_LOCK 0x40
#define SHADOW_EVENT_UNLOCK 0x41

struct shadow_identity;

struct shadow_history {
    struct shadow_event *ring; /* NULL: no memory, no history */
    uint64_t head;             /* events ever written */
    uint64_t base;             /* older ones are forgotten */
    uint32_t mask;
    struct shadow_identity *owner;
    struct shadow_history *next; /* rings of ended threads, oldest first */
    struct shadow_stamp last;    /* what the ended thread knew */
};

/* A found event, and the locks held at that time. */
struct shadow_past {
    uint8_t op;
    bool plain;
    uint32_t size, stack;
    uint64_t addr;
    unsigned nlocks;
    uint32_t locks[REPORT_LOCKS];
};

/* Which events shadow_history_find() accepts. clock 0: any. */
struct shadow_query {
    uint32_t slot, clock;
    uintptr_t addr, len;
    bool writes; /* only writes, atomic writes and frees; else any access */
};

static_assert(sizeof(struct shadow_event) == 16, "an event is two words");

static inline uint64_t shadow_history_size(size_t size)
{
    return size < 128 ? size : 128 + (uint64_t)(64 - __builtin_clzll(size - 1)) - 7;
}

static inline uint64_t shadow_history_what(uintptr_t addr, size_t size, unsigned op, bool plain)
{
    return (uint64_t)plain << 63 | (uint64_t)op << 56 | shadow_history_size(size) << 48 |
           (addr & 0xFFFFFFFFFFFF);
}

static inline void shadow_history_add(struct shadow_history *h, uint64_t what, uint64_t when)
{
    struct shadow_event *e;

    if (!h || !h->ring)
        return;
    e = &h->ring[h->head & h->mask];
    /* Release: pairs with the acquire loads of `when` in history.c, before and after that of `what`. */
    __atomic_store_n(&e->when, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&e->what, what, __ATOMIC_RELEASE);
    __atomic_store_n(&e->when, when, __ATOMIC_RELEASE);
    __atomic_store_n(&h->head, h->head + 1, __ATOMIC_RELEASE);
}

static inline uint64_t shadow_history_when(uint32_t stack, uint32_t flags, uint32_t epoch)
{
    return (uint64_t)stack << 32 | flags | (epoch >> 4 & 0x7FFFFFF);
}

/* What the lower half of `when` says of an access in short besides the epoch. */
static inline uint32_t shadow_history_site_when(uint32_t number)
{
    return SHADOW_EVENT_USED | SHADOW_EVENT_SITE | (number >> 16 & 7) << 27;
}

/* An access by the instruction of that number, below SHADOW_SITES, whose callers are not 0. */
static inline void shadow_history_add_site(struct shadow_history *h, uint32_t number,
                                           uintptr_t addr, uint32_t epoch, uint32_t callers)
{
    shadow_history_add(h, (uint64_t)number << 48 | (addr & 0xFFFFFFFFFFFF),
                       shadow_history_when(callers, shadow_history_site_when(number), epoch));
}

static inline void shadow_history_log(struct shadow_history *h, uintptr_t addr, size_t size,
                                      unsigned op, bool plain, uint32_t epoch, uint32_t stack)
{
    shadow_history_add(h, shadow_history_what(addr, size, op, plain),
                       shadow_history_when(stack, SHADOW_EVENT_USED, epoch));
}

/* n accesses, at most 256, of 1 << shift bytes, one behind the other; shift is at most 7. */
static inline void shadow_history_log_strip(struct shadow_history *h, uintptr_t addr, uint32_t n,
                                            uint32_t shift, unsigned op, bool plain, uint32_t epoch,
                                            uint32_t stack)
{
    shadow_history_add(h,
                       (uint64_t)plain << 63 | (uint64_t)(op | SHADOW_EVENT_STRIP) << 56 |
                           (uint64_t)(n - 1) << 48 | (addr & 0xFFFFFFFFFFFF),
                       shadow_history_when(stack, SHADOW_EVENT_USED | shift << 27, epoch));
}

struct shadow_history *shadow_history_new(struct shadow_identity *owner);
/* The thread has ended, knowing vc. NULL h: nothing. */
void shadow_history_retire(struct shadow_history *h, struct shadow_clock *vc);
/* The newest event of that owner that fits; false: lost. */
bool shadow_history_find(const struct shadow_history *h, const struct shadow_identity *owner,
                         const struct shadow_query *q, struct shadow_past *past);
/* What an ended thread knew (a reference is taken); false: lost. */
bool shadow_history_knowledge(const struct shadow_identity *who, struct shadow_stamp *out);
/* With the world stopped: all events of all threads, and their memory. */
void shadow_history_drop(void);
void shadow_history_fork_child(void);

#endif
