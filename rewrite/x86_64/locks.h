/*
 * rewrite/x86_64/locks.h - instructions that locks are made of, in code whose functions nobody has listed.
 */
#ifndef REWRITE_X86_64_LOCKS_H
#define REWRITE_X86_64_LOCKS_H

#include <stddef.h>
#include <stdint.h>

/* How many LOCK CMPXCHG and LOCK XADD stand in the n bytes, as far as their first bytes tell; stops at `enough`. In
 * random data one is seen in some three million bytes. */
unsigned locks_count(const uint8_t *p, size_t n, unsigned enough);

#endif
