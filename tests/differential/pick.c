/*
 * tests/differential/pick.c - chooses registers and memory operands that are safe, and keeps what is known of them.
 */
#include "generate.h"

uint32_t below(struct sequence *q, uint32_t n)
{
    return n ? (uint32_t)(random_word(q) >> 33) % n : 0;
}

bool chance(struct sequence *q, uint32_t percent)
{
    return below(q, 100) < percent;
}

uint64_t random_word(struct sequence *q)
{
    q->rng ^= q->rng << 13;
    q->rng ^= q->rng >> 7;
    q->rng ^= q->rng << 17;
    return q->rng * 0x2545F4914F6CDD1Dull;
}

struct operand in_register(int reg)
{
    return (struct operand){ .reg = reg, .base = NONE, .index = NONE };
}

struct operand at(int base, int32_t disp)
{
    return (
        struct operand){ .memory = true, .base = base, .index = NONE, .scale = 1, .disp = disp };
}

static struct operand at_target(uint64_t target)
{
    return (struct operand){
        .memory = true, .rip = true, .base = NONE, .index = NONE, .scale = 1, .target = target
    };
}

struct operand at_home(const struct sequence *q, unsigned word)
{
    return at_target(q->image->homes.address + 8ul * word);
}

void now_any(struct sequence *q, int reg, unsigned size)
{
    struct value *v = &q->s.r[reg];

    q->written |= 1u << reg;
    if (size >= 4 || v->kind != DEAD)
        *v = (struct value){ .kind = ANY };
}

void now_index(struct sequence *q, int reg, int32_t lo, int32_t hi)
{
    q->written |= 1u << reg;
    q->s.r[reg] = (struct value){ INDEX, 0, lo, hi };
}

static void now_pointer(struct sequence *q, int reg, int region, int32_t lo, int32_t hi)
{
    q->written |= 1u << reg;
    q->s.r[reg] = (struct value){ POINTER, (uint8_t)region, lo, hi };
}

int pick_read(struct sequence *q)
{
    int reg;

    do
        reg = (int)below(q, 16);
    while (q->s.r[reg].kind == DEAD);
    return reg;
}

int pick_write(struct sequence *q)
{
    int reg;

    do
        reg = (int)below(q, 16);
    while (q->barred >> reg & 1);
    return reg;
}

/* A random register among those that `fits` says, or NONE. */
static int pick_if(struct sequence *q, bool (*fits)(const struct value *, int), int what)
{
    unsigned start = below(q, 16);

    for (unsigned i = 0; i < 16; i++) {
        int reg = (int)((start + i) & 15);

        if (fits(&q->s.r[reg], what))
            return reg;
    }
    return NONE;
}

static bool is_pointer(const struct value *v, int region)
{
    return v->kind == POINTER && (region < 0 || v->region == region);
}

static bool is_index(const struct value *v, int region)
{
    return v->kind == INDEX && v->region == region;
}

void load_immediate(struct sequence *q, int reg, int32_t value)
{
    if (value >= 0 && chance(q, 70)) {
        if (reg & 8)
            put(q, 0x41, 1);
        put(q, 0xB8u | (unsigned)(reg & 7), 1);
    } else {
        struct operand rm = in_register(reg);

        put_legacy(q, PREFIX_W, 0, 0xC7, 0, &rm, 4);
    }
    put(q, (uint32_t)value, 4);
    now_index(q, reg, value, value);
}

void make_pointer(struct sequence *q, int reg, int region)
{
    int32_t middle = REGION_BYTES / 2;
    struct operand rm = at_home(q, HOME_REGION + (unsigned)region);
    uint8_t opcode = 0x8B;

    if (region == REGION_LOW) {
        load_immediate(q, reg, LOW_ADDRESS + middle);
    } else {
        if (region == REGION_DATA && chance(q, 50)) {
            rm = at_target(q->image->arena.address + (uint64_t)middle);
            opcode = 0x8D;
        } else if (region == REGION_STACK && !q->abi && chance(q, 50)) {
            rm = at(RSP, middle - q->s.r[RSP].lo);
            opcode = 0x8D;
        }
        put_legacy(q, PREFIX_W, 0, opcode, reg, &rm, 0);
    }
    now_pointer(q, reg, region, middle, middle);
}

