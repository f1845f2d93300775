/*
 * tests/differential/vector.c - SSE, AVX and AVX-512 instructions with a memory operand, from a table.
 *
 * A row is encoded as legacy SSE, VEX or EVEX, in every length it has and this processor knows. Legacy packed operands
 * must be aligned; EVEX adds masks, zeroing and broadcasts.
 */
#include "generate.h"

enum { SSE = 1, VEX = 2, EVEX = 4 };
enum { FULL = 0, HALF = 65, QUARTER = 66, EIGHTH = 67 }; /* of the vector; else a number of bytes */

#define STORE 1u
#define THREE 2u   /* has a second source */
#define ALIGNED 4u /* in every encoding */
#define IMM 8u
#define UNALIGNED 16u /* legacy too */
#define WIDE 32u      /* at least 256 bits */
#define ONE 64u       /* 128 bits only */
#define TO_GPR 128u
#define TO_MASK 256u
#define SETS_FLAGS 512u
#define W_IN_ALL 1024u /* W counts in VEX too */
#define ONLY_256 2048u
#define NO_MASK 4096u

struct row {
    uint8_t pp, map, opcode, w, bytes, element, encodings;
    uint32_t how;
};

static const struct row rows[] = {
    { 0, 1, 0x10, 0, FULL, 4, SSE | VEX | EVEX, UNALIGNED },
    { 0, 1, 0x11, 0, FULL, 4, SSE | VEX | EVEX, UNALIGNED | STORE },
    { 1, 1, 0x10, 1, FULL, 8, SSE | VEX | EVEX, UNALIGNED },
    { 1, 1, 0x11, 1, FULL, 8, SSE | VEX | EVEX, UNALIGNED | STORE },
    { 2, 1, 0x6F, 0, FULL, 4, SSE | VEX | EVEX, UNALIGNED },
    { 2, 1, 0x7F, 0, FULL, 4, SSE | VEX | EVEX, UNALIGNED | STORE },
    { 2, 1, 0x7F, 1, FULL, 8, EVEX, UNALIGNED | STORE },
    { 3, 1, 0x6F, 0, FULL, 1, EVEX, UNALIGNED },
    { 3, 1, 0x7F, 0, FULL, 1, EVEX, UNALIGNED | STORE },
    { 3, 1, 0x7F, 1, FULL, 2, EVEX, UNALIGNED | STORE },
    { 0, 1, 0x28, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED },
    { 0, 1, 0x29, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED | STORE },
    { 1, 1, 0x6F, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED },
    { 1, 1, 0x7F, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED | STORE },
    { 0, 1, 0x2B, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED | STORE | NO_MASK },
    { 1, 1, 0xE7, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED | STORE | NO_MASK },
    { 1, 2, 0x2A, 0, FULL, 4, SSE | VEX | EVEX, ALIGNED | NO_MASK },
    { 3, 1, 0xF0, 0, FULL, 4, SSE | VEX, UNALIGNED },
    /* one element, two elements */
    { 2, 1, 0x10, 0, 4, 4, SSE | VEX | EVEX, ONE },
    { 2, 1, 0x11, 0, 4, 4, SSE | VEX | EVEX, ONE | STORE },
    { 3, 1, 0x10, 1, 8, 8, SSE | VEX | EVEX, ONE },
    { 3, 1, 0x11, 1, 8, 8, SSE | VEX | EVEX, ONE | STORE },
    { 1, 1, 0x6E, 0, 4, 4, SSE | VEX | EVEX, ONE | NO_MASK | W_IN_ALL },
    { 1, 1, 0x7E, 0, 4, 4, SSE | VEX | EVEX, ONE | STORE | NO_MASK | W_IN_ALL },
    { 1, 1, 0x7E, 1, 8, 8, SSE | VEX | EVEX, ONE | STORE | NO_MASK | W_IN_ALL },
    { 2, 1, 0x7E, 1, 8, 8, SSE | VEX | EVEX, ONE | NO_MASK },
    { 1, 1, 0xD6, 1, 8, 8, SSE | VEX | EVEX, ONE | STORE | NO_MASK },
    { 0, 1, 0x12, 0, 8, 8, SSE | VEX | EVEX, ONE | THREE | NO_MASK },
    { 0, 1, 0x13, 0, 8, 8, SSE | VEX | EVEX, ONE | STORE | NO_MASK },
    { 0, 1, 0x16, 0, 8, 8, SSE | VEX | EVEX, ONE | THREE | NO_MASK },
    { 1, 1, 0x17, 1, 8, 8, SSE | VEX | EVEX, ONE | STORE | NO_MASK },
    { 3, 1, 0x12, 1, 8, 8, SSE | VEX | EVEX, ONE },
    { 2, 1, 0x16, 0, FULL, 4, SSE | VEX | EVEX, 0 },
    /* arithmetic */
    { 0, 1, 0x58, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 1, 0x59, 1, FULL, 8, SSE | VEX | EVEX, THREE },
    { 0, 1, 0x5D, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 0, 1, 0x54, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 0, 1, 0x57, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 0, 1, 0x14, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xFE, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xD4, 1, FULL, 8, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xDB, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xEF, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xFC, 0, FULL, 1, SSE | VEX | EVEX, THREE },
    { 1, 1, 0xF5, 0, FULL, 2, SSE | VEX | EVEX, THREE },
    { 1, 1, 0x74, 0, FULL, 1, SSE | VEX, THREE },
    { 1, 1, 0xF6, 0, FULL, 2, SSE | VEX | EVEX, THREE | NO_MASK },
    { 1, 1, 0x63, 0, FULL, 2, SSE | VEX | EVEX, THREE },
    { 1, 2, 0x00, 0, FULL, 1, SSE | VEX | EVEX, THREE },
    { 1, 2, 0x40, 0, FULL, 4, SSE | VEX | EVEX, THREE },
    { 1, 3, 0x0F, 0, FULL, 1, SSE | VEX | EVEX, THREE | IMM },
    { 1, 1, 0x70, 0, FULL, 4, SSE | VEX | EVEX, IMM },
    { 0, 1, 0xC6, 0, FULL, 4, SSE | VEX | EVEX, THREE | IMM },
    { 2, 1, 0x58, 0, 4, 4, SSE | VEX | EVEX, THREE | ONE },
    { 3, 1, 0x59, 1, 8, 8, SSE | VEX | EVEX, THREE | ONE },
    { 1, 2, 0xDC, 0, FULL, 4, SSE | VEX | EVEX, THREE | NO_MASK },
    { 1, 3, 0x44, 0, FULL, 8, SSE | VEX | EVEX, THREE | IMM | NO_MASK },
    { 1, 2, 0xA8, 0, FULL, 4, VEX | EVEX, THREE | W_IN_ALL },
    { 1, 2, 0xB8, 1, FULL, 8, VEX | EVEX, THREE | W_IN_ALL },
    { 1, 3, 0x25, 0, FULL, 4, EVEX, THREE | IMM },
    /* conversions, to and from general registers, flags, masks */
    { 3, 1, 0x2A, 0, 4, 4, SSE | VEX | EVEX, THREE | ONE | W_IN_ALL | NO_MASK },
    { 3, 1, 0x2A, 1, 8, 8, SSE | VEX | EVEX, THREE | ONE | W_IN_ALL | NO_MASK },
    { 3, 1, 0x2C, 1, 8, 8, SSE | VEX, ONE | TO_GPR | W_IN_ALL },
    { 2, 1, 0x2D, 0, 4, 4, SSE | VEX, ONE | TO_GPR | W_IN_ALL },
    { 1, 1, 0x2E, 1, 8, 8, SSE | VEX | EVEX, ONE | SETS_FLAGS | NO_MASK },
    { 0, 1, 0x2F, 0, 4, 4, SSE | VEX | EVEX, ONE | SETS_FLAGS | NO_MASK },
    { 1, 2, 0x17, 0, FULL, 4, SSE | VEX, SETS_FLAGS },
    { 1, 3, 0x1F, 0, FULL, 4, EVEX, THREE | IMM | TO_MASK },
    { 2, 1, 0xE6, 0, HALF, 4, SSE | VEX | EVEX, 0 },
    { 0, 1, 0x5A, 0, HALF, 4, SSE | VEX | EVEX, 0 },
    { 1, 2, 0x30, 0, HALF, 1, SSE | VEX | EVEX, 0 },
    { 1, 2, 0x31, 0, QUARTER, 1, SSE | VEX | EVEX, 0 },
    { 1, 2, 0x32, 0, EIGHTH, 1, SSE | VEX | EVEX, 0 },
    { 1, 2, 0x25, 0, HALF, 4, SSE | VEX | EVEX, 0 },
    { 2, 2, 0x31, 0, QUARTER, 1, EVEX, STORE },
    { 2, 2, 0x35, 0, HALF, 4, EVEX, STORE },
    { 2, 2, 0x30, 0, HALF, 1, EVEX, STORE },
    { 1, 3, 0x1D, 0, HALF, 2, VEX | EVEX, STORE | IMM },
    /* broadcasts, parts */
    { 1, 2, 0x18, 0, 4, 4, VEX | EVEX, 0 },
    { 1, 2, 0x19, 1, 8, 8, EVEX, WIDE },
    { 1, 2, 0x78, 0, 1, 1, VEX | EVEX, 0 },
    { 1, 2, 0x79, 0, 2, 2, VEX | EVEX, 0 },
    { 1, 2, 0x58, 0, 4, 4, VEX | EVEX, 0 },
    { 1, 2, 0x59, 1, 8, 8, EVEX, 0 },
    { 1, 2, 0x5A, 0, 16, 4, VEX | EVEX, WIDE },
    { 1, 3, 0x38, 0, 16, 4, VEX | EVEX, WIDE | THREE | IMM },
    { 1, 3, 0x39, 0, 16, 4, VEX | EVEX, WIDE | STORE | IMM },
    { 1, 3, 0x20, 0, 1, 1, SSE | VEX | EVEX, ONE | THREE | IMM | NO_MASK },
    { 1, 1, 0xC4, 0, 2, 2, SSE | VEX | EVEX, ONE | THREE | IMM | NO_MASK },
    { 1, 3, 0x22, 0, 4, 4, SSE | VEX | EVEX, ONE | THREE | IMM | NO_MASK | W_IN_ALL },
    { 1, 3, 0x14, 0, 1, 1, SSE | VEX | EVEX, ONE | STORE | IMM | NO_MASK },
    { 1, 3, 0x15, 0, 2, 2, SSE | VEX | EVEX, ONE | STORE | IMM | NO_MASK },
    { 1, 3, 0x16, 1, 8, 8, SSE | VEX | EVEX, ONE | STORE | IMM | NO_MASK | W_IN_ALL },
    /* masked by a vector, packed by a mask */
    { 1, 2, 0x2C, 0, FULL, 4, VEX, THREE },
    { 1, 2, 0x2E, 0, FULL, 4, VEX, THREE | STORE },
    { 1, 2, 0x8C, 1, FULL, 8, VEX, THREE | W_IN_ALL },
    { 1, 2, 0x8E, 0, FULL, 4, VEX, THREE | STORE | W_IN_ALL },
    { 1, 2, 0x8B, 0, FULL, 4, EVEX, STORE | UNALIGNED },
    { 1, 2, 0x89, 1, FULL, 8, EVEX, UNALIGNED },
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint8_t known_encodings(void)
{
    static uint8_t known;

    if (!known)
        known = SSE | (__builtin_cpu_supports("avx2") ? VEX : 0) |
                (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("vaes")
                     ? EVEX
                     : 0);
    return known;
}

static unsigned pick_encoding(struct sequence *q, const struct row *row)
{
    unsigned may = row->encodings & known_encodings(), one;

    if (!may)
        return 0;
    do
        one = 1u << below(q, 3);
    while (!(may & one));
    return one;
}

static unsigned pick_length(struct sequence *q, const struct row *row, unsigned encoding)
{
    if (row->how & ONE || encoding == SSE)
        return 0;
    if (row->how & WIDE)
        return encoding == EVEX ? 1 + below(q, 2) : 1;
    return below(q, encoding == EVEX ? 3 : 2);
}

static unsigned operand_bytes(const struct row *row, unsigned length)
{
    unsigned whole = 16u << length;

    switch (row->bytes) {
    case FULL: return whole;
    case HALF: return whole / 2;
    case QUARTER: return whole / 4;
    case EIGHTH: return whole / 8;
    default: return row->bytes;
    }
}

/* Rows whose elements are of 4 or 8 bytes and whose second source is a whole vector. */
static bool can_broadcast(const struct row *row)
{
    return row->bytes == FULL && (row->how & THREE) && row->element >= 4 && !(row->how & NO_MASK) &&
           !(row->how & STORE);
}

static void pick_mask(struct sequence *q, const struct row *row, struct vex *v)
{
    if (row->how & (NO_MASK | TO_GPR) || chance(q, 50))
        return;
    v->mask = (uint8_t)below(q, 8);
    v->zeroing = v->mask && !(row->how & (STORE | TO_MASK)) && chance(q, 40);
}

static unsigned alignment(const struct row *row, unsigned encoding, unsigned bytes)
{
    if (row->how & ALIGNED)
        return bytes;
    return encoding == SSE && row->bytes == FULL && !(row->how & UNALIGNED) ? 16 : 1;
}

static int pick_destination(struct sequence *q, const struct row *row, unsigned encoding)
{
    if (row->how & TO_GPR)
        return pick_write(q);
    if (row->how & TO_MASK)
        return (int)below(q, 8);
    return (int)below(q, encoding == EVEX ? 32 : 16);
}

static void put_row(struct sequence *q, const struct row *row, unsigned encoding, struct vex *v,
                    int reg, const struct operand *m)
{
    static const uint32_t mandatory[] = { 0, PREFIX_66, PREFIX_F3, PREFIX_F2 };
    unsigned imm = row->how & IMM ? 1 : 0;

    if (encoding == SSE)
        put_legacy(q, mandatory[row->pp] | (row->how & W_IN_ALL && row->w ? PREFIX_W : 0), row->map,
                   row->opcode, reg, m, imm);
    else if (encoding == VEX)
        put_vex(q, v, row->opcode, reg, m, imm);
    else
        put_evex(q, v, row->opcode, reg, m, imm);
    put(q, below(q, 256), imm);
}

static void step_row(struct sequence *q)
{
    const struct row *row = &rows[below(q, ROWS)];
    unsigned encoding = pick_encoding(q, row), bytes;
    struct vex v = { .pp = row->pp, .map = row->map, .index = NONE };
    struct operand m;
    int reg;

    if (!encoding)
        return;
    v.length = (uint8_t)pick_length(q, row, encoding);
    v.w = encoding == EVEX || row->how & W_IN_ALL ? row->w : 0;
    v.second = row->how & THREE ? (int)below(q, encoding == EVEX ? 32 : 16) : 0;
    bytes = operand_bytes(row, v.length);
    if (encoding == EVEX) {
        pick_mask(q, row, &v);
        v.broadcast = can_broadcast(row) && chance(q, 25);
        bytes = v.broadcast ? row->element : bytes;
        v.disp8 =
            (uint8_t)(row->opcode == 0x8B || (row->opcode == 0x89 && row->map == 2) ? row->element
                                                                                    : bytes);
    }
    m = pick_memory(q, bytes, alignment(row, encoding, bytes), row->how & STORE);
    reg = pick_destination(q, row, encoding);
    put_row(q, row, encoding, &v, reg, &m);
    if (row->how & TO_GPR)
        now_any(q, reg, row->w ? 8 : 4);
    if (row->how & SETS_FLAGS)
        note_flags(q, FLAGS, 0);
}

/* kmovb, kmovw, kmovd, kmovq */
static void step_mask_register(struct sequence *q)
{
    static const uint8_t bytes[2][2] = { { 2, 8 }, { 1, 4 } }; /* by pp, w */
    struct vex v = {
        .map = 1, .pp = (uint8_t)below(q, 2), .w = (uint8_t)below(q, 2), .index = NONE
    };
    bool write = chance(q, 50);
    struct operand m;

    if (!(known_encodings() & EVEX))
        return;
    m = pick_memory(q, bytes[v.pp][v.w], 1, write);
    put_vex(q, &v, write ? 0x91 : 0x90, (int)below(q, 8), &m, 0);
}

/* Indexes come from `homes`: within 32 elements of 8 bytes. */
static void load_indexes(struct sequence *q, int reg, bool wide, unsigned length, bool evex)
{
    struct vex v = {
        .pp = 2, .map = 1, .w = evex && wide, .length = (uint8_t)length, .index = NONE
    };
    struct operand m = at_home(q, HOME_INDEXES + (wide ? 0 : 16));

    if (evex)
        put_evex(q, &v, 0x6F, reg, &m, 0);
    else
        put_vex(q, &v, 0x6F, reg, &m, 0);
}

/* Gathers; scatters have EVEX only. Destination, index and mask are different registers. */
static void step_gather(struct sequence *q)
{
    bool evex = known_encodings() & EVEX && chance(q, 50), scatter = evex && chance(q, 50);
    bool wide_index = chance(q, 50);
    struct vex v = { .pp = 1, .map = 2, .w = (uint8_t)below(q, 2) };
    int first = (int)below(q, evex ? 30 : 14);
    struct operand m;

    if (!(known_encodings() & VEX))
        return;
    v.length = (uint8_t)below(q, evex ? 3 : 2);
    v.index = first + 1;
    v.second = evex ? 0 : first + 2;
    v.mask = evex ? (uint8_t)(1 + below(q, 7)) : 0;
    v.disp8 = v.w ? 8 : 4;
    load_indexes(q, v.index, wide_index, v.length, evex);
    m = at(pick_pointer(q, (int)below(q, REGION_STACK)), 0);
    m.disp = REGION_BYTES / 2 - q->s.r[m.base].lo;
    m.scale = 1 << below(q, 4);
    if (evex)
        put_evex(q, &v, (uint8_t)((scatter ? 0xA0 : 0x90) + wide_index), first, &m, 0);
    else
        put_vex(q, &v, (uint8_t)(0x90 + wide_index), first, &m, 0);
}

static void step_masked_bytes(struct sequence *q)
{
    struct operand rm = in_register((int)below(q, 16));

    if (q->barred >> RDI & 1)
        return;
    make_pointer(q, RDI, (int)below(q, REGION_STACK));
    put_legacy(q, PREFIX_66, 1, 0xF7, (int)below(q, 16), &rm, 0);
}

void step_vector(struct sequence *q)
{
    uint32_t kind = below(q, 100);

    if (kind < 84)
        step_row(q);
    else if (kind < 90)
        step_mask_register(q);
    else if (kind < 96)
        step_gather(q);
    else
        step_masked_bytes(q);
}
