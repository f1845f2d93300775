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
 * Branches inside the unit are linked when every instruction has its address. Where the unit's plan leaves checks out, its
 * twin follows: see plan.c.
 */
#include "rewrite/x86_64/copy.h"

#include "base/arena.h"
#include "base/mem.h"
#include "rewrite/copies.h"
#include "rewrite/x86_64/check.h"
#include "rewrite/x86_64/loop.h"
#include "rewrite/x86_64/prefetch.h"

#define COLD_BYTES 176  /* longest cold stub and its second look, of one chunk */
#define CHECK_BYTES 112 /* longest check of one chunk */

struct copier {
    const struct unit *u;
    struct check_context check;
    struct emitter hot, cold;
    struct rewrite_site *sites;
    uint32_t nsites, first_site;
    uint32_t hot_sites;        /* those before the twin's */
    uintptr_t twin, twin_cold; /* where the twin begins */
    uintptr_t fast;            /* where the loops without checks begin */
    uintptr_t strip;           /* the thunk that loops ask by */
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
    s->kind = in->access == INSN_SYNC      ? REWRITE_SYNC
              : in->access == INSN_STRING  ? REWRITE_RANGE
              : in->access == INSN_REQUEST ? REWRITE_REQUEST
              : in->prefetches             ? REWRITE_HINT
                                           : REWRITE_ACCESS;
    s->flags = in->flags;
    s->size = in->size;
    s->rep = in->rep;
}

static struct rewrite_site *new_site(struct copier *c, const struct insn *in)
{
    struct rewrite_site *s = &c->sites[c->nsites++];

    s->pc = c->u->module->bias + in->off;
    site_kind(in, s);
    return s;
}

static struct rewrite_site *full_check(struct copier *c, const struct insn *in)
{
    struct rewrite_site *s = new_site(c, in);

    check_emit(&c->check, in, c->first_site + (c->nsites - 1), s);
    return s;
}

/* The check of an instruction behind it, made before `in`. */
static void early_check(struct copier *c, struct insn *in)
{
    struct insn access = in[in->plan.early];

    access.live = in->live;
    in->plan.early_miss = check_emit_fast(&c->check, &access, true, new_site(c, in));
}

static void own_check(struct copier *c, struct insn *in)
{
    struct insn access = *in;

    if (in->plan.widened) {
        access.size = in->plan.size;
        access.flags = in->plan.flags;
        access.mem.disp += in->plan.disp;
    }
    in->plan.own_miss = check_emit_fast(&c->check, &access, in->plan.widened, new_site(c, in));
}

static void give_hint(struct copier *c, const struct insn *in)
{
    const struct insn *hint = in + in->plan.prefetch - 1;

    if (in->plan.prefetch)
        prefetch_emit(&c->check, in, hint, new_site(c, hint));
}

static uint32_t here(const struct copier *c)
{
    return (uint32_t)(c->hot.p - c->hot.start);
}

/* The loop that the instruction is part of, or NULL. */
static struct loop *loop_of(const struct copier *c, const struct insn *in)
{
    return in->plan.loop ? &c->u->loops[in->plan.loop - 1] : NULL;
}

static void begin_loop(struct copier *c, const struct insn *in)
{
    struct loop *l = loop_of(c, in);
    struct rewrite_site *s;

    if (!l || in != &c->u->insns[l->head])
        return;
    s = new_site(c, in);
    s->kind = REWRITE_STRIP;
    loop_emit_head(&c->check, c->u, l, s, c->strip);
}

static void copy_insn(struct copier *c, struct insn *in)
{
    in->copy = in->hot = here(c);
    c->check.at = (uint32_t)(in - c->u->insns);
    begin_loop(c, in);
    if (in->plan.early)
        early_check(c, in);
    if (insn_is_site(in) && !in->plan.given) {
        in->site = c->first_site + c->nsites;
        if (in->plan.to_twin)
            own_check(c, in);
        else
            full_check(c, in);
    }
    give_hint(c, in);
    copy_body(c, in);
}

static uintptr_t hot_address(const struct copier *c, uint32_t offset)
{
    return (uintptr_t)c->hot.start + (uintptr_t)c->hot.runs + offset;
}

static void link_branch(const struct copier *c, const struct insn *in)
{
    const struct loop *l = loop_of(c, in);

    if (l && in == &c->u->insns[l->last])
        emit_retarget(&c->hot, in->branch, l->slow_head);
    else if (insn_is_branch(in) && in->target_index < c->u->n)
        emit_retarget(&c->hot, in->branch, hot_address(c, c->u->insns[in->target_index].hot));
}

