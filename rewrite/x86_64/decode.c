/*
 * rewrite/x86_64/decode.c - from bytes to struct insn. This file, operand.c and step.c alone know the decoder (Zydis).
 *
 * Called at start-up with one thread. Zydis allocates nothing.
 */
#include "rewrite/x86_64/decode.h"

#include "base/mem.h"
#include "rewrite/x86_64/request.h"

static ZydisDecoder decoder; /* these are read-only after insn_decode_init() */
static int8_t gpr_numbers[ZYDIS_REGISTER_MAX_VALUE + 1];

void insn_decode_init(void)
{
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (int reg = 0; reg <= ZYDIS_REGISTER_MAX_VALUE; reg++) {
        ZydisRegister wide =
            ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, (ZydisRegister)reg);
        bool general = wide >= ZYDIS_REGISTER_RAX && wide <= ZYDIS_REGISTER_R15;

        gpr_numbers[reg] = (int8_t)(general ? (int)wide - ZYDIS_REGISTER_RAX : INSN_NONE);
    }
}

int decode_register(ZydisRegister reg)
{
    return gpr_numbers[reg];
}

static uint32_t flag_set(ZydisAccessedFlagsMask mask)
{
    return (mask & ZYDIS_CPUFLAG_CF ? INSN_CF : 0) | (mask & ZYDIS_CPUFLAG_PF ? INSN_PF : 0) |
           (mask & ZYDIS_CPUFLAG_AF ? INSN_AF : 0) | (mask & ZYDIS_CPUFLAG_ZF ? INSN_ZF : 0) |
           (mask & ZYDIS_CPUFLAG_SF ? INSN_SF : 0) | (mask & ZYDIS_CPUFLAG_OF ? INSN_OF : 0);
}

/* A shift by cl leaves the flags alone when cl is 0, a repeated string instruction when rcx is 0. */
static bool flags_may_stay(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
    if (z->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE))
        return true;
    if (z->meta.category != ZYDIS_CATEGORY_SHIFT && z->meta.category != ZYDIS_CATEGORY_ROTATE)
        return false;
    for (int i = 0; i < z->operand_count; i++) {
        if (ops[i].type == ZYDIS_OPERAND_TYPE_REGISTER && ops[i].reg.value == ZYDIS_REGISTER_CL)
            return true;
        /* An immediate of 0 (modulo 32 or 64) leaves them too. */
        if (ops[i].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && (ops[i].imm.value.u & 0x1f) == 0)
            return true;
    }
    return false;
}

static void note_flags(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       struct insn *out)
{
    const ZydisAccessedFlags *f = z->cpu_flags;

    if (!f)
        return;
    out->uses |= flag_set(f->tested);
    out->sets_flags = (f->modified | f->set_0 | f->set_1 | f->undefined) != 0;
    if (!flags_may_stay(z, ops))
        out->kills |= flag_set(f->modified | f->set_0 | f->set_1 | f->undefined);
}

