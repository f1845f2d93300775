/*
 * tests/differential/scalar.c - general-register instructions with one ModRM operand, from a table.
 *
 * Flags read, defined and undefined: AMD64 Architecture Programmer's Manual, volume 3.
 */
#include "generate.h"

enum action { N, R, W, RW };

/* How a row departs from the plain case. */
#define PAIR 1u    /* opcode is the byte form, opcode + 1 the others */
#define LOCKS 2u   /* may have a LOCK prefix with memory */
#define SHIFT 4u   /* leaves flags alone for a count of 0 */
#define CC 8u      /* a condition in the opcode */
#define ONLY_M 16u /* r/m is memory */
#define ONLY_R 32u
#define ADDRESS 64u /* names memory, does not touch it */
#define NARROW 128u /* r/m has half the size, or less: movzx and the like */
#define WITH_RAX 256u
#define WITH_RDX 512u
#define BYTE_RM 1024u /* r/m is a byte */
#define BY_CL 2048u
#define WIDE_REG 4096u /* the register is written as 32 or 64 bits whatever r/m is */

#define S1 1u
#define S2 2u
#define S4 4u
#define S8 8u
#define SX (S2 | S4 | S8)
#define SA (S1 | SX)
#define LOGIC (FLAGS & ~AF), AF
#define ALL_DEFINED FLAGS, 0
#define NO_FLAGS 0, 0

struct row {
    uint8_t map, opcode, digit, prefix; /* digit: 8 is a register */
    uint32_t sizes;
    uint8_t reg, rm, imm; /* imm: 0 none, 1 a byte, 2 up to 32 bits */
    uint32_t how, reads, defines, undefines;
};

