/*
 * rewrite/x86_64/locks.c - finds locked instructions without knowing where instructions begin. See locks.h.
 */
#include "rewrite/x86_64/locks.h"

#include <stdbool.h>

#define LONGEST 4 /* LOCK, REX, two bytes of opcode */

/* Intel SDM volume 2: F0 [40+] 0F B0/B1 (CMPXCHG), C0/C1 (XADD), C7 (CMPXCHG16B). */
static bool is_locked(const uint8_t *p)
{
    if (p[0] != 0xF0)
        return false;
    p += (p[1] & 0xF0) == 0x40;
    return p[1] == 0x0F && ((p[2] & 0xFE) == 0xB0 || (p[2] & 0xFE) == 0xC0 || p[2] == 0xC7);
}

unsigned locks_count(const uint8_t *p, size_t n, unsigned enough)
{
    unsigned found = 0;

    for (size_t i = 0; i + LONGEST <= n && found < enough; i++)
        found += is_locked(p + i);
    return found;
}
