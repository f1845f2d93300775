/*
 * rewrite/x86_64/locks.h - instructions that locks are made of, in code whose functions nobody has listed.
 */
#ifndef REWRITE_X86_64_LOCKS_H
#define REWRITE_X86_64_LOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many LOCK CMPXCHG and LOCK XADD stand in the n bytes, as far as their first bytes tell; stops at `enough`. In
 * random data one is seen in some three million bytes. */
unsigned locks_count(const uint8_t *p, size_t n, unsigned enough);
/* Whether one of the instructions in the n bytes at p, which begin with one, has a LOCK prefix, is XCHG with memory, or makes a request to Valgrind: by a
 * glance at all bytes, and where there is something like it, by decoding some instructions up to there. Code in which
 * instructions overlap may be misjudged. */
bool locks_any(const uint8_t *p, size_t n);

#endif
