/*
 * rewrite/x86_64/check.c - the compare that is inlined before an access.
 *
 * Hot part (flags dead, a dead register r):              With flags live, r holds the address and rax the flags:
 *
 *   write 4/8  mov %fs:cur_write,%r                         [mov %r,%fs:spill0]      no register is dead
 *              cmp %r,%gs:OP ; jne cold                     lea OP,%r
 *   read 4     mov %gs:OP,%r ; sub %fs:cur_read,%r          [mov %rax,%fs:spill1]    rax is live
 *              cmp $15,%r ; ja cold                         lahf ; seto %al
 *   read 8     mov %gs:OP,%r ; xor %fs:cur_read,%r            ...compare through (%r)...
 *              and %fs:read_mask,%r ; jne cold              add $0x7f,%al ; sahf
 *   1, 2       lea OP,%r ; and $-4 or $-3,%r ; as 4         [restore rax, r]
 *
 * What is named from the thread's own block, at %fs:, has its address from the word at %fs:0, and is compared through it.
 *
 * The store of a pointer to virtual functions begins with cmp %source,OP ; je behind the check: see vptr.c.
 *
 * The XOR form (programs with low addresses, CPUs without wrgsbase) computes the cell's address:
 * lea OP,%r ; xor %fs:plane,%r ; then disp(%r) without a segment.
 *
 * The cold stub first puts registers and flags back as the program has them, calls the thunk with the address in
 * rdi and the site on the stack, and returns behind the check:
 *
 *   [second look, look.c] ; [restore] ; lea -128(%rsp),%rsp ; push %rdi ; lea OP,%rdi ; push $site ; call thunk ; jmp done
 *
 * There are two thunks, one for where the flags are dead. The cold path puts rdi and the stack pointer back. The red zone (System V AMD64 ABI, 3.2.2) is skipped; nothing is written below the stack pointer.
 */
#include "rewrite/x86_64/check.h"

#include "rewrite/x86_64/look.h"

#define COLD_PUSHED 136 /* 128 of red zone and the saved rdi */

struct inlined {
    uint8_t *holes[8]; /* displacements of the jumps that are taken on a miss */
    unsigned n;
    bool looked;   /* these were the second look already */
    uintptr_t hit; /* behind the compares */
};

uint32_t check_operand_regs(const struct insn_operand *m)
{
    return (m->base >= 0 && m->base < 16 ? 1u << m->base : 0) |
           (m->index >= 0 ? 1u << m->index : 0);
}

int check_pick(uint32_t taken)
{
    static const int8_t order[] = { 0, 1, 2, 6, 7, 8, 9, 10, 11, 3, 5, 12, 13, 14, 15 };

    for (unsigned i = 0; i < sizeof(order); i++)
        if (!(taken & 1u << order[i]))
            return order[i];
    return INSN_NONE;
}

#define AROUND 12u /* instructions */

/* Registers that the instructions around the check read or write. */
static uint32_t used_around(const struct check_context *c)
{
    uint32_t lo = c->at > AROUND ? c->at - AROUND : 0, used = 0;
    uint32_t hi = c->at + AROUND < c->n ? c->at + AROUND : c->n;

    for (uint32_t i = lo; i < hi; i++)
        if ((c->insns[i].uses & INSN_ALL_REGS) != INSN_ALL_REGS)
            used |= c->insns[i].uses | c->insns[i].writes;
    return used & INSN_ALL_REGS;
}

int check_pick_live(const struct check_context *c, uint32_t taken)
{
    uint32_t used = used_around(c);

    for (uint32_t i = 0; i < 16; i++) {
        uint32_t r = (c->at * 3 + i) % 16; /* the twin's check takes the same one */

        if (!((taken | used) & 1u << r))
            return (int)r;
    }
    return check_pick(taken);
}

static struct check_plan make_plan(const struct check_context *c, const struct insn *in)
{
    uint32_t operand = check_operand_regs(&in->mem) | 1u << INSN_RSP;
    struct check_plan p = { .flags = (in->live & INSN_FLAGS) != 0 };
    uint32_t barred = operand | (p.flags ? 1u << INSN_RAX : 0);

    p.r = check_pick((in->live & INSN_ALL_REGS) | barred);
    if (p.r < 0) {
        p.spill = true;
        p.r = check_pick_live(c, barred);
    }
    p.save_rax = p.flags && (in->live & 1u << INSN_RAX);
    return p;
}