/* A second copy of an instruction, with its own check; then back to the fast path where that may go on. */
static void copy_twin(struct copier *c, uint32_t i)
{
    struct insn *in = &c->u->insns[i];
    bool last = i + 1 == c->u->n;

    in->twin = here(c);
    c->check.at = i;
    if (in->plan.enter_twin)
        in->copy = in->twin;
    if (insn_is_site(in)) {
        const struct rewrite_site *s = full_check(c, in);

        in->twin_cold = s->pc + (uintptr_t)s->cold + s->look;
    }
    give_hint(c, in);
    copy_body(c, in);
    if (c->hot.full)
        return;
    link_branch(c, in);
    if (insn_is_terminal(in) || insn_is_call(in) || (!last && in[1].plan.enter_twin))
        return;
    emit_branch(&c->hot, 0xE9, last ? c->u->module->bias + c->u->hi : hot_address(c, in[1].hot));
}

/* Where checks of the fast path fail. */
static void link_misses(const struct copier *c, const struct insn *in)
{
    if (in->plan.early_miss)
        emit_retarget(&c->cold, in->plan.early_miss, hot_address(c, in->twin));
    if (in->plan.own_miss)
        emit_retarget(&c->cold, in->plan.own_miss,
                      in->plan.widened ? hot_address(c, in->twin) : in->twin_cold);
}

static void copy_twins(struct copier *c)
{
    c->hot_sites = c->nsites;
    c->twin = emit_here(&c->hot);
    c->twin_cold = emit_here(&c->cold);
    for (uint32_t i = 0; i < c->u->n; i++)
        if (c->u->insns[i].plan.in_twin)
            copy_twin(c, i);
    if (c->hot.full || c->cold.full)
        return;
    for (uint32_t i = 0; i < c->u->n; i++)
        link_misses(c, &c->u->insns[i]);
}

/* The loop once more, without checks; then on behind it. */
static void copy_loop(struct copier *c, struct loop *l)
{
    uintptr_t head = 0;
    bool last = l->last + 1 == c->u->n;

    for (uint32_t i = l->head; i <= l->last; i++) {
        struct insn *in = &c->u->insns[i];

        in->fast = here(c);
        if (i == l->head)
            head = loop_emit_fast_head(&c->check, l);
        copy_body(c, in);
    }
    if (c->hot.full || c->cold.full)
        return;
    emit_retarget(&c->hot, c->u->insns[l->last].branch, head);
    emit_branch(&c->hot, 0xE9,
                last ? c->u->module->bias + c->u->hi
                     : hot_address(c, c->u->insns[l->last + 1].hot));
}

/* What the other side is to know of them: the numbers of their checks came last. */
static void copy_loops(struct copier *c)
{
    c->fast = emit_here(&c->hot);
    for (uint32_t k = 0; k < c->u->nloops; k++) {
        struct loop *l = &c->u->loops[k];

        if (!l->strip)
            continue;
        for (uint32_t i = 0; i < l->runtime.n; i++) {
            l->runtime.accesses[i] = l->accesses[i].runtime;
            l->runtime.accesses[i].site = c->u->insns[l->accesses[i].insn].site;
        }
        *l->strip = l->runtime;
        copy_loop(c, l);
    }
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
    if (c->hot.full || c->cold.full)
        return false;
    for (uint32_t i = 0; i < u->n; i++)
        link_branch(c, &u->insns[i]);
    copy_twins(c);
    copy_loops(c);
    return !c->hot.full && !c->cold.full && !c->out_of_reach;
}

static void room_for(const struct unit *u, size_t *hot, size_t *cold, uint32_t *sites)
{
    size_t chunks = 0;

    *hot = 8;
    *sites = 0;
    *sites += u->nloops;
    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];
        uint32_t copies = 1u + in->plan.in_twin + (in->plan.loop > 0);

        *hot += copies * (in->len + 15ul + (in->plan.prefetch ? PREFETCH_BYTES : 0));
        *sites += in->plan.prefetch ? copies : 0;
        if (insn_is_site(in)) {
            *sites += copies;
            chunks += copies * (in->size > 8 ? in->size / 8 : 1ul);
        }
    }
    *hot += chunks * CHECK_BYTES + u->nloops * 2ul * LOOP_HEAD_BYTES;
    *cold = chunks * COLD_BYTES + u->nloops * (size_t)LOOP_STUB_BYTES;
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