static void note_register(const ZydisDecodedOperand *op, struct insn *out)
{
    int n = decode_register(op->reg.value);
    uint32_t bit;

    if (n < 0) {
        ZydisRegisterClass class = ZydisRegisterGetClass(op->reg.value);

        out->opaque |= class != ZYDIS_REGCLASS_FLAGS && class != ZYDIS_REGCLASS_IP;
        return;
    }
    bit = 1u << n;
    if (op->actions & ZYDIS_OPERAND_ACTION_MASK_READ)
        out->uses |= bit;
    if (!(op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
        return;
    out->writes |= (uint16_t)bit;
    if (!(op->actions & (ZYDIS_OPERAND_ACTION_MASK_READ | ZYDIS_OPERAND_ACTION_CONDWRITE)) &&
        op->size < 32 && !(out->uses & bit))
        out->merges |= (uint16_t)bit;
    if ((op->actions & ZYDIS_OPERAND_ACTION_CONDWRITE) || op->size < 32)
        out->uses |= bit; /* the rest of the register stays */
    else
        out->kills |= bit;
}

/* Of 0 there is no lowest bit: every processor leaves the destination alone then, and compilers count on it. */
static bool may_keep_destination(const ZydisDecodedInstruction *z)
{
    return z->mnemonic == ZYDIS_MNEMONIC_BSF || z->mnemonic == ZYDIS_MNEMONIC_BSR;
}

/* xor %r,%r and sub %r,%r: 0, whatever r was. */
static bool is_zeroing(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
    return (z->mnemonic == ZYDIS_MNEMONIC_XOR || z->mnemonic == ZYDIS_MNEMONIC_SUB) &&
           ops[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
           ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER && ops[0].reg.value == ops[1].reg.value &&
           ops[0].size >= 32;
}

static void note_operands(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                          struct insn *out)
{
    for (int i = 0; i < z->operand_count; i++) {
        const ZydisDecodedOperand *op = &ops[i];

        if (op->type == ZYDIS_OPERAND_TYPE_REGISTER) {
            note_register(op, out);
        } else if (op->type == ZYDIS_OPERAND_TYPE_MEMORY) {
            int base = decode_register(op->mem.base), index = decode_register(op->mem.index);

            if (base >= 0)
                out->uses |= 1u << base;
            if (index >= 0)
                out->uses |= 1u << index;
        }
    }
    if (is_zeroing(z, ops))
        out->uses = 0;
    note_flags(z, ops, out);
    if (may_keep_destination(z))
        out->uses |= 1u << decode_register(ops[0].reg.value);
    if (z->meta.category == ZYDIS_CATEGORY_SYSCALL ||
        z->meta.category == ZYDIS_CATEGORY_INTERRUPT) {
        out->uses |= INSN_ALL_REGS; /* the kernel's arguments */
        out->kills &= ~INSN_FLAGS;  /* it gives them back */
    }
    out->kills &= ~(1u << INSN_RSP);
}

static void set_target(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       struct insn *out, uint8_t cls)
{
    out->cls = cls;
    out->target = (uint32_t)(out->off + z->length + ops[0].imm.value.s);
}

static bool is_direct(const ZydisDecodedOperand *ops)
{
    return ops[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

static void classify(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                     struct insn *out)
{
    switch (z->meta.category) {
    case ZYDIS_CATEGORY_COND_BR: {
        bool loop = z->raw.imm[0].size == 8 && z->opcode >= 0xE0 && z->opcode <= 0xE3 &&
                    z->opcode_map == ZYDIS_OPCODE_MAP_DEFAULT;
        set_target(z, ops, out, loop ? INSN_LOOP : INSN_JCC);
        break;
    }
    case ZYDIS_CATEGORY_UNCOND_BR:
        if (is_direct(ops))
            set_target(z, ops, out, INSN_JMP);
        else
            out->cls = INSN_JMP_IND;
        break;
    case ZYDIS_CATEGORY_CALL:
        if (is_direct(ops))
            set_target(z, ops, out, INSN_CALL);
        else
            out->cls = INSN_CALL_IND;
        break;
    case ZYDIS_CATEGORY_RET: out->cls = INSN_RET; break;
    default:
        if (z->mnemonic == ZYDIS_MNEMONIC_UD2 || z->mnemonic == ZYDIS_MNEMONIC_HLT ||
            z->mnemonic == ZYDIS_MNEMONIC_INT3)
            out->cls = INSN_STOP;
    }
}

/* Does the instruction make a stack address available to somebody else, or change rbp? */
static void note_stack(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       struct insn *out)
{
    bool frame_op = false;

    for (int i = 0; i < z->operand_count; i++) {
        const ZydisDecodedOperand *op = &ops[i];
        int n =
            op->type == ZYDIS_OPERAND_TYPE_REGISTER ? decode_register(op->reg.value) : INSN_NONE;

        if (op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
            continue;
        if (n == INSN_RBP && (op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
            out->writes_bp = true;
        if (n == INSN_RSP && (op->actions & ZYDIS_OPERAND_ACTION_MASK_READ) &&
            !(op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
            out->takes_stack = true;
        if (op->type == ZYDIS_OPERAND_TYPE_MEMORY && op->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
            frame_op = op->mem.base == ZYDIS_REGISTER_RSP || op->mem.base == ZYDIS_REGISTER_RBP;
    }
    if (z->mnemonic == ZYDIS_MNEMONIC_MOV && ops[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
        ops[0].reg.value == ZYDIS_REGISTER_RBP && ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
        ops[1].reg.value == ZYDIS_REGISTER_RSP) {
        out->sets_frame = true;
        out->takes_stack = false;
        out->writes_bp = false;
    }
    if (z->mnemonic == ZYDIS_MNEMONIC_LEA && frame_op && ops[0].reg.value != ZYDIS_REGISTER_RSP)
        out->takes_stack = true;
    if (z->mnemonic == ZYDIS_MNEMONIC_POP || z->mnemonic == ZYDIS_MNEMONIC_LEAVE)
        out->writes_bp = false;
}

/* push %reg, and the moves of a shrink-wrapped prologue. */
static void note_saved(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       struct insn *out)
{
    const ZydisDecodedOperand *op = NULL;
    int n;

    if (z->mnemonic == ZYDIS_MNEMONIC_PUSH)
        op = &ops[0];
    else if (z->mnemonic == ZYDIS_MNEMONIC_MOV && ops[0].type == ZYDIS_OPERAND_TYPE_MEMORY &&
             (ops[0].mem.base == ZYDIS_REGISTER_RSP || ops[0].mem.base == ZYDIS_REGISTER_RBP))
        op = &ops[1];
    n = op && op->type == ZYDIS_OPERAND_TYPE_REGISTER ? decode_register(op->reg.value) : INSN_NONE;
    if (n >= 0)
        out->saves = (uint16_t)(1u << n);
}

static void set_reason(struct insn *out, enum rewrite_reason reason)
{
    out->access = INSN_UNSUPPORTED;
    out->reason = reason;
}

static bool is_vsib(const ZydisDecodedOperand *op)
{
    return op->mem.index >= ZYDIS_REGISTER_XMM0 && op->mem.index <= ZYDIS_REGISTER_ZMM31;
}

/* Accesses memory only where a mask register or a sign bit says so. */
static bool is_masked(const ZydisDecodedInstruction *z)
{
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_MASKMOVQ:
    case ZYDIS_MNEMONIC_MASKMOVDQU:
    case ZYDIS_MNEMONIC_VMASKMOVDQU:
    case ZYDIS_MNEMONIC_VMASKMOVPS:
    case ZYDIS_MNEMONIC_VMASKMOVPD:
    case ZYDIS_MNEMONIC_VPMASKMOVD:
    case ZYDIS_MNEMONIC_VPMASKMOVQ: return true;
    default:
        return z->avx.mask.mode > ZYDIS_MASK_MODE_DISABLED && z->avx.mask.reg != ZYDIS_REGISTER_K0;
    }
}

static bool is_bit_string(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops)
{
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_BT:
    case ZYDIS_MNEMONIC_BTC:
    case ZYDIS_MNEMONIC_BTR:
    case ZYDIS_MNEMONIC_BTS: return ops[1].type == ZYDIS_OPERAND_TYPE_REGISTER;
    default: return false;
    }
}

/* Names memory without an access of the program's: address hints, cache control, wide nops. */
static bool is_hint(const ZydisDecodedInstruction *z)
{
    switch (z->meta.category) {
    case ZYDIS_CATEGORY_NOP:
    case ZYDIS_CATEGORY_WIDENOP:
    case ZYDIS_CATEGORY_PREFETCH:
    case ZYDIS_CATEGORY_PREFETCHWT1:
    case ZYDIS_CATEGORY_CLFLUSHOPT:
    case ZYDIS_CATEGORY_CLWB:
    case ZYDIS_CATEGORY_CLDEMOTE: return true;
    default: return z->mnemonic == ZYDIS_MNEMONIC_CLFLUSH || z->mnemonic == ZYDIS_MNEMONIC_LEA;
    }
}

/* What does not compare is repeated by F2 as it is by F3. */
static uint8_t repeat_of(const ZydisDecodedInstruction *z)
{
    bool compares = z->cpu_flags && z->cpu_flags->modified;

    if (!(z->attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE)))
        return REWRITE_ONCE;
    if (!compares)
        return REWRITE_REP;
    return z->attributes & ZYDIS_ATTRIB_HAS_REPNE ? REWRITE_REPNE : REWRITE_REPE;
}

static void set_string(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       struct insn *out)
{
    out->access = INSN_STRING;
    out->size = (uint8_t)(ops[0].size / 8);
    out->rep = repeat_of(z);
    out->flags = REWRITE_PLAIN;
    switch (z->mnemonic) {
    case ZYDIS_MNEMONIC_MOVSB:
    case ZYDIS_MNEMONIC_MOVSW:
    case ZYDIS_MNEMONIC_MOVSD:
    case ZYDIS_MNEMONIC_MOVSQ:
        out->flags |= REWRITE_STRING_DI | REWRITE_STRING_SI | REWRITE_WRITE;
        break;
    case ZYDIS_MNEMONIC_STOSB:
    case ZYDIS_MNEMONIC_STOSW:
    case ZYDIS_MNEMONIC_STOSD:
    case ZYDIS_MNEMONIC_STOSQ: out->flags |= REWRITE_STRING_DI | REWRITE_WRITE; break;
    case ZYDIS_MNEMONIC_LODSB:
    case ZYDIS_MNEMONIC_LODSW:
    case ZYDIS_MNEMONIC_LODSD:
    case ZYDIS_MNEMONIC_LODSQ: out->flags |= REWRITE_STRING_SI; break;
    case ZYDIS_MNEMONIC_SCASB:
    case ZYDIS_MNEMONIC_SCASW:
    case ZYDIS_MNEMONIC_SCASD:
    case ZYDIS_MNEMONIC_SCASQ: out->flags |= REWRITE_STRING_DI; break;
    case ZYDIS_MNEMONIC_CMPSB:
    case ZYDIS_MNEMONIC_CMPSW:
    case ZYDIS_MNEMONIC_CMPSD:
    case ZYDIS_MNEMONIC_CMPSQ: out->flags |= REWRITE_STRING_DI | REWRITE_STRING_SI; break;
    default: set_reason(out, REWRITE_SKIP_STRING);
    }
    if (z->attributes & (ZYDIS_ATTRIB_HAS_SEGMENT_FS | ZYDIS_ATTRIB_HAS_SEGMENT_GS))
        out->flags &=
            (uint8_t)~REWRITE_STRING_SI; /* moves the source alone; as with every fs: operand */
    if (z->address_width != 64)
        set_reason(out, REWRITE_SKIP_ADDRESS32);
}

static bool is_plain_evidence(const struct insn *out)
{
    bool rmw = (out->flags & REWRITE_READ) && (out->flags & REWRITE_WRITE);

    return rmw || out->size > 8;
}

static void set_access(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                       const ZydisDecodedOperand *op, struct insn *out)
{
    unsigned bytes = op->size / 8;

    decode_operand(op, out);
    out->size = (uint8_t)bytes;
    out->flags |= op->actions & ZYDIS_OPERAND_ACTION_MASK_READ ? REWRITE_READ : 0;
    out->flags |= op->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE ? REWRITE_WRITE : 0;
    out->flags |= is_plain_evidence(out) ? REWRITE_PLAIN : 0;
    if (is_vsib(op))
        set_reason(out, REWRITE_SKIP_GATHER);
    else if (is_masked(z))
        set_reason(out, REWRITE_SKIP_MASKED);
    else if (z->address_width != 64)
        set_reason(out, REWRITE_SKIP_ADDRESS32);
    else if (is_bit_string(z, ops) && !(z->attributes & ZYDIS_ATTRIB_HAS_LOCK))
        set_reason(out, REWRITE_SKIP_BITSTRING);
    else if (bytes == 0 || op->size / 8 > 64)
        set_reason(out, REWRITE_SKIP_LARGE);
    else if ((z->attributes & ZYDIS_ATTRIB_HAS_LOCK) || z->mnemonic == ZYDIS_MNEMONIC_XCHG)
        out->access = INSN_SYNC;
    else if (bytes == 1 || bytes == 2 || bytes == 4 || bytes % 8 == 0)
        out->access = INSN_CHECKED;
    else
        out->access = INSN_ALWAYS;
}

static void note_access(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *ops,
                        struct insn *out)
{
    if (z->meta.category == ZYDIS_CATEGORY_STRINGOP) {
        set_string(z, ops, out);
        return;
    }
    if (is_hint(z)) {
        decode_prefetch(z, ops, out);
        return;
    }
    for (int i = 0; i < z->operand_count; i++) {
        const ZydisDecodedOperand *op = &ops[i];
        bool own;

        if (op->type != ZYDIS_OPERAND_TYPE_MEMORY || op->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
            continue;
        own = (op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN && !is_masked(z)) ||
              op->mem.segment == ZYDIS_REGISTER_FS || op->mem.segment == ZYDIS_REGISTER_GS;
        out->opaque |= own; /* push, call, ret: the thread's own stack; or what is its own */
        if (own && !decode_is_thread_local(op))
            continue;
        set_access(z, ops, op, out);
        if (op->mem.segment == ZYDIS_REGISTER_FS)
            decode_thread_local(out);
        return;
    }
}

bool insn_peek(const uint8_t *code, size_t avail, struct insn *out)
{
    ZydisDecoderContext context;
    ZydisDecodedInstruction z;

    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, &context, code, avail, &z)))
        return false;
    *out = (struct insn){ .len = z.length };
    if ((z.attributes & ZYDIS_ATTRIB_HAS_LOCK) ||
        (z.mnemonic == ZYDIS_MNEMONIC_XCHG && (z.attributes & ZYDIS_ATTRIB_HAS_MODRM) &&
         z.raw.modrm.mod != 3))
        out->access = INSN_SYNC;
    switch (z.meta.category) {
    case ZYDIS_CATEGORY_CALL: out->cls = INSN_CALL; break;
    case ZYDIS_CATEGORY_RET: out->cls = INSN_RET; break;
    case ZYDIS_CATEGORY_UNCOND_BR: out->cls = INSN_JMP; break;
    case ZYDIS_CATEGORY_COND_BR: out->cls = INSN_JCC; break;
    default:
        out->cls = z.mnemonic == ZYDIS_MNEMONIC_UD2 || z.mnemonic == ZYDIS_MNEMONIC_HLT ||
                           z.mnemonic == ZYDIS_MNEMONIC_INT3
                       ? INSN_STOP
                       : INSN_PLAIN;
    }
    return true;
}

uint32_t insn_rip_target(const struct insn *in, const uint8_t *code)
{
    int32_t disp;

    base_mem_copy(&disp, code + in->disp_off, 4);
    return in->off + in->len + (uint32_t)disp;
}

/* rax is no operand of its instructions, but of the call that is made before them. */
static void note_request(const uint8_t *code, size_t avail, struct insn *out)
{
    if (!request_at(code, avail))
        return;
    out->access = INSN_REQUEST;
    out->mem.base = INSN_RAX;
    out->uses |= 1u << INSN_RAX;
    out->size = 8;
}

bool insn_decode(const uint8_t *code, size_t avail, uint32_t off, struct insn *out)
{
    ZydisDecoderContext context;
    ZydisDecodedInstruction z;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT]; /* no more are filled than there are */

    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, &context, code, avail, &z)) ||
        !ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&decoder, &context, &z, ops, z.operand_count)) ||
        z.mnemonic == ZYDIS_MNEMONIC_XBEGIN)
        return false;
    *out = (struct insn){ .off = off, .len = z.length };
    out->mem.base = out->mem.index = INSN_NONE;
    out->pauses = z.mnemonic == ZYDIS_MNEMONIC_PAUSE;
    decode_step(&z, ops, out);
    if ((z.attributes & ZYDIS_ATTRIB_IS_RELATIVE) && z.raw.disp.size == 32)
        out->disp_off = z.raw.disp.offset;
    note_operands(&z, ops, out);
    note_stack(&z, ops, out);
    note_saved(&z, ops, out);
    classify(&z, ops, out);
    note_access(&z, ops, out);
    note_request(code, avail, out);
    return true;
}
