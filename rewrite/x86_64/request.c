/*
 * rewrite/x86_64/request.c - see request.h. Source: valgrind.h, 3.19, "ARCHITECTURE SPECIFICS for SPECIAL INSTRUCTIONS".
 *
 * The rotations add up to 128 bits, so they change nothing but flags, and the exchange nothing at all. Other instructions behind
 * the same rotations (xchg %rcx,%rcx and its kin) serve Valgrind's own wrappers of functions; they mean nothing here.
 */
#include "rewrite/x86_64/request.h"

static const uint8_t sequence[REQUEST_BYTES] = {
    0x48, 0xC1, 0xC7, 0x03, /* rol $3,%rdi */
    0x48, 0xC1, 0xC7, 0x0D, /* rol $13,%rdi */
    0x48, 0xC1, 0xC7, 0x3D, /* rol $61,%rdi */
    0x48, 0xC1, 0xC7, 0x33, /* rol $51,%rdi */
    0x48, 0x87, 0xDB,       /* xchg %rbx,%rbx */
};

bool request_at(const uint8_t *p, size_t n)
{
    if (n < REQUEST_BYTES)
        return false;
    for (unsigned i = 0; i < REQUEST_BYTES; i++)
        if (p[i] != sequence[i])
            return false;
    return true;
}
