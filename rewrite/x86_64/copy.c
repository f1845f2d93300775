/*
 * rewrite/x86_64/copy.c - copies units instruction by instruction, with checks, and links them.
 *
 *   original unit                copy area
 *   entry: jmp ────────────────► copy: [check] insn
 *          ...                         [check] insn
 *   call f' ◄──────────────────────────jmp           a call runs in place, so that the return address is original;
 *   after: jmp ────────────────►       insn           its displacement leads to the callee's copy
 *          ...                         ret            returns land on originals
 *
 * Direct branches are linked at the end, when every copy has its address.
 */
#include "rewrite/x86_64/copy.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/x86_64/check.h"
#include "rewrite/x86_64/liveness.h"

#define THUNK_BYTES 16
#define COLD_BYTES 88  /* longest cold stub */
#define CHECK_BYTES 96 /* longest check of one chunk */

struct fixup {
    uint8_t *disp;
    uint32_t target; /* offset from the load bias */
};

struct copier {
    struct module_work *w;
    struct check_context check;
    struct emitter hot, cold;
    struct fixup *fixups;
    uint32_t nfixups;
    struct rewrite_site *sites;
    uint32_t nsites, first_site;
    bool out_of_reach;
};

static void branch_to(struct copier *c, uint8_t opcode, uint32_t target)
{
    uint8_t *disp = emit_branch(&c->hot, opcode, (uintptr_t)c->hot.p);

    if (!c->hot.full)
        c->fixups[c->nfixups++] = (struct fixup){ disp, target };
}

/* Same bytes; a rip-relative displacement is moved along. */
static void copy_verbatim(struct copier *c, const struct insn *in)
{
    const uint8_t *code = (const uint8_t *)(c->w->bias + in->off);
    uint8_t *at = c->hot.p;
    int64_t disp;
    int32_t old;

    emit_bytes(&c->hot, code, in->len);
    if (!in->disp_off || c->hot.full)
        return;
    base_mem_copy(&old, code + in->disp_off, 4);
    disp = (int64_t)old + (int64_t)((uintptr_t)code - (uintptr_t)at);
    old = (int32_t)disp;
    c->out_of_reach |= old != disp;
    base_mem_copy(at + in->disp_off, &old, 4);
}

static void copy_body(struct copier *c, const struct insn *in)
{
    const uint8_t *code = (const uint8_t *)(c->w->bias + in->off);

    switch (in->cls) {
    case INSN_JMP: branch_to(c, 0xE9, in->target); break;
    case INSN_JCC: {
        uint8_t op = in->len >= 6 && (code[in->len - 5] & 0xF0) == 0x80 && code[in->len - 6] == 0x0F
                         ? code[in->len - 5]
                         : code[in->len - 2];
        branch_to(c, 0x80 | (op & 0x0F), in->target);
        break;
    }
    case INSN_LOOP: /* loop over the jump that goes on */
        emit_bytes(&c->hot, code, in->len - 1);
        emit_bytes(&c->hot, "\x02\xeb\x05", 3);
        branch_to(c, 0xE9, in->target);
        break;
    case INSN_CALL:
    case INSN_CALL_IND: emit_branch(&c->hot, 0xE9, (uintptr_t)code); break;
    default: copy_verbatim(c, in);
    }
}

static void site_kind(const struct insn *in, struct rewrite_site *s)
{
    s->kind = in->access == INSN_SYNC     ? REWRITE_SYNC
              : in->access == INSN_STRING ? REWRITE_RANGE
                                          : REWRITE_ACCESS;
    s->flags = in->flags;
    s->size = in->size;
    s->rep = in->rep;
}

static void copy_insn(struct copier *c, struct insn *in)
{
    in->copy = (uint32_t)(c->hot.p - c->hot.start);
    if (insn_is_site(in)) {
        struct rewrite_site *s = &c->sites[c->nsites];

        s->pc = c->w->bias + in->off;
        site_kind(in, s);
        check_emit(&c->check, in, c->first_site + c->nsites, s);
        c->nsites++;
    }
    copy_body(c, in);
}

static void copy_unit(struct copier *c, const struct unit *u)
{
    struct insn *insns = &c->w->insns[u->first];
    const struct insn *last = &insns[u->n - 1];

    for (uint32_t i = 0; i < u->n; i++)
        copy_insn(c, &insns[i]);
    if (last->cls != INSN_JMP && last->cls != INSN_JMP_IND && last->cls != INSN_RET)
        branch_to(c, 0xE9, last->off + last->len);
}

uintptr_t copy_address(const struct module_work *w, const struct copy_area *area, uint32_t off)
{
    uint32_t i = insn_find(w->insns, w->ninsns, off);

    return i < w->ninsns && w->insns[i].copy ? (uintptr_t)area->start + w->insns[i].copy
                                             : w->bias + off;
}

static void emit_thunk(struct emitter *e, uintptr_t cold)
{
    emit_bytes(e, "\xff\x25\x00\x00\x00\x00", 6); /* jmp *0(%rip) */
    emit_bytes(e, &cold, 8);
    emit_bytes(e, "\xcc\xcc", 2);
}

static int link_branches(struct copier *c, const struct copy_area *area)
{
    for (uint32_t i = 0; i < c->nfixups; i++)
        if (!emit_retarget(c->fixups[i].disp, copy_address(c->w, area, c->fixups[i].target)))
            return -ERANGE;
    return 0;
}

static int emit_all(struct copier *c, struct copy_area *area, size_t hot)
{
    c->hot = (struct emitter){ area->start, area->start, area->start + hot, false };
    c->cold =
        (struct emitter){ area->start + hot, area->start + hot, area->start + area->size, false };
    emit_thunk(&c->hot, c->check.rt->cold);
    for (uint32_t i = 0; i < c->w->nunits; i++)
        if (c->w->units[i].sites)
            copy_unit(c, &c->w->units[i]);
    area->hot_end = c->hot.p;
    area->cold = c->cold.start;
    area->cold_end = c->cold.p;
    if (c->hot.full || c->cold.full)
        return -ENOSPC;
    return c->out_of_reach ? -ERANGE : link_branches(c, area);
}

int copy_emit(struct module_work *w, const struct rewrite_runtime *rt, struct copy_area *area,
              struct rewrite_site *sites, uint32_t first_site)
{
    struct copier c = { .w = w, .sites = sites, .first_site = first_site };
    size_t hot, bytes = ((size_t)w->ninsns + w->nunits) * sizeof(struct fixup);
    int ret;

    copy_area_size(w, &hot);
    c.fixups = base_sys_pages(bytes);
    if (!c.fixups)
        return -ENOMEM;
    c.check = (struct check_context){ rt, &c.hot, &c.cold, (uintptr_t)area->start, w->bias };
    ret = emit_all(&c, area, hot);
    base_sys_munmap((uintptr_t)c.fixups, bytes);
    return ret;
}

size_t copy_area_size(const struct module_work *w, size_t *hot)
{
    size_t chunks = 0, bytes = THUNK_BYTES;

    for (uint32_t i = 0; i < w->ninsns; i++) {
        bytes += w->insns[i].len + 10;
        if (insn_is_site(&w->insns[i]))
            chunks += w->insns[i].size > 8 ? w->insns[i].size / 8 : 1;
    }
    *hot = (bytes + 8ul * w->nunits + chunks * CHECK_BYTES + 4095) & ~4095ul;
    return *hot + ((w->nsites * (size_t)COLD_BYTES + 4095) & ~4095ul);
}
