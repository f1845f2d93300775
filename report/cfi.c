/*
 * report/cfi.c - reads call frame information (.eh_frame) of loaded modules, for AMD64 stack walks.
 *
 * Called once for each pc that a walk meets; stack.c caches the answer. Only what a walk of the stack needs is
 * kept: where the CFA is and where the caller's rbp is; the return address must be at CFA-8. Self-contained
 * rather than libunwind: Debian's libunwind.a is not position independent, and the shared object exports
 * _Unwind_* of its own, which would take C++ exceptions of the host away from libgcc.
 *
 * Sources: DWARF 5, 6.4; Linux Standard Base 10.6 (.eh_frame, .eh_frame_hdr); System V AMD64 ABI 3.6.2.
 * No locks, no allocation, signal-safe. The tables are the host's, mapped read-only, and trusted as the
 * host's own unwinder trusts them; lengths are checked nevertheless.
 */
#include "report/cfi.h"

#include <dlfcn.h>
#include <stddef.h>

#include "base/ehframe.h"
#include "report/modules.h"

enum { BP = 6, SP = 7, RA = 16, REMEMBERED = 8 };

enum kind { SAME, OFFSET, UNDEFINED, EXPRESSION, OTHER };

struct reg_rule {
    enum kind kind;
    int64_t off;
    const uint8_t *expr;
    uint64_t expr_len;
};

struct row {
    uint64_t cfa_reg;
    int64_t cfa_off;
    const uint8_t *expr; /* the CFA is an expression where not NULL */
    uint64_t expr_len;
    struct reg_rule bp, ra;
};

struct cie {
    uint64_t code_align;
    int64_t data_align;
    uint8_t pointer; /* encoding of addresses in its FDEs */
    bool augmented, signal;
    struct base_ehframe_reader program;
};

struct run {
    struct base_ehframe_reader r;
    const struct cie *cie;
    uintptr_t loc, pc;
    struct row row, initial, saved[REMEMBERED];
    unsigned nsaved;
    bool ok;
};

static struct reg_rule *reg_of(struct row *row, uint64_t reg)
{
    return reg == BP ? &row->bp : reg == RA ? &row->ra : NULL;
}

static void set(struct run *run, uint64_t reg, enum kind kind, int64_t off)
{
    struct reg_rule *rule = reg_of(&run->row, reg);

    if (rule)
        *rule = (struct reg_rule){ .kind = kind, .off = off };
}

static void restore(struct run *run, uint64_t reg)
{
    struct reg_rule *rule = reg_of(&run->row, reg);

    if (rule)
        *rule = *reg_of(&run->initial, reg);
}

static void expression(struct run *run, uint64_t reg, enum kind kind)
{
    struct reg_rule *rule = reg_of(&run->row, reg);
    uint64_t len = base_ehframe_uleb(&run->r);

    if (rule)
        *rule = (struct reg_rule){ .kind = kind, .expr = run->r.at, .expr_len = len };
    base_ehframe_skip(&run->r, len);
}

static void remember(struct run *run)
{
    if (run->nsaved == REMEMBERED)
        run->ok = false;
    else
        run->saved[run->nsaved++] = run->row;
}

static void recall(struct run *run)
{
    if (run->nsaved == 0)
        run->ok = false;
    else
        run->row = run->saved[--run->nsaved];
}

static void def_cfa(struct run *run, uint64_t reg, int64_t off)
{
    run->row.cfa_reg = reg;
    run->row.cfa_off = off;
    run->row.expr = NULL;
}

static void def_cfa_expression(struct run *run)
{
    run->row.expr_len = base_ehframe_uleb(&run->r);
    run->row.expr = run->r.at;
    base_ehframe_skip(&run->r, run->row.expr_len);
}

/* The instructions that define the CFA; false if op is none of them. */
static bool cfa_instruction(struct run *run, uint8_t op)
{
    struct base_ehframe_reader *r = &run->r;
    uint64_t reg;

    switch (op) {
    case 0x0c: /* def_cfa */
        reg = base_ehframe_uleb(r);
        def_cfa(run, reg, (int64_t)base_ehframe_uleb(r));
        return true;
    case 0x0d: def_cfa(run, base_ehframe_uleb(r), run->row.cfa_off); return true;
    case 0x0e: def_cfa(run, run->row.cfa_reg, (int64_t)base_ehframe_uleb(r)); return true;
    case 0x0f: def_cfa_expression(run); return true;
    case 0x12: /* def_cfa_sf */
        reg = base_ehframe_uleb(r);
        def_cfa(run, reg, base_ehframe_sleb(r) * run->cie->data_align);
        return true;
    case 0x13:
        def_cfa(run, run->row.cfa_reg, base_ehframe_sleb(r) * run->cie->data_align);
        return true;
    default: return false;
    }
}

