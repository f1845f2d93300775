/*
 * rewrite/x86_64/entry.c - closes the entry of a unit that has not run yet.
 *
 * Unlike a later patch this one may take several instructions, since nobody is inside: not where a call would be among
 * them, which has to stay for its return address, nor where a block could begin that is entered unseen.
 */
#include "base/mem.h"
#include "rewrite/x86_64/insn.h"
#include "rewrite/x86_64/jump.h"
#include "rewrite/x86_64/patch.h"

#define BREAKPOINT 0xCC /* int3 */

bool patch_is_filler(const uint8_t *p, unsigned n)
{
    static const uint8_t filler[] = { 0x90, 0xCC, 0x66, 0x0F, 0x1F, 0x2E,
                                      0x84, 0x00, 0x40, 0x44, 0x80 };

    for (unsigned i = 0; i < n; i++) {
        unsigned k = 0;

        while (k < sizeof(filler) && filler[k] != p[i])
            k++;
        if (k == sizeof(filler))
            return false;
    }
    return true;
}

bool patch_is_padding(const struct module *m, uint32_t lo, uint32_t hi)
{
    return lo >= hi ||
           (hi <= m->span.hi && patch_is_filler((const uint8_t *)m->bias + lo, hi - lo));
}

/* A jump may take the first bytes of the unit whole. */
static bool can_take(const struct module *m, const struct unit_info *u, uint32_t next)
{
    const uint8_t *code = (const uint8_t *)(m->bias + u->lo);
    uint32_t door = module_door(m, u->lo + 1);
    struct insn in = { 0 };

    if (u->lo + UNIT_ENTRY > next || (door < m->ndoors && m->doors[door].at < u->lo + UNIT_ENTRY))
        return false;
    for (uint32_t off = 0; off < UNIT_ENTRY; off += in.len) {
        if (u->lo + off >= u->hi)
            return patch_is_padding(m, u->lo + off, u->lo + UNIT_ENTRY);
        if (!insn_peek(code + off, u->hi - u->lo - off, &in) || insn_is_call(&in))
            return false;
        if (insn_is_terminal(&in) && off + in.len < UNIT_ENTRY && u->lo + off + in.len < u->hi)
            return false;
    }
    return true;
}

bool patch_entry(const struct module *m, struct unit_info *u, uint32_t next)
{
    struct jump_text t = { (struct module *)m, (uint8_t *)m->bias + m->span.lo, m->span.lo,
                           m->span.hi };
    struct insn in;

    if (u->lo + UNIT_ENTRY > m->span.hi)
        return false;
    base_mem_copy(u->saved, (const void *)(m->bias + u->lo), UNIT_ENTRY);
    if (can_take(m, u, next) && !jump_any_locked(&t, u->lo, UNIT_ENTRY) &&
        jump_direct(&t, u->lo, UNIT_ENTRY, u->stub)) {
        u->taken = UNIT_ENTRY;
        return true;
    }
    if (!insn_peek(u->saved, UNIT_ENTRY, &in) || in.len < 2 || in.len > 4 || insn_is_call(&in) ||
        u->lo + in.len > u->hi || jump_any_locked(&t, u->lo, in.len) ||
        !jump_pun(&t, u->lo, in.len, u->stub, true))
        return false;
    u->taken = in.len;
    return true;
}

void patch_restore(const struct module *m, struct unit_info *u)
{
    uintptr_t at = m->bias + u->lo, word = at & ~7ul;
    unsigned shift = (unsigned)(at - word);
    uint64_t bytes;

    if (!u->taken || module_open(m, at, UNIT_ENTRY) < 0)
        return;
    if (shift + u->taken <= 8) { /* in one store: another thread may be about to run it */
        base_mem_copy(&bytes, (const void *)word, 8);
        base_mem_copy((uint8_t *)&bytes + shift, u->saved, u->taken);
        __atomic_store_n((uint64_t *)word, bytes, __ATOMIC_RELEASE);
    } else {
        base_mem_copy((void *)at, u->saved, u->taken);
    }
    module_close(m, at, UNIT_ENTRY);
    u->taken = 0;
}

bool patch_has_breakpoint(const struct module *m, const struct unit_info *u)
{
    const uint8_t *code = (const uint8_t *)m->bias;
    uint32_t last = u->hi;
    struct insn in;

    while (last > u->lo && code[last - 1] != BREAKPOINT)
        last--;
    for (uint32_t off = u->lo; off < last; off += in.len)
        if (code[off] == BREAKPOINT || !insn_peek(code + off, u->hi - off, &in))
            return true;
    return false;
}

bool patch_is_linkage(const struct module *m, const struct unit_info *u)
{
    const uint8_t *p = (const uint8_t *)(m->bias + u->lo), *end = p + (u->hi - u->lo);
    int32_t disp;
    uint64_t slot;

    if (end - p >= 4 && base_mem_compare(p, "\xf3\x0f\x1e\xfa", 4) == 0) /* endbr64 */
        p += 4;
    p += p < end && *p == 0xF2; /* bnd */
    if (end - p < 6 || p[0] != 0xFF || (p[1] != 0x25 && p[1] != 0x35))
        return false;
    base_mem_copy(&disp, p + 2, 4);
    slot = (uintptr_t)p + 6 + (int64_t)disp - m->bias;
    return segment_has(&m->plt, 1, slot) || segment_has(&m->relro, 1, slot) ||
           !segment_has(m->writable, m->nwritable, slot);
}
