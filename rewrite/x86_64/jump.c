/*
 * rewrite/x86_64/jump.c - writes jumps into instructions of 2 bytes and more. Under the rewriter's lock.
 */
#include "rewrite/x86_64/jump.h"

#include "base/mem.h"
#include "rewrite/area.h"
#include "rewrite/x86_64/encode.h"

#define PREFIX 0x3E /* ds: means nothing before a jump */

bool jump_any_locked(const struct jump_text *t, uint32_t off, unsigned n)
{
    uint32_t bit = off - t->module->span.lo;

    if (off + n > t->hi)
        return true;
    for (unsigned i = 0; i < n; i++, bit++)
        if (t->module->locked[bit / 8] >> (bit % 8) & 1)
            return true;
    return false;
}

void jump_lock(const struct jump_text *t, uint32_t off, unsigned n)
{
    uint32_t bit = off - t->module->span.lo;

    for (unsigned i = 0; i < n; i++, bit++)
        t->module->locked[bit / 8] |= (uint8_t)(1u << (bit % 8));
}

bool jump_direct(const struct jump_text *t, uint32_t off, unsigned span, uintptr_t target)
{
    uint8_t jump[JUMP_BYTES] = { 0xE9 };

    if (!emit_displace(jump + 1, t->module->bias + off + 1, target))
        return false;
    base_mem_copy(t->bytes + (off - t->lo), jump, JUMP_BYTES);
    jump_lock(t, off, span);
    return true;
}

/* `pad` prefixes, the opcode, `own` displacement bytes of the instruction itself, 4 - own lent ones. */
static bool pun(const struct jump_text *t, uint32_t off, unsigned len, unsigned pad,
                uintptr_t target, bool fresh)
{
    uint8_t *code = t->bytes + (off - t->lo);
    unsigned own = len - 1 - pad;
    uintptr_t next = t->module->bias + off + pad + JUMP_BYTES, lo, hi, stub;
    uint32_t lent = 0;
    int32_t rel;

    if (off + pad + JUMP_BYTES > t->hi)
        return false;
    base_mem_copy(&lent, code + len, 4 - own);
    rel = (int32_t)(lent << (8 * own));
    if ((int64_t)rel < 0 && next < (uintptr_t)(-(int64_t)rel))
        return false;
    lo = next + (uintptr_t)(int64_t)rel;
    hi = lo + (1ul << (8 * own)) + 7; /* a slot may start at the last address */
    stub = area_stub(lo, hi, target, fresh);
    if (!stub || stub - lo >= 1ul << (8 * own))
        return false;
    rel = (int32_t)(stub - next);
    base_mem_set(code, PREFIX, pad);
    code[pad] = 0xE9;
    base_mem_copy(code + pad + 1, &rel, own);
    jump_lock(t, off, pad + JUMP_BYTES);
    return true;
}

bool jump_pun(const struct jump_text *t, uint32_t off, unsigned len, uintptr_t target, bool fresh)
{
    for (unsigned pad = 0; pad + 2 <= len; pad++)
        if (pun(t, off, len, pad, target, fresh))
            return true;
    return false;
}
