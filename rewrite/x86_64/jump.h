/*
 * rewrite/x86_64/jump.h - how a jump fits into an instruction of the original.
 *
 * Tactics, after Duck, Gao and Roychoudhury, "Binary Rewriting without Control Flow Recovery" (PLDI 2020), 2-3:
 *   direct   5 bytes or more: jmp rel32
 *   pun      2 to 4 bytes: jmp rel32 whose upper displacement bytes are the next instructions' first bytes, to a stub
 *            that must lie in the window these bytes leave open
 *   prefix   the same behind prefixes, which moves the window
 * Every byte that was written or lent is locked: it never changes again, so the order of patches does not matter
 * for correctness, and later patches see final bytes.
 */
#ifndef REWRITE_X86_64_JUMP_H
#define REWRITE_X86_64_JUMP_H

#include "rewrite/module.h"

#define JUMP_BYTES 5u /* jmp rel32 */

/* Bytes of the module's text, or a copy of them that goes there later. */
struct jump_text {
    struct module *module;
    uint8_t *bytes; /* the byte at off is bytes[off - lo] */
    uint32_t lo, hi;
};

bool jump_any_locked(const struct jump_text *t, uint32_t off, unsigned n);
void jump_lock(const struct jump_text *t, uint32_t off, unsigned n);
/* Writes a jump over the span bytes (5 or more) at off. False: out of reach. */
bool jump_direct(const struct jump_text *t, uint32_t off, unsigned span, uintptr_t target);
/* Writes one into the len bytes (2 to 4) at off, lending what lies behind. `fresh`: a stub may take new memory. */
bool jump_pun(const struct jump_text *t, uint32_t off, unsigned len, uintptr_t target, bool fresh);

#endif
