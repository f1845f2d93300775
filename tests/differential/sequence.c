/*
 * tests/differential/sequence.c - a sequence from its beginning to its end: what it may count on, its steps, what is compared.
 *
 * Half of them keep to the ABI, and at their ends only what the ABI keeps is compared; they may be called by others. The
 * others jump to the host with everything alive.
 */
#include <string.h>

#include "generate.h"

static void make_step(struct sequence *q)
{
    static const struct {
        uint32_t share;
        void (*step)(struct sequence *);
    } kinds[] = { { 42, step_scalar }, { 8, step_pointer }, { 14, step_special },
                  { 17, step_vector }, { 4, step_x87 },     { 4, step_string },
                  { 100, step_flow } };
    uint32_t at_most = below(q, 100);

    for (unsigned i = 0;; i++) {
        if (at_most < kinds[i].share) {
            kinds[i].step(q);
            return;
        }
        at_most -= kinds[i].share;
    }
}

static uint64_t name_step(uint64_t parent, uint32_t number)
{
    uint64_t x = (parent ^ number * 0x9E3779B97F4A7C15ull) * 0xD6E8FEB86659FD93ull;

    return (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
}

/* Each step has random numbers of its own, so that leaving one out changes the others little. A step that does not fit
 * is undone and is the last. */
void make_steps(struct sequence *q, unsigned n)
{
    uint64_t step = q->name, rng = q->rng, parent = name_step(step, 1000 + q->block);
    uint32_t block = q->block + 1;

    q->depth++;
    for (unsigned i = 0; i < n; i++) {
        struct sequence before = *q;

        q->name = name_step(parent, i);
        if (is_left_out(q->name))
            continue;
        q->rng = q->name | 1;
        q->block = 0;
        make_step(q);
        if (q->full) {
            *q = before;
            break;
        }
        list_step(q, before.length);
    }
    q->depth--;
    q->name = step;
    q->rng = rng;
    q->block = block;
}

static void start_open(struct sequence *q)
{
    for (int i = 0; i < 16; i++)
        q->s.r[i] = (struct value){ .kind = ANY };
    q->s.r[RBX] = (struct value){ POINTER, REGION_DATA, POINTER_LO, POINTER_HI };
    q->s.r[RSI] = (struct value){ POINTER, REGION_HIGH, POINTER_LO, POINTER_HI };
    q->s.r[RDI] = (struct value){ POINTER, REGION_HEAP, POINTER_LO, POINTER_HI };
    q->s.r[R12] = (struct value){ POINTER, REGION_LOW, POINTER_LO, POINTER_HI };
    q->s.r[RCX] = (struct value){ INDEX, 0, INDEX_LO, INDEX_HI };
    q->s.r[R8] = (struct value){ INDEX, 0, 0, INDEX_HI };
    q->barred = 1u << RSP;
}

/* Called from anywhere: only arguments hold something. Returns the saved registers. */
static uint32_t start_abi(struct sequence *q)
{
    uint32_t saved = (uint32_t)random_word(q) & (uint32_t)random_word(q) & CALLEE_SAVED;

    for (int i = 0; i < 16; i++)
        q->s.r[i] = (struct value){ .kind = DEAD };
    q->s.r[RDI] = (struct value){ POINTER, REGION_HEAP, POINTER_LO, POINTER_HI };
    q->s.r[RSI] = (struct value){ POINTER, REGION_HIGH, POINTER_LO, POINTER_HI };
    q->s.r[RCX] = (struct value){ INDEX, 0, INDEX_LO, INDEX_HI };
    q->s.r[R8] = (struct value){ INDEX, 0, 0, INDEX_HI };
    q->s.r[RDX].kind = q->s.r[R9].kind = ANY;
    q->s.undefined = FLAGS;
    q->barred = 1u << RSP | (CALLEE_SAVED & ~saved);
    return saved;
}

static void put_saved(struct sequence *q, uint32_t saved, bool push)
{
    for (int i = 0; i < 16; i++) {
        int reg = push ? i : 15 - i;

        if (!(saved >> reg & 1))
            continue;
        if (reg & 8)
            put(q, 0x41, 1);
        put(q, (push ? 0x50u : 0x58u) | (unsigned)(reg & 7), 1);
        q->s.r[RSP].lo += push ? -8 : 8;
        q->s.r[RSP].hi = q->s.r[RSP].lo;
    }
}

static void set_compared(struct sequence *q, const struct compared *c)
{
    memcpy(q->image->masks.bytes + sizeof(*c) * q->slot, c, sizeof(*c));
}

static void end_open(struct sequence *q)
{
    struct compared c = { 0, (FLAGS | DF) & ~q->s.undefined };
    struct operand m = at_home(q, HOME_EXIT);

    for (int i = 0; i < 16; i++)
        c.registers |= (uint32_t)(q->s.r[i].kind != DEAD) << i;
    put_legacy(q, 0, 0, 0xFF, 4, &m, 0);
    set_compared(q, &c);
}

static void end_abi(struct sequence *q, uint32_t saved)
{
    uint32_t dead = q->written & CALLER_SAVED & ~RESULTS;
    struct compared c = { 0xFFFF & ~dead, DF };

    put_saved(q, saved, false);
    put(q, 0xC3, 1);
    q->image->callee[q->slot] = (struct callee){ true, dead };
    set_compared(q, &c);
}

void make_sequence(struct sequence *q)
{
    uint32_t all = q->room, saved = 0;

    q->abi = q->slot < HOME_SLOT_COUNT || chance(q, 40);
    if (q->abi)
        saved = start_abi(q);
    else
        start_open(q);
    q->s.r[RSP] = (struct value){ POINTER, REGION_STACK, STACK_START - 8, STACK_START - 8 };
    put_saved(q, saved, true);
    q->room -= 16;
    make_steps(q, chance(q, 70) ? 100 : 1 + below(q, 20));
    q->room = all;
    if (q->abi)
        end_abi(q, saved);
    else
        end_open(q);
}
