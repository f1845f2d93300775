/*
 * rewrite/x86_64/copy.c - copies a unit instruction by instruction, with checks, and links its branches.
 *
 *   original unit                copy area
 *   entry: jmp ────────────────► copy: [check] insn
 *          ...                         [check] insn
 *   call f' ◄──────────────────────────jmp           a call runs in place, so that the return address is original;
 *   after: jmp ────────────────►       insn           its displacement leads to the callee's copy
 *          ...                         ret            returns land on originals
 *
 * Branches inside the unit are linked at the end, when every instruction has its address.
 */
#include "rewrite/x86_64/copy.h"

#include "base/arena.h"
#include "base/mem.h"
#include "rewrite/copies.h"
#include "rewrite/x86_64/check.h"

#define COLD_BYTES 88  /* longest cold stub */
#define CHECK_BYTES 96 /* longest check of one chunk */

struct copier {
    const struct unit *u;
    struct check_context check;
    struct emitter hot, cold;
    struct rewrite_site *sites;
    uint32_t nsites, first_site;
    bool out_of_reach;
};

/* A jump or conditional jump to where `in` leads. */
static void branch_as(struct copier *c, uint8_t opcode, struct insn *in)
{
    in->branch = emit_branch(&c->hot, opcode, emit_here(&c->hot));
    if (!c->hot.full && in->target_index == c->u->n)
        c->out_of_reach |= !emit_retarget(&c->hot, in->branch, in->link);
}

/* Same bytes; a rip-relative displacement is moved along. */
static void copy_verbatim(struct copier *c, const struct insn *in)
{
    const uint8_t *code = unit_code(c->u, in);
    uint8_t *at = c->hot.p;
    int64_t disp;
    int32_t old;

    emit_bytes(&c->hot, code, in->len);
    if (!in->disp_off || c->hot.full)
        return;
    base_mem_copy(&old, code + in->disp_off, 4);
    disp = (int64_t)old + (int64_t)(c->u->module->bias + in->off - ((uintptr_t)at + c->hot.runs));
    old = (int32_t)disp;
    c->out_of_reach |= old != disp;
    base_mem_copy(at + in->disp_off, &old, 4);
}

static void copy_body(struct copier *c, struct insn *in)
{
    const uint8_t *code = unit_code(c->u, in);

    switch (in->cls) {
    case INSN_JMP: branch_as(c, 0xE9, in); break;
    case INSN_JCC: {
        uint8_t op = in->len >= 6 && (code[in->len - 5] & 0xF0) == 0x80 && code[in->len - 6] == 0x0F
                         ? code[in->len - 5]
                         : code[in->len - 2];
        branch_as(c, 0x80 | (op & 0x0F), in);
        break;
    }
    case INSN_LOOP: /* loop over the jump that goes on */
        emit_bytes(&c->hot, code, in->len - 1);
        emit_bytes(&c->hot, "\x02\xeb\x05", 3);
        branch_as(c, 0xE9, in);
        break;
    case INSN_CALL:
    case INSN_CALL_IND: emit_branch(&c->hot, 0xE9, c->u->module->bias + in->off); break;
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

        s->pc = c->u->module->bias + in->off;
        site_kind(in, s);
        check_emit(&c->check, in, c->first_site + c->nsites, s);
        c->nsites++;
    }
    copy_body(c, in);
}

/* True where control runs over the unit's end. */
static bool runs_out(const struct unit *u)
{
    uint8_t cls = u->insns[u->n - 1].cls;

    return cls != INSN_JMP && cls != INSN_JMP_IND && cls != INSN_RET;
}

static bool copy_all(struct copier *c)
{
    const struct unit *u = c->u;

    for (uint32_t i = 0; i < u->n; i++)
        copy_insn(c, &u->insns[i]);
    if (runs_out(u))
        emit_branch(&c->hot, 0xE9, u->module->bias + u->hi);
    if (c->hot.full || c->cold.full || c->out_of_reach)
        return false;
    for (uint32_t i = 0; i < u->n; i++)
        if (insn_is_branch(&u->insns[i]) && u->insns[i].target_index < u->n)
            emit_retarget(&c->hot, u->insns[i].branch,
                          (uintptr_t)c->hot.start + (uintptr_t)c->hot.runs +
                              u->insns[u->insns[i].target_index].copy);
    return true;
}