/* The instructions that say where a register is; false if op is none of them. */
static bool register_instruction(struct run *run, uint8_t op)
{
    struct base_ehframe_reader *r = &run->r;
    int64_t align = run->cie->data_align;
    uint64_t reg;

    if ((op < 0x05 || op > 0x09) && op != 0x10 && op != 0x11 && op != 0x2f &&
        !(op >= 0x14 && op <= 0x16))
        return false;
    reg = base_ehframe_uleb(r);
    switch (op) {
    case 0x05: set(run, reg, OFFSET, (int64_t)base_ehframe_uleb(r) * align); break;
    case 0x06: restore(run, reg); break;
    case 0x07: set(run, reg, UNDEFINED, 0); break;
    case 0x08: set(run, reg, SAME, 0); break;
    case 0x10: expression(run, reg, EXPRESSION); break;
    case 0x11: set(run, reg, OFFSET, base_ehframe_sleb(r) * align); break;
    case 0x16: expression(run, reg, OTHER); break;
    case 0x2f: set(run, reg, OFFSET, -(int64_t)base_ehframe_uleb(r) * align); break;
    default: /* register, val_offset, val_offset_sf: one more number */
        base_ehframe_uleb(r);
        set(run, reg, OTHER, 0);
    }
    return true;
}

static void advance(struct run *run, uint64_t delta)
{
    run->loc += delta * run->cie->code_align;
}

static void other_instruction(struct run *run, uint8_t op)
{
    struct base_ehframe_reader *r = &run->r;

    switch (op) {
    case 0x00: break; /* nop */
    case 0x01: run->ok = base_ehframe_pointer(r, run->cie->pointer, 0, &run->loc); break;
    case 0x02: advance(run, base_ehframe_fixed(r, 1)); break;
    case 0x03: advance(run, base_ehframe_fixed(r, 2)); break;
    case 0x04: advance(run, base_ehframe_fixed(r, 4)); break;
    case 0x0a: remember(run); break;
    case 0x0b: recall(run); break;
    case 0x2e: base_ehframe_uleb(r); break; /* GNU_args_size */
    default: run->ok = false; break;
    }
}

/* Runs call frame instructions until their end or until they are past pc. */
static bool execute(struct run *run, struct base_ehframe_reader program)
{
    run->r = program;
    run->ok = true;
    while (run->ok && run->r.at < run->r.end && run->loc <= run->pc) {
        uint8_t op = (uint8_t)base_ehframe_fixed(&run->r, 1);
        uint8_t low = op & 0x3f;

        switch (op >> 6) {
        case 1: advance(run, low); break;
        case 2:
            set(run, low, OFFSET, (int64_t)base_ehframe_uleb(&run->r) * run->cie->data_align);
            break;
        case 3: restore(run, low); break;
        default:
            if (!cfa_instruction(run, op) && !register_instruction(run, op))
                other_instruction(run, op);
        }
    }
    return run->ok && !run->r.bad;
}

/* The augmentation string's letters, and the data that go with them. */
static bool read_augmentation(struct base_ehframe_reader *r, const char *letters, struct cie *cie)
{
    struct base_ehframe_reader data;
    uintptr_t ignored;
    uint64_t len;

    if (letters[0] == '\0')
        return true;
    if (letters[0] != 'z')
        return false;
    cie->augmented = true;
    len = base_ehframe_uleb(r);
    data = *r;
    base_ehframe_skip(r, len);
    for (letters++; *letters; letters++) {
        switch (*letters) {
        case 'R': cie->pointer = (uint8_t)base_ehframe_fixed(&data, 1); break;
        case 'P':
            if (!base_ehframe_pointer(&data, (uint8_t)base_ehframe_fixed(&data, 1), 0, &ignored))
                return false;
            break;
        case 'L': base_ehframe_fixed(&data, 1); break;
        case 'S': cie->signal = true; break;
        case 'B': break;
        default: return true; /* what follows is unknown, but its length is not */
        }
    }
    return !data.bad;
}

static bool read_cie(const uint8_t *at, struct cie *cie)
{
    struct base_ehframe_reader r;
    const char *letters;
    uint8_t version;

    if (!base_ehframe_entry(at, &r) || base_ehframe_fixed(&r, 4) != 0)
        return false;
    *cie = (struct cie){ .pointer = 0 };
    version = (uint8_t)base_ehframe_fixed(&r, 1);
    letters = (const char *)r.at;
    while (base_ehframe_fixed(&r, 1) != 0) {}
    cie->code_align = base_ehframe_uleb(&r);
    cie->data_align = base_ehframe_sleb(&r);
    if ((version == 1 ? base_ehframe_fixed(&r, 1) : base_ehframe_uleb(&r)) != RA || r.bad)
        return false;
    if (!read_augmentation(&r, letters, cie))
        return false;
    cie->program = r;
    return !r.bad;
}

