/*
 * tests/differential/strings.c - movs, stos, lods, scas, cmps: every size, repetition and direction; 32-bit addresses, and
 * fs: where the source is read.
 */
#include "generate.h"

enum { MOVS = 0xA4, CMPS = 0xA6, STOS = 0xAA, LODS = 0xAC, SCAS = 0xAE };

static bool uses_si(uint8_t opcode)
{
    return opcode == MOVS || opcode == CMPS || opcode == LODS;
}

static bool uses_di(uint8_t opcode)
{
    return opcode != LODS;
}

/* A 32-bit address with anything above it. */
static void make_narrow_pointer(struct sequence *q, int reg)
{
    put(q, 0xB848u | (unsigned)(reg & 7) << 8, 2); /* movabs */
    put(q, LOW_ADDRESS + REGION_BYTES / 2 + below(q, 64), 4);
    put(q, chance(q, 50) ? 0 : below(q, 1 << 16), 4);
    now_any(q, reg, 8);
}

static void make_thread_local(struct sequence *q)
{
    load_immediate(q, RSI, (int32_t)q->image->tls_offset + TLS_BYTES / 2);
    q->s.r[RSI].kind = ANY;
}

static void set_up(struct sequence *q, uint8_t opcode, bool narrow, bool fs)
{
    if (uses_di(opcode)) {
        if (narrow)
            make_narrow_pointer(q, RDI);
        else
            make_pointer(q, RDI, (int)below(q, REGION_STACK));
    }
    if (!uses_si(opcode))
        return;
    if (fs)
        make_thread_local(q);
    else if (narrow)
        make_narrow_pointer(q, RSI);
    else
        make_pointer(q, RSI, (int)below(q, REGION_STACK));
}

/* Moved by up to `by` in either direction. */
static void moved(struct sequence *q, int reg, int32_t by, bool narrow)
{
    struct value *v = &q->s.r[reg];

    if (narrow || v->kind != POINTER) {
        now_any(q, reg, 8);
        return;
    }
    v->lo -= by;
    v->hi += by;
    q->written |= 1u << reg;
}

static void put_string(struct sequence *q, uint8_t opcode, unsigned size, uint32_t repeat,
                       bool narrow, bool fs)
{
    if (fs)
        put(q, 0x64, 1);
    if (narrow)
        put(q, 0x67, 1);
    if (size == 2)
        put(q, 0x66, 1);
    if (repeat)
        put(q, repeat == 1 ? 0xF3 : 0xF2, 1);
    if (size == 8)
        put(q, 0x48, 1);
    put(q, opcode + (size > 1), 1);
}

void step_string(struct sequence *q)
{
    static const uint8_t opcodes[] = { MOVS, CMPS, STOS, LODS, SCAS };
    uint8_t opcode = opcodes[below(q, 5)];
    unsigned size = 1u << below(q, 4);
    bool narrow = chance(q, q->image->fixed ? 12 : 4),
         fs = !narrow && uses_si(opcode) && chance(q, 8);
    uint32_t repeat = below(q, 3), count = fs ? below(q, 12) : below(q, 60);
    bool compares = opcode == CMPS || opcode == SCAS, turn = chance(q, 25);

    if (q->barred & (1u << RCX | 1u << RSI | 1u << RDI | (opcode == LODS ? 1u << RAX : 0)) ||
        q->s.r[RAX].kind == DEAD)
        return;
    set_up(q, opcode, narrow, fs);
    if (repeat)
        load_immediate(q, RCX, (int32_t)count);
    if (turn)
        put(q, q->s.down ? 0xFC : 0xFD, 1);
    put_string(q, opcode, size, repeat, narrow, fs);
    if (turn)
        put(q, q->s.down ? 0xFD : 0xFC, 1);
    if (uses_di(opcode))
        moved(q, RDI, 512, narrow);
    if (uses_si(opcode))
        moved(q, RSI, 512, narrow);
    if (repeat)
        now_index(q, RCX, 0, (int32_t)count);
    if (compares)
        note_flags(q, repeat && !count ? 0 : FLAGS, 0);
    if (opcode == LODS)
        now_any(q, RAX, repeat && !count ? 1 : size);
}