static const struct row rows[] = {
    /* add or adc sbb and sub xor cmp: r/m, r */
    { 0, 0x00, 8, 0, SA, R, RW, 0, PAIR | LOCKS, 0, ALL_DEFINED },
    { 0, 0x08, 8, 0, SA, R, RW, 0, PAIR | LOCKS, 0, LOGIC },
    { 0, 0x10, 8, 0, SA, R, RW, 0, PAIR | LOCKS, CF, ALL_DEFINED },
    { 0, 0x18, 8, 0, SA, R, RW, 0, PAIR | LOCKS, CF, ALL_DEFINED },
    { 0, 0x20, 8, 0, SA, R, RW, 0, PAIR | LOCKS, 0, LOGIC },
    { 0, 0x28, 8, 0, SA, R, RW, 0, PAIR | LOCKS, 0, ALL_DEFINED },
    { 0, 0x30, 8, 0, SA, R, RW, 0, PAIR | LOCKS, 0, LOGIC },
    { 0, 0x38, 8, 0, SA, R, R, 0, PAIR, 0, ALL_DEFINED },
    /* the same: r, r/m */
    { 0, 0x02, 8, 0, SA, RW, R, 0, PAIR, 0, ALL_DEFINED },
    { 0, 0x0A, 8, 0, SA, RW, R, 0, PAIR, 0, LOGIC },
    { 0, 0x12, 8, 0, SA, RW, R, 0, PAIR, CF, ALL_DEFINED },
    { 0, 0x1A, 8, 0, SA, RW, R, 0, PAIR, CF, ALL_DEFINED },
    { 0, 0x22, 8, 0, SA, RW, R, 0, PAIR, 0, LOGIC },
    { 0, 0x2A, 8, 0, SA, RW, R, 0, PAIR, 0, ALL_DEFINED },
    { 0, 0x32, 8, 0, SA, RW, R, 0, PAIR, 0, LOGIC },
    { 0, 0x3A, 8, 0, SA, R, R, 0, PAIR, 0, ALL_DEFINED },
    /* the same: r/m, number */
    { 0, 0x80, 0, 0, SA, N, RW, 2, PAIR | LOCKS, 0, ALL_DEFINED },
    { 0, 0x80, 2, 0, SA, N, RW, 2, PAIR | LOCKS, CF, ALL_DEFINED },
    { 0, 0x80, 3, 0, SA, N, RW, 2, PAIR | LOCKS, CF, ALL_DEFINED },
    { 0, 0x80, 4, 0, SA, N, RW, 2, PAIR | LOCKS, 0, LOGIC },
    { 0, 0x80, 7, 0, SA, N, R, 2, PAIR, 0, ALL_DEFINED },
    { 0, 0x83, 1, 0, SX, N, RW, 1, LOCKS, 0, LOGIC },
    { 0, 0x83, 2, 0, SX, N, RW, 1, LOCKS, CF, ALL_DEFINED },
    { 0, 0x83, 3, 0, SX, N, RW, 1, LOCKS, CF, ALL_DEFINED },
    { 0, 0x83, 5, 0, SX, N, RW, 1, LOCKS, 0, ALL_DEFINED },
    { 0, 0x83, 6, 0, SX, N, RW, 1, LOCKS, 0, LOGIC },
    { 0, 0x83, 7, 0, SX, N, R, 1, 0, 0, ALL_DEFINED },
    /* test, xchg, mov, lea, mov number, mov %ds */
    { 0, 0x84, 8, 0, SA, R, R, 0, PAIR, 0, LOGIC },
    { 0, 0xF6, 0, 0, SA, N, R, 2, PAIR, 0, LOGIC },
    { 0, 0x86, 8, 0, SA, RW, RW, 0, PAIR, 0, NO_FLAGS },
    { 0, 0x88, 8, 0, SA, R, W, 0, PAIR, 0, NO_FLAGS },
    { 0, 0x88, 8, 0, SA, R, W, 0, PAIR, 0, NO_FLAGS },
    { 0, 0x8A, 8, 0, SA, W, R, 0, PAIR, 0, NO_FLAGS },
    { 0, 0x8A, 8, 0, SA, W, R, 0, PAIR, 0, NO_FLAGS },
    { 0, 0x8D, 8, 0, SX, W, N, 0, ADDRESS | ONLY_M, 0, NO_FLAGS },
    { 0, 0xC6, 0, 0, SA, N, W, 2, PAIR, 0, NO_FLAGS },
    { 0, 0x8C, 3, 0, S4, N, W, 0, ONLY_M | NARROW, 0, NO_FLAGS },
    /* movzx, movsx, movsxd */
    { 1, 0xB6, 8, 0, SX, W, R, 0, BYTE_RM, 0, NO_FLAGS },
    { 1, 0xB7, 8, 0, S4 | S8, W, R, 0, NARROW, 0, NO_FLAGS },
    { 1, 0xBE, 8, 0, SX, W, R, 0, BYTE_RM, 0, NO_FLAGS },
    { 1, 0xBF, 8, 0, S4 | S8, W, R, 0, NARROW, 0, NO_FLAGS },
    { 0, 0x63, 8, 0, S8, W, R, 0, 0, 0, NO_FLAGS },
    /* inc dec not neg, mul imul */
    { 0, 0xFE, 0, 0, SA, N, RW, 0, PAIR | LOCKS, 0, FLAGS & ~CF, 0 },
    { 0, 0xFE, 1, 0, SA, N, RW, 0, PAIR | LOCKS, 0, FLAGS & ~CF, 0 },
    { 0, 0xF6, 2, 0, SA, N, RW, 0, PAIR | LOCKS, 0, NO_FLAGS },
    { 0, 0xF6, 3, 0, SA, N, RW, 0, PAIR | LOCKS, 0, ALL_DEFINED },
    { 0, 0xF6, 4, 0, SX, N, R, 0, PAIR | WITH_RAX | WITH_RDX, 0, CF | OF, SF | ZF | AF | PF },
    { 0, 0xF6, 5, 0, SX, N, R, 0, PAIR | WITH_RAX | WITH_RDX, 0, CF | OF, SF | ZF | AF | PF },
    { 1, 0xAF, 8, 0, SX, RW, R, 0, 0, 0, CF | OF, SF | ZF | AF | PF },
    { 0, 0x69, 8, 0, SX, W, R, 2, 0, 0, CF | OF, SF | ZF | AF | PF },
    { 0, 0x6B, 8, 0, SX, W, R, 1, 0, 0, CF | OF, SF | ZF | AF | PF },
    /* rol ror rcl rcr shl shr sar: by a number, by 1, by cl */
    { 0, 0xC0, 0, 0, SA, N, RW, 1, PAIR | SHIFT, 0, 0, OF },
    { 0, 0xC0, 1, 0, SA, N, RW, 1, PAIR | SHIFT, 0, 0, OF },
    { 0, 0xC0, 2, 0, SA, N, RW, 1, PAIR | SHIFT, CF, 0, OF },
    { 0, 0xC0, 3, 0, SA, N, RW, 1, PAIR | SHIFT, CF, 0, OF },
    { 0, 0xC0, 4, 0, SA, N, RW, 1, PAIR | SHIFT, 0, SF | ZF | PF | CF, AF | OF },
    { 0, 0xC0, 5, 0, SA, N, RW, 1, PAIR | SHIFT, 0, SF | ZF | PF | CF, AF | OF },
    { 0, 0xC0, 7, 0, SA, N, RW, 1, PAIR | SHIFT, 0, SF | ZF | PF | CF, AF | OF },
    { 0, 0xD0, 0, 0, SA, N, RW, 0, PAIR, 0, CF | OF, 0 },
    { 0, 0xD0, 2, 0, SA, N, RW, 0, PAIR, CF, CF | OF, 0 },
    { 0, 0xD0, 3, 0, SA, N, RW, 0, PAIR, CF, CF | OF, 0 },
    { 0, 0xD0, 4, 0, SA, N, RW, 0, PAIR, 0, FLAGS & ~AF, AF },
    { 0, 0xD0, 7, 0, SA, N, RW, 0, PAIR, 0, FLAGS & ~AF, AF },
    { 0, 0xD2, 1, 0, SA, N, RW, 0, PAIR | SHIFT | BY_CL, 0, 0, OF },
    { 0, 0xD2, 2, 0, SA, N, RW, 0, PAIR | SHIFT | BY_CL, CF, 0, OF },
    { 0, 0xD2, 4, 0, SA, N, RW, 0, PAIR | SHIFT | BY_CL, 0, 0, AF | OF | CF },
    { 0, 0xD2, 5, 0, SA, N, RW, 0, PAIR | SHIFT | BY_CL, 0, 0, AF | OF | CF },
    { 0, 0xD2, 7, 0, SA, N, RW, 0, PAIR | SHIFT | BY_CL, 0, 0, AF | OF },
    /* shld, shrd */
    { 1, 0xA4, 8, 0, S4 | S8, R, RW, 1, SHIFT, 0, SF | ZF | PF | CF, AF | OF },
    { 1, 0xAC, 8, 0, S4 | S8, R, RW, 1, SHIFT, 0, SF | ZF | PF | CF, AF | OF },
    { 1, 0xA5, 8, 0, S4 | S8, R, RW, 0, SHIFT | BY_CL, 0, 0, AF | OF },
    { 1, 0xAD, 8, 0, S4 | S8, R, RW, 0, SHIFT | BY_CL, 0, 0, AF | OF },
    /* bt bts btr btc by a number; by a register only on registers, see step_bit_string() */
    { 1, 0xBA, 4, 0, SX, N, R, 1, 0, 0, CF, OF | SF | AF | PF },
    { 1, 0xBA, 5, 0, SX, N, RW, 1, LOCKS, 0, CF, OF | SF | AF | PF },
    { 1, 0xBA, 6, 0, SX, N, RW, 1, LOCKS, 0, CF, OF | SF | AF | PF },
    { 1, 0xBA, 7, 0, SX, N, RW, 1, LOCKS, 0, CF, OF | SF | AF | PF },
    { 1, 0xAB, 8, 0, SX, R, RW, 0, ONLY_R, 0, CF, OF | SF | AF | PF },
    /* bsf bsr tzcnt lzcnt popcnt */
    { 1, 0xBC, 8, 0, SX, RW, R, 0, 0, 0, ZF, FLAGS & ~ZF },
    { 1, 0xBD, 8, 0, SX, RW, R, 0, 0, 0, ZF, FLAGS & ~ZF },
    { 1, 0xBC, 8, PREFIX_F3, SX, W, R, 0, 0, 0, CF | ZF, FLAGS & ~(CF | ZF) },
    { 1, 0xBD, 8, PREFIX_F3, SX, W, R, 0, 0, 0, CF | ZF, FLAGS & ~(CF | ZF) },
    { 1, 0xB8, 8, PREFIX_F3, SX, W, R, 0, 0, 0, ALL_DEFINED },
    /* cmov, set, cmpxchg, xadd */
    { 1, 0x40, 8, 0, SX, RW, R, 0, CC, 0, NO_FLAGS },
    { 1, 0x40, 8, 0, SX, RW, R, 0, CC, 0, NO_FLAGS },
    { 1, 0x90, 0, 0, S1, N, W, 0, CC, 0, NO_FLAGS },
    { 1, 0xB0, 8, 0, SA, R, RW, 0, PAIR | LOCKS | WITH_RAX, 0, ALL_DEFINED },
    { 1, 0xC0, 8, 0, SA, RW, RW, 0, PAIR | LOCKS, 0, ALL_DEFINED },
    /* movnti, movbe, crc32, adcx, adox */
    { 1, 0xC3, 8, 0, S4 | S8, R, W, 0, ONLY_M, 0, NO_FLAGS },
    { 2, 0xF0, 8, 0, SX, W, R, 0, ONLY_M, 0, NO_FLAGS },
    { 2, 0xF1, 8, 0, SX, R, W, 0, ONLY_M, 0, NO_FLAGS },
    { 2, 0xF0, 8, PREFIX_F2, SA, RW, R, 0, PAIR | WIDE_REG, 0, NO_FLAGS },
    { 2, 0xF6, 8, PREFIX_66, S4 | S8, RW, R, 0, 0, CF, CF, 0 },
    { 2, 0xF6, 8, PREFIX_F3, S4 | S8, RW, R, 0, 0, OF, OF, 0 },
    /* wide nop, prefetch */
    { 1, 0x1F, 0, 0, S2 | S4, N, N, 0, ADDRESS, 0, NO_FLAGS },
    { 1, 0x18, 1, 0, S4, N, N, 0, ADDRESS | ONLY_M, 0, NO_FLAGS },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static unsigned pick_size(struct sequence *q, uint32_t sizes)
{
    unsigned size;

    do
        size = 1u << below(q, 4);
    while (!(sizes & size));
    return size;
}

/* Whatever registers hold: the address is not used. */
static struct operand any_address(struct sequence *q)
{
    struct operand m = at(pick_read(q), (int32_t)random_word(q) >> below(q, 32));

    m.scale = 1 << below(q, 4);
    m.narrow = chance(q, 10);
    if (chance(q, 50))
        m.index = pick_read(q);
    if (m.index == RSP)
        m.index = NONE;
    return m;
}

static int pick_for(struct sequence *q, uint8_t action)
{
    int reg;

    if (action == R || action == N)
        return pick_read(q);
    do
        reg = pick_write(q);
    while (action == RW && q->s.r[reg].kind == DEAD);
    return reg;
}

static struct operand pick_rm(struct sequence *q, const struct row *row, unsigned bytes)
{
    if (row->how & ADDRESS && (row->how & ONLY_M || chance(q, 80)))
        return any_address(q);
    if (row->how & ONLY_M || (!(row->how & ONLY_R) && chance(q, 80)))
        return pick_memory(q, bytes, 1, row->rm & W);
    return in_register(pick_for(q, row->rm));
}

static bool can_name_high_byte(const struct operand *rm, int reg, bool reg_is_byte)
{
    if (rm->memory ? (rm->base != NONE && rm->base >= 8) || (rm->index != NONE && rm->index >= 8)
                   : rm->reg >= 4)
        return false;
    return !reg_is_byte || reg < 4;
}

/* Byte registers: without REX 4 to 7 are ah to bh. Returns the prefix that is needed. */
static uint32_t name_bytes(struct sequence *q, const struct row *row, int *reg, struct operand *rm,
                           unsigned reg_size)
{
    bool has_reg = row->digit == 8, reg_is_byte = reg_size == 1;

    if (reg_size == 8 || (has_reg && !reg_is_byte && *reg >= 8))
        return PREFIX_REX;
    if (!can_name_high_byte(rm, *reg, has_reg && reg_is_byte) || chance(q, 60))
        return PREFIX_REX;
    if (has_reg && reg_is_byte && chance(q, 70))
        *reg += 4;
    else if (!rm->memory)
        rm->reg += 4;
    return 0;
}

static bool has_rax_and_rdx(const struct sequence *q, const struct row *row)
{
    uint32_t need = (row->how & WITH_RAX ? 1u << RAX : 0) | (row->how & WITH_RDX ? 1u << RDX : 0);

    return !(q->barred & need) && !(row->how & WITH_RAX && q->s.r[RAX].kind == DEAD) &&
           !(row->how & BY_CL && q->s.r[RCX].kind == DEAD);
}

static void note_row_flags(struct sequence *q, const struct row *row, unsigned size, unsigned count)
{
    uint32_t undefined = row->undefines;
    unsigned modulo = size == 8 ? 63 : 31;

    if (!(row->how & SHIFT))
        note_flags(q, row->defines, undefined);
    else if (!row->imm || (count & modulo) == 0 || size < 4)
        note_flags(q, 0, undefined | (row->defines & CF));
    else
        note_flags(q, row->defines, undefined);
}

static void note_registers(struct sequence *q, const struct row *row, int reg,
                           const struct operand *rm, unsigned reg_size, unsigned rm_size)
{
    if (row->digit == 8 && row->reg & W)
        now_any(q, reg, reg_size);
    if (!rm->memory && row->rm & W)
        now_any(q, rm->reg, rm_size);
    if (row->how & WITH_RAX)
        now_any(q, RAX, reg_size);
    if (row->how & WITH_RDX)
        now_any(q, RDX, reg_size);
}

static unsigned rm_bytes(const struct row *row, unsigned size)
{
    if (row->how & BYTE_RM)
        return 1;
    return row->how & NARROW ? 2 : row->opcode == 0x63 && !row->map ? 4 : size;
}

static uint8_t opcode_of(struct sequence *q, const struct row *row, unsigned size)
{
    unsigned condition = below(q, 16);

    if (!(row->how & CC))
        return (uint8_t)(row->opcode + (row->how & PAIR && size != 1));
    need_flags(q, condition_flags(condition));
    return (uint8_t)(row->opcode + condition);
}

void step_scalar(struct sequence *q)
{
    const struct row *row = &rows[below(q, ROWS)];
    unsigned size = pick_size(q, row->sizes), small = rm_bytes(row, size);
    unsigned imm = row->imm == 2 ? (size > 4 ? 4 : size) : row->imm;
    unsigned reg_size = row->how & WIDE_REG ? 4 : size;
    struct operand rm = pick_rm(q, row, small), named = rm;
    int reg = row->digit == 8 ? pick_for(q, row->reg) : row->digit, reg_name = reg;
    uint32_t prefixes = row->prefix | (size == 2 ? PREFIX_66 : 0) | (size == 8 ? PREFIX_W : 0);
    uint64_t number = random_word(q);
    uint8_t opcode;

    if (!has_rax_and_rdx(q, row))
        return;
    need_flags(q, row->reads);
    opcode = opcode_of(q, row, size);
    if (small == 1)
        prefixes |= name_bytes(q, row, &reg_name, &named, size == 8 ? 8 : reg_size);
    if (row->how & LOCKS && rm.memory && chance(q, 12))
        prefixes |= PREFIX_LOCK;
    put_legacy(q, prefixes, row->map, opcode, reg_name, &named, imm);
    put(q, number, imm);
    note_row_flags(q, row, size, (uint8_t)number);
    note_registers(q, row, reg, &rm, reg_size, small);
}