/* Fills run with the row of run->pc. */
static bool read_fde(const uint8_t *fde, struct cie *cie, struct run *run)
{
    struct base_ehframe_reader r;
    const uint8_t *field;
    uintptr_t start, length;

    if (!base_ehframe_entry(fde, &r))
        return false;
    field = r.at;
    if (!read_cie(field - base_ehframe_fixed(&r, 4), cie) ||
        !base_ehframe_pointer(&r, cie->pointer, 0, &start) ||
        !base_ehframe_pointer(&r, cie->pointer & 0x0f, 0, &length) || run->pc < start ||
        run->pc - start >= length)
        return false;
    if (cie->augmented)
        base_ehframe_skip(&r, base_ehframe_uleb(&r));
    run->cie = cie;
    run->row = (struct row){ .cfa_reg = SP, .ra = { .kind = OFFSET, .off = -8 } };
    run->loc = run->pc; /* a CIE's instructions all apply */
    if (r.bad || !execute(run, cie->program))
        return false;
    run->initial = run->row;
    run->loc = start;
    return execute(run, r);
}

/* DW_OP_breg6 off [DW_OP_deref]. */
static bool is_breg_bp(const uint8_t *expr, uint64_t len, bool deref, int64_t *off)
{
    struct base_ehframe_reader r = { expr, expr + len, false };

    if (base_ehframe_fixed(&r, 1) != 0x70 + BP)
        return false;
    *off = base_ehframe_sleb(&r);
    if (deref && base_ehframe_fixed(&r, 1) != 0x06)
        return false;
    return !r.bad && r.at == r.end;
}

/* What binutils writes for .plt: sp+8 + ((pc & 15) >= n) * 8. */
static bool is_plt(const struct row *row, int16_t *from)
{
    static const uint8_t head[] = { 0x77, 8, 0x80, 0, 0x3f, 0x1a },
                         tail[] = { 0x2a, 0x33, 0x24, 0x22 };

    if (row->expr_len != sizeof head + 1 + sizeof tail)
        return false;
    for (unsigned i = 0; i < sizeof head; i++) {
        if (row->expr[i] != head[i])
            return false;
    }
    for (unsigned i = 0; i < sizeof tail; i++) {
        if (row->expr[sizeof head + 1 + i] != tail[i])
            return false;
    }
    *from = (int16_t)(row->expr[sizeof head] - 0x30);
    return *from >= 0 && *from < 16;
}

static void bp_rule(const struct row *row, struct report_rule *rule)
{
    int64_t off = row->bp.off;

    rule->bp = REPORT_BP_LOST;
    if (row->bp.kind == SAME)
        rule->bp = REPORT_BP_SAME;
    else if (row->bp.kind == OFFSET)
        rule->bp = REPORT_BP_AT_CFA;
    else if (row->bp.kind == EXPRESSION && is_breg_bp(row->bp.expr, row->bp.expr_len, false, &off))
        rule->bp = REPORT_BP_AT_BP;
    rule->bp_off = (int16_t)off;
    if (rule->bp_off != off)
        rule->bp = REPORT_BP_LOST;
}

static struct report_rule rule_of_row(const struct row *row, bool signal)
{
    struct report_rule rule = { .cfa = REPORT_CFA_UNKNOWN };
    int64_t off = row->cfa_off;
    int16_t plt_from;

    if (signal)
        return (struct report_rule){ .cfa = REPORT_CFA_SIGNAL };
    if (row->ra.kind == UNDEFINED)
        return (struct report_rule){ .cfa = REPORT_CFA_END };
    if (row->ra.kind != OFFSET || row->ra.off != -8)
        return rule;
    if (row->expr && is_plt(row, &plt_from))
        return (struct report_rule){ .cfa = REPORT_CFA_PLT, .cfa_off = 8, .bp_off = plt_from };
    bp_rule(row, &rule);
    if (row->expr)
        rule.cfa = is_breg_bp(row->expr, row->expr_len, true, &off) ? REPORT_CFA_BP_DEREF
                                                                    : REPORT_CFA_UNKNOWN;
    else
        rule.cfa = row->cfa_reg == SP   ? REPORT_CFA_SP
                   : row->cfa_reg == BP ? REPORT_CFA_BP
                                        : REPORT_CFA_UNKNOWN;
    rule.cfa_off = (int32_t)off;
    if (rule.cfa_off != off)
        rule.cfa = REPORT_CFA_UNKNOWN;
    return rule;
}

struct report_rule report_cfi_rule_from(const void *eh_frame_hdr, uintptr_t pc)
{
    struct run run = { .pc = pc };
    struct cie cie;
    const uint8_t *fde = eh_frame_hdr ? base_ehframe_find(eh_frame_hdr, pc) : NULL;

    if (!fde || !read_fde(fde, &cie, &run))
        return (struct report_rule){ .cfa = REPORT_CFA_UNKNOWN };
    return rule_of_row(&run.row, cie.signal);
}

struct report_rule report_cfi_rule(uintptr_t pc)
{
    return report_cfi_rule_from(report_modules_eh_frame_hdr(pc), pc);
}