int pick_pointer(struct sequence *q, int region)
{
    int reg = pick_if(q, is_pointer, region);

    if (reg == NONE || (reg == RSP && chance(q, 80))) {
        reg = pick_write(q);
        make_pointer(q, reg, region < 0 ? (int)below(q, REGION_STACK) : region);
    }
    return reg;
}

int pick_index(struct sequence *q)
{
    int reg = pick_if(q, is_index, 0);

    if (reg == NONE) {
        reg = pick_write(q);
        load_immediate(q, reg, (int32_t)below(q, 64) - 16);
    }
    return reg;
}

/* The first byte of a region that may be touched. On the stack what lies below was never anybody's, or holds a return
 * address. */
static int32_t region_floor(const struct sequence *q, int region, bool write)
{
    if (region != REGION_STACK)
        return 0;
    return q->abi ? STACK_START - (write ? 0 : 8) : STACK_START - STACK_BELOW;
}

static int32_t region_end(int region)
{
    return region == REGION_TLS ? TLS_BYTES : REGION_BYTES;
}

/* A displacement that leads from [lo, hi] into the region; false where there is none. */
static bool pick_displacement(struct sequence *q, int region, int32_t lo, int32_t hi,
                              unsigned bytes, unsigned align, bool write, int32_t *disp)
{
    int32_t first = region_floor(q, region, write) - lo;
    int32_t last = region_end(region) - (int32_t)bytes - hi;

    if (first > last || (align > 1 && lo != hi))
        return false;
    if (first < -128 && last > 127 && chance(q, 60)) {
        first = -128;
        last = 127;
    }
    *disp = first + (int32_t)below(q, (uint32_t)(last - first) + 1);
    if (first <= 0 && last >= 0 && chance(q, 10))
        *disp = 0;
    if (align > 1) {
        *disp -= (lo + *disp) & (int32_t)(align - 1);
        return *disp >= first;
    }
    return true;
}

/* base, index and displacement. */
static bool pick_based(struct sequence *q, unsigned bytes, unsigned align, bool write,
                       struct operand *m)
{
    int base = pick_if(q, is_pointer, -1), index = NONE;
    const struct value *v;
    int32_t lo, hi, scale = 1 << below(q, 4);

    if (base == NONE || (base == RSP && chance(q, 60))) {
        base = pick_write(q);
        make_pointer(q, base, (int)below(q, q->image->fixed ? REGIONS : REGION_STACK));
    }
    if (base == RSP && align > 1 && q->abi) /* callers' stacks are aligned in their own ways */
        return false;
    v = &q->s.r[base];
    lo = v->lo;
    hi = v->hi;
    if (align == 1 && chance(q, 40) && (index = pick_if(q, is_index, 0)) != NONE) {
        lo += q->s.r[index].lo * scale;
        hi += q->s.r[index].hi * scale;
    }
    *m = at(base, 0);
    m->index = index;
    m->scale = scale;
    m->wide_disp = chance(q, 15);
    m->narrow = v->region == REGION_LOW && chance(q, 15);
    return pick_displacement(q, v->region, lo, hi, bytes, align, write, &m->disp);
}

/* A number, or a scaled index and a number. */
static bool pick_absolute(struct sequence *q, unsigned bytes, unsigned align, bool write,
                          struct operand *m)
{
    bool data = q->image->fixed && chance(q, 50);
    int32_t lo = 0, hi = 0, base = data ? (int32_t)q->image->arena.address : LOW_ADDRESS;

    *m = at(NONE, 0);
    if (align == 1 && chance(q, 40) && (m->index = pick_if(q, is_index, 0)) != NONE) {
        m->scale = 1 << below(q, 4);
        lo = q->s.r[m->index].lo * m->scale;
        hi = q->s.r[m->index].hi * m->scale;
    }
    if (!pick_displacement(q, data ? REGION_DATA : REGION_LOW, lo, hi, bytes, align, write,
                           &m->disp))
        return false;
    m->disp += base;
    m->narrow = chance(q, 10);
    return true;
}

static bool pick_thread_local(struct sequence *q, unsigned bytes, unsigned align, bool write,
                              struct operand *m)
{
    int32_t lo = 0, hi = 0, disp;