static void emit_restore(struct emitter *e, const struct check_context *c,
                         const struct check_plan *p)
{
    if (p->flags) {
        emit_bytes(e, "\x04\x7f\x9e", 3); /* add $0x7f,%al ; sahf */
        if (p->save_rax)
            emit_fs(e, true, EMIT_LOAD, INSN_RAX, c->rt->fs_spill + 8);
    }
    if (p->spill)
        emit_fs(e, true, EMIT_LOAD, p->r, c->rt->fs_spill);
}

struct insn_operand check_cell(const struct check_context *c, struct emitter *e, int r)
{
    struct insn_operand cell = { .base = (int8_t)r, .index = INSN_NONE, .scale = 1 };

    if (!c->rt->gs_form) {
        emit_fs(e, true, EMIT_XOR, r, c->rt->fs_plane);
        cell.disp = c->rt->plane_disp;
    }
    return cell;
}

void check_lea(struct emitter *e, int r, const struct insn_operand *m, uintptr_t end)
{
    struct insn_operand at = *m;

    if (m->fs) {
        emit_fs(e, true, EMIT_LOAD, r, 0);
        at.base = (int8_t)r;
        at.fs = false;
    }
    emit_mem(e, EMIT_SEG_NONE, true, EMIT_LEA, r, &at, end);
}

/* r = address of the cell's operand; returns the operand to load it through. */
static struct insn_operand emit_address(const struct check_context *c, const struct insn *in,
                                        const struct check_plan *p, int chunk)
{
    struct insn_operand m = in->mem;

    m.disp += 8 * chunk;
    check_lea(c->hot, p->r, &m, c->bias + in->off + in->len);
    if (p->flags) {
        if (p->save_rax)
            emit_fs(c->hot, true, EMIT_STORE, INSN_RAX, c->rt->fs_spill + 8);
        emit_bytes(c->hot, "\x9f\x0f\x90\xc0", 4); /* lahf ; seto %al */
    }
    if (in->size < 4)
        emit_imm(c->hot, true, EMIT_AND_IMM, p->r, in->size == 1 ? -4 : -3);
    return check_cell(c, c->hot, p->r);
}

/* Compares one cell or pair of cells at seg:m; r may be overwritten. Returns the jump that is taken on a miss. */
static uint8_t emit_compare(const struct check_context *c, const struct insn *in,
                            const struct check_plan *p, const struct insn_operand *m, bool loaded)
{
    uint8_t seg = c->rt->gs_form ? EMIT_SEG_GS : EMIT_SEG_NONE;
    bool wide = in->size >= 8;
    uintptr_t end = c->bias + in->off + in->len;

    if (loaded) { /* cur_write is in r */
        emit_mem(c->hot, seg, wide, EMIT_CMP_STORE, p->r, m, end);
        return EMIT_JNE;
    }
    emit_mem(c->hot, seg, wide, EMIT_LOAD, p->r, m, end);
    if (in->flags & REWRITE_WRITE) {
        emit_fs(c->hot, wide, EMIT_CMP_LOAD, p->r, c->rt->fs_cur_write);
        return EMIT_JNE;
    }
    if (wide) {
        emit_fs(c->hot, true, EMIT_XOR, p->r, c->rt->fs_cur_read);
        emit_fs(c->hot, true, EMIT_AND, p->r, c->rt->fs_read_mask);
        return EMIT_JNE;
    }
    emit_fs(c->hot, false, EMIT_SUB, p->r, c->rt->fs_cur_read); /* leaves the write mask */
    emit_imm(c->hot, false, EMIT_CMP_IMM, p->r, 15);
    return EMIT_JA;
}

/* All compares of the access; the displacements of their jumps go to holes. */
static unsigned emit_compares(const struct check_context *c, const struct insn *in,
                              const struct check_plan *p, uint8_t **holes)
{
    bool direct = c->rt->gs_form && !p->flags && in->size >= 4 && !in->mem.fs,
         write = in->flags & REWRITE_WRITE;
    int chunks = in->size > 8 ? in->size / 8 : 1;
    unsigned n = 0;
    uint8_t miss;

    if (direct && write)
        emit_fs(c->hot, in->size >= 8, EMIT_LOAD, p->r, c->rt->fs_cur_write);
    for (int i = 0; i < chunks; i++) {
        struct insn_operand m = in->mem;

        if (direct)
            m.disp += 8 * i;
        else
            m = emit_address(c, in, p, i);
        miss = emit_compare(c, in, p, &m, direct && write);
        holes[n++] = emit_branch(c->hot, miss, emit_here(c->hot));
    }
    return n;
}