/* The copies of a unit: of all instructions, of those with a twin, of loops that are checked ahead. */
enum part { ALL, TWIN, FAST };

/* Where the instruction begins in that part; UINT32_MAX: it is not in it. */
static uint32_t place(const struct copier *c, const struct insn *in, enum part part)
{
    const struct loop *l = loop_of(c, in);

    if (part == TWIN)
        return in->plan.in_twin ? in->twin : UINT32_MAX;
    if (part == FAST)
        return l && l->strip ? in->fast : UINT32_MAX;
    return in->hot;
}

/* Writes the steps, or only counts them. Instructions that are not in the part have no bytes there. */
static uint32_t make_steps(const struct copier *c, enum part part, uint32_t bytes,
                           struct copy_step *steps)
{
    const struct unit *u = c->u;
    uint32_t n = 0, next = bytes;

    for (uint32_t i = u->n; i-- > 0;) {
        uint32_t at = place(c, &u->insns[i], part);

        u->insns[i].steps = at == UINT32_MAX ? 0 : next - at;
        next = at == UINT32_MAX ? next : at;
    }
    for (uint32_t i = 0; i < u->n; i++)
        n = add_step(steps, n, u->insns[i].len, u->insns[i].steps);
    return n;
}

/* Rows [first, first + n) of the sites; code from hot and cold on. */
static struct unit_copy *new_copy(const struct copier *c, enum part part, uint32_t bytes)
{
    uint32_t n = make_steps(c, part, bytes, NULL);
    struct unit_copy *copy = base_arena_alloc(sizeof(*copy) + n * sizeof(copy->steps[0]));

    if (!copy)
        return NULL;
    *copy = (struct unit_copy){ .module = c->u->module, .lo = c->u->lo, .nsteps = n };
    make_steps(c, part, bytes, copy->steps);
    return copy;
}

static struct unit_copy *twin_copy(const struct copier *c)
{
    struct unit_copy *copy = new_copy(c, TWIN, here(c) - (uint32_t)(emit_here(&c->hot) - c->fast));

    if (!copy)
        return NULL;
    copy->first_site = c->first_site + c->hot_sites;
    copy->nsites = c->nsites - c->hot_sites;
    copy->hot = c->twin;
    copy->hot_end = c->fast;
    copy->cold = c->twin_cold;
    copy->cold_end = emit_here(&c->cold);
    return copy;
}

static struct unit_copy *fast_copy(const struct copier *c)
{
    struct unit_copy *copy = new_copy(c, FAST, here(c));

    if (!copy)
        return NULL;
    copy->hot = c->fast;
    copy->hot_end = emit_here(&c->hot);
    copy->cold = copy->cold_end = emit_here(&c->cold);
    return copy;
}

static const struct unit_copy *publish(const struct copier *c, struct copy_area *a)
{
    bool has_twin = c->fast != c->twin, has_fast = emit_here(&c->hot) != c->fast;
    struct unit_copy *twin = has_twin ? twin_copy(c) : NULL, *copy;
    struct unit_copy *fast = has_fast ? fast_copy(c) : NULL;

    copy = new_copy(c, ALL, (uint32_t)(c->twin - a->hot) - (runs_out(c->u) ? 5 : 0));
    if (!copy || (has_twin && !twin) || (has_fast && !fast))
        return NULL;
    copy->twin = twin;
    copy->first_site = c->first_site;
    copy->nsites = c->hot_sites;
    copy->hot = a->hot;
    copy->hot_end = c->twin;
    copy->cold = a->cold;
    copy->cold_end = c->twin_cold;
    copies_publish(a, copy);
    if (twin)
        copies_publish(a, twin);
    if (fast)
        copies_publish(a, fast);
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
    c->check.thunk_dead = a->thunk + COPIES_THUNK;
    c->strip = a->thunk + 2 * COPIES_THUNK;
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
    uint32_t sites;

    room_for(u, &hot, &cold, &sites);
    a = copies_room(u->module, hot, cold, rt);
    c.sites = a ? copies_sites(sites, &c.first_site) : NULL;
    if (!c.sites)
        return NULL;
    c.check = (struct check_context){ .rt = rt,
                                      .hot = &c.hot,
                                      .cold = &c.cold,
                                      .bias = u->module->bias,
                                      .insns = u->insns,
                                      .n = u->n };
    return emit_into(&c, a, hot, cold);
}