static void room_for(const struct unit *u, size_t *hot, size_t *cold)
{
    size_t chunks = 0;

    *hot = 8;
    for (uint32_t i = 0; i < u->n; i++) {
        *hot += u->insns[i].len + 10;
        if (insn_is_site(&u->insns[i]))
            chunks += u->insns[i].size > 8 ? u->insns[i].size / 8 : 1;
    }
    *hot += chunks * CHECK_BYTES;
    *cold = u->sites * (size_t)COLD_BYTES;
}

static uint32_t add_step(struct copy_step *steps, uint32_t n, uint32_t original, uint32_t copy)
{
    for (; copy > 255; copy -= 255, n++)
        if (steps)
            steps[n] = (struct copy_step){ 0, 255 };
    if (steps)
        steps[n] = (struct copy_step){ (uint8_t)original, (uint8_t)copy };
    return n + 1;
}

/* Writes the steps, or only counts them. */
static uint32_t make_steps(const struct unit *u, uint32_t hot_bytes, struct copy_step *steps)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < u->n; i++) {
        uint32_t next = i + 1 < u->n ? u->insns[i + 1].copy : hot_bytes - (runs_out(u) ? 5 : 0);

        n = add_step(steps, n, u->insns[i].len, next - u->insns[i].copy);
    }
    return n;
}

static const struct unit_copy *publish(const struct copier *c, struct copy_area *a)
{
    uint32_t hot_bytes = (uint32_t)(c->hot.p - c->hot.start), n = make_steps(c->u, hot_bytes, NULL);
    struct unit_copy *copy = base_arena_alloc(sizeof(*copy) + n * sizeof(copy->steps[0]));

    if (!copy)
        return NULL;
    copy->module = c->u->module;
    copy->lo = c->u->lo;
    copy->first_site = c->first_site;
    copy->nsites = c->nsites;
    copy->hot = a->hot;
    copy->hot_end = a->hot + hot_bytes;
    copy->cold = a->cold;
    copy->cold_end = a->cold + (uintptr_t)(c->cold.p - c->cold.start);
    copy->nsteps = make_steps(c->u, hot_bytes, copy->steps);
    copies_publish(a, copy);
    return copy;
}

static struct emitter emitter_at(const struct copy_area *a, uintptr_t at, size_t size)
{
    uint8_t *p = (uint8_t *)at + a->code.alias;

    return (struct emitter){ p, p, p + size, -a->code.alias, false };
}

static const struct unit_copy *emit_into(struct copier *c, struct copy_area *a, size_t hot,
                                         size_t cold)
{
    const struct unit_copy *copy = NULL;

    c->hot = emitter_at(a, a->hot, hot);
    c->cold = emitter_at(a, a->cold, cold);
    c->check.thunk = a->thunk;
    if (code_open(&a->code, a->hot, hot) == 0 && code_open(&a->code, a->cold, cold) == 0 &&
        copy_all(c))
        copy = publish(c, a);
    code_close(&a->code, a->hot, hot);
    code_close(&a->code, a->cold, cold);
    return copy;
}

const struct unit_copy *copy_emit(const struct unit *u, const struct rewrite_runtime *rt)
{
    struct copier c = { .u = u };
    struct copy_area *a;
    size_t hot, cold;

    room_for(u, &hot, &cold);
    a = copies_room(u->module, hot, cold, rt->cold);
    c.sites = a ? copies_sites(u->sites, &c.first_site) : NULL;
    if (!c.sites)
        return NULL;
    c.check = (struct check_context){ rt, &c.hot, &c.cold, 0, u->module->bias };
    return emit_into(&c, a, hot, cold);
}