static void emit_cold(struct check_context *c, const struct insn *in, uint32_t number,
                      const struct check_plan *p, uintptr_t done)
{
    struct emitter *e = c->cold;

    if (p)
        emit_restore(e, c, p);
    emit_bytes(e, "\x48\x8d\x64\x24\x80\x57", 6); /* lea -128(%rsp),%rsp ; push %rdi */
    if (in->access != INSN_STRING) {
        struct insn_operand m = in->mem;

        m.disp += m.base == INSN_RSP ? COLD_PUSHED : 0;
        check_lea(e, INSN_RDI, &m, c->bias + in->off + in->len);
    }
    emit_u8(e, 0x68); /* push $site */
    emit_u32(e, number);
    emit_branch(e, 0xE8, p && !p->flags ? c->thunk_dead : c->thunk);
    emit_branch(e, 0xE9, done);
}

/* Without an inlined compare: straight to the cold stub. */
static void emit_always(struct check_context *c, const struct insn *in, uint32_t number)
{
    emit_branch(c->hot, 0xE9, emit_here(c->cold));
    emit_cold(c, in, number, NULL, emit_here(c->hot));
}

/* Jumps over the check where memory has what will be stored; NULL: it may have any value, or the flags stand in the way. */
static uint8_t *emit_same(const struct check_context *c, const struct insn *in,
                          const struct check_plan *p)
{
    if (!in->same || p->flags || in->mem.fs)
        return NULL;
    emit_mem(c->hot, EMIT_SEG_NONE, true, EMIT_CMP_STORE, in->same - 1, &in->mem,
             c->bias + in->off + in->len);
    return emit_branch(c->hot, EMIT_JE, emit_here(c->hot));
}

/* The compares of `in`, which lead to the second look. */
static void emit_inline(struct check_context *c, const struct insn *in, const struct check_plan *p,
                        struct inlined *out)
{
    uint8_t *same;

    if (p->spill)
        emit_fs(c->hot, true, EMIT_STORE, p->r, c->rt->fs_spill);
    same = emit_same(c, in, p);
    out->holes[0] = look_emit_inline(c, in, p);
    out->looked = out->holes[0] != NULL;
    out->n = out->looked ? 1 : emit_compares(c, in, p, out->holes);
    out->hit = emit_here(c->hot);
    if (same && !c->hot->full)
        emit_retarget(c->hot, same, out->hit);
    emit_restore(c->hot, c, p);
}

/* The second look, at the head of the cold part; what follows there is done where it does not know the access either. */
static void emit_look(struct check_context *c, const struct insn *in, const struct check_plan *p,
                      const struct inlined *inlined, struct rewrite_site *site)
{
    uintptr_t look = emit_here(c->cold);

    if (!inlined->looked)
        look_emit(c, in, p, inlined->hit);
    site->look = (uint16_t)(emit_here(c->cold) - look);
    if (c->hot->full || c->cold->full)
        return;
    for (unsigned i = 0; i < inlined->n; i++)
        emit_retarget(c->hot, inlined->holes[i], look);
}

static void begin(const struct check_context *c, struct rewrite_site *site)
{
    site->copy = (int32_t)(emit_here(c->hot) - site->pc);
    site->cold = (int32_t)(emit_here(c->cold) - site->pc);
    site->look = 0;
}

static void end(const struct check_context *c, struct rewrite_site *site)
{
    site->check = (uint16_t)(emit_here(c->hot) - (site->pc + site->copy));
}

void check_emit(struct check_context *c, const struct insn *in, uint32_t number,
                struct rewrite_site *site)
{
    struct check_plan p = make_plan(c, in);
    struct inlined inlined;

    begin(c, site);
    if (!c->rt->checks)
        return;
    if (in->access == INSN_CHECKED && !(p.flags && in->size > 8)) {
        emit_inline(c, in, &p, &inlined);
        emit_look(c, in, &p, &inlined, site);
        emit_cold(c, in, number, &p, emit_here(c->hot));
    } else {
        emit_always(c, in, number);
    }
    end(c, site);
}

uint8_t *check_emit_fast(struct check_context *c, const struct insn *in, bool put_back,
                         struct rewrite_site *site)
{
    struct check_plan p = make_plan(c, in);
    struct inlined inlined;
    uint8_t *jump;

    begin(c, site);
    emit_inline(c, in, &p, &inlined);
    emit_look(c, in, &p, &inlined, site);
    if (put_back)
        emit_restore(c->cold, c, &p);
    jump = emit_branch(c->cold, 0xE9, emit_here(c->cold));
    end(c, site);
    return jump;
}