    if (bytes > TLS_BYTES)
        return false;
    *m = at(NONE, 0);
    m->fs = true;
    if (align == 1 && chance(q, 40) && (m->base = pick_if(q, is_index, 0)) != NONE) {
        lo = q->s.r[m->base].lo;
        hi = q->s.r[m->base].hi;
    }
    if (!pick_displacement(q, REGION_TLS, lo, hi, bytes, align, write, &disp))
        return false;
    m->disp = disp + (int32_t)q->image->tls_offset;
    return true;
}

static struct operand pick_relative(struct sequence *q, unsigned bytes, unsigned align)
{
    uint32_t offset = below(q, REGION_BYTES - bytes + 1) & ~(align - 1);

    return at_target(q->image->arena.address + offset);
}

struct operand pick_memory(struct sequence *q, unsigned bytes, unsigned align, bool write)
{
    uint32_t kind = below(q, 100);
    struct operand m;

    for (int tries = 0; tries < 4; tries++) {
        if (kind < 65 && pick_based(q, bytes, align, write, &m))
            return m;
        /* Where nobody else's image lies below 64 GiB, checks of low addresses fault, which is slow. */
        if (kind >= 65 && kind < (q->image->fixed ? 78 : 67) &&
            pick_absolute(q, bytes, align, write, &m))
            return m;
        if (kind >= 78 && kind < 84 && pick_thread_local(q, bytes, align, write, &m))
            return m;
        if (kind >= 84)
            break;
        kind = below(q, 65);
    }
    return pick_relative(q, bytes, align);
}

/* Register arithmetic that keeps pointers and small numbers known. */
static void step_add_to_pointer(struct sequence *q)
{
    int reg = pick_pointer(q, -1);
    struct value v = q->s.r[reg];
    struct operand rm = in_register(reg);
    int32_t by = (int32_t)below(q, 256) - 128;

    if (q->barred >> reg & 1 || v.lo + by < 256 || v.hi + by > REGION_BYTES - 256)
        return;
    if (chance(q, 50)) {
        rm = at(reg, by);
        put_legacy(q, PREFIX_W, 0, 0x8D, reg, &rm, 0);
    } else {
        put_legacy(q, PREFIX_W, 0, 0x83, by < 0 ? 5 : 0, &rm, 1);
        put(q, (uint8_t)(by < 0 ? -by : by), 1);
        if (by == -128) { /* sub $-128 adds */
            now_any(q, reg, 8);
            note_flags(q, FLAGS, 0);
            return;
        }
        note_flags(q, FLAGS, 0);
    }
    now_pointer(q, reg, v.region, v.lo + by, v.hi + by);
}

static void step_copy_pointer(struct sequence *q)
{
    int from = pick_pointer(q, -1), to = pick_write(q);
    struct value v = q->s.r[from];
    struct operand rm = in_register(from);

    put_legacy(q, PREFIX_W, 0, 0x8B, to, &rm, 0);
    if (from == RSP && q->abi)
        v.hi++; /* no more than rsp itself is it known to be aligned */
    now_pointer(q, to, v.region, v.lo, v.hi);
}

static void step_index_from_memory(struct sequence *q)
{
    struct operand rm = pick_memory(q, 1, 1, false);
    int to = pick_write(q);
    bool sign = chance(q, 40);

    put_legacy(q, sign ? PREFIX_W : 0, 1, sign ? 0xBE : 0xB6, to, &rm, 0);
    now_index(q, to, sign ? -128 : 0, sign ? 127 : 255);
}

static void step_index_by_and(struct sequence *q)
{
    int to = pick_write(q);
    struct operand rm = in_register(to);
    uint32_t most = below(q, 127) + 1;

    if (q->s.r[to].kind == DEAD)
        return;
    put_legacy(q, 0, 0, 0x83, 4, &rm, 1);
    put(q, most, 1);
    note_flags(q, FLAGS, AF);
    now_index(q, to, 0, (int32_t)most);
}

void step_pointer(struct sequence *q)
{
    switch (below(q, 6)) {
    case 0: step_add_to_pointer(q); break;
    case 1: step_copy_pointer(q); break;
    case 2: step_index_from_memory(q); break;
    case 3: step_index_by_and(q); break;
    case 4: make_pointer(q, pick_write(q), (int)below(q, REGIONS)); break;
    default: load_immediate(q, pick_write(q), (int32_t)below(q, 128) - 32);
    }
}
