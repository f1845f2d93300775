/*
 * Byte goldens of the encoder, from the assembler; and the checks made of it.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rewrite/x86_64/check.h"

static uint8_t buffer[4096];

static struct emitter fresh(void)
{
    memset(buffer, 0xcc, sizeof(buffer));
    return (struct emitter){ buffer, buffer, buffer + sizeof(buffer), 0, false };
}

static void expect(const struct emitter *e, const char *bytes, size_t n, const char *text)
{
    cr_expect_eq((size_t)(e->p - e->start), n, "%s: %zu bytes", text, (size_t)(e->p - e->start));
    cr_expect_eq(memcmp(e->start, bytes, n), 0, "%s", text);
}

static void golden(uint8_t seg, bool wide, uint8_t opcode, int reg, struct insn_operand m,
                   const char *bytes, size_t n, const char *text)
{
    struct emitter e = fresh();

    emit_mem(&e, seg, wide, opcode, reg, &m, 0);
    expect(&e, bytes, n, text);
}

#define OP(...) ((struct insn_operand){ __VA_ARGS__ })

Test(rewrite_encode, operands)
{
    golden(0, true, EMIT_LOAD, 0, OP(7, -1, 1, 0), "\x48\x8b\x07", 3, "mov (%rdi),%rax");
    golden(EMIT_SEG_GS, false, EMIT_LOAD, 1, OP(5, -1, 1, 0), "\x65\x8b\x4d\x00", 4,
           "mov %gs:0(%rbp),%ecx");
    golden(0, false, EMIT_LOAD, 1, OP(13, -1, 1, 0), "\x41\x8b\x4d\x00", 4, "mov 0(%r13),%ecx");
    golden(0, false, EMIT_LOAD, 1, OP(12, -1, 1, 8), "\x41\x8b\x4c\x24\x08", 5, "mov 8(%r12),%ecx");
    golden(0, true, EMIT_LEA, 9, OP(4, -1, 1, 0x100), "\x4c\x8d\x8c\x24\x00\x01\x00\x00", 8,
           "lea 0x100(%rsp),%r9");
    golden(0, true, EMIT_LEA, 0, OP(-1, 14, 8, 16), "\x4a\x8d\x04\xf5\x10\x00\x00\x00", 8,
           "lea 16(,%r14,8),%rax");
    golden(0, true, EMIT_LEA, 0, OP(3, 6, 2, -1), "\x48\x8d\x44\x73\xff", 5,
           "lea -1(%rbx,%rsi,2),%rax");
    golden(EMIT_SEG_FS, true, EMIT_XOR, 2, OP(-1, -1, 1, -64),
           "\x64\x48\x33\x14\x25\xc0\xff\xff\xff", 9, "xor %fs:-64,%rdx");
}

Test(rewrite_encode, rip_relative_follows_the_instruction)
{
    struct emitter e = fresh();
    struct insn_operand m = OP(INSN_RIP, -1, 1, 0x20);
    uintptr_t end = (uintptr_t)buffer + 1000; /* the original instruction's end */
    int32_t disp;

    emit_mem(&e, EMIT_SEG_GS, false, EMIT_LOAD, 0, &m, end);
    memcpy(&disp, e.p - 4, 4);
    cr_expect_eq((uintptr_t)e.p + disp, end + 0x20);
}

Test(rewrite_encode, full_stays_full)
{
    struct emitter e = fresh();

    e.end = e.start + 3;
    emit_u32(&e, 1);
    cr_expect(e.full && e.p == e.start);
}

static const struct rewrite_runtime rt = { .fs_cur_read = -64,
                                           .fs_cur_write = -56,
                                           .fs_read_mask = -48,
                                           .fs_plane = -40,
                                           .fs_spill = -32,
                                           .gs_form = true,
                                           .checks = true };

static struct rewrite_site check(struct insn *in, struct emitter *hot, struct emitter *cold)
{
    struct check_context c = { &rt, hot, cold, (uintptr_t)buffer, 0 };
    struct rewrite_site site = { .pc = (uintptr_t)buffer };

    *hot = fresh();
    hot->end = buffer + 2048;
    *cold = (struct emitter){ buffer + 2048, buffer + 2048, buffer + sizeof(buffer), 0, false };
    check_emit(&c, in, 5, &site);
    return site;
}

Test(rewrite_encode, write_check_reuses_the_operand)
{
    struct insn in = { .len = 3,
                       .access = INSN_CHECKED,
                       .size = 8,
                       .flags = REWRITE_WRITE,
                       .mem = OP(7, -1, 1, 8),
                       .live = 1u << 7 };
    struct emitter hot, cold;
    struct rewrite_site site = check(&in, &hot, &cold);

    /* mov %fs:cur_write,%rax ; cmp %rax,%gs:8(%rdi) ; jne cold */
    cr_expect_eq(
        memcmp(buffer, "\x64\x48\x8b\x04\x25\xc8\xff\xff\xff\x65\x48\x39\x47\x08\x0f\x85", 16), 0);
    cr_expect_eq(site.check, 20);
    cr_expect_eq(buffer + site.cold, buffer + 2048);
}

Test(rewrite_encode, no_dead_register_spills_to_the_thread)
{
    struct insn in = { .len = 3,
                       .access = INSN_CHECKED,
                       .size = 4,
                       .flags = REWRITE_WRITE,
                       .mem = OP(7, -1, 1, 0),
                       .live = INSN_ALL_REGS };
    struct emitter hot, cold;

    check(&in, &hot, &cold);
    cr_expect_eq(memcmp(buffer, "\x64\x48\x89\x04\x25\xe0\xff\xff\xff", 9), 0,
                 "mov %%rax,%%fs:spill");
    cr_expect_eq(memcmp(buffer + 2048, "\x64\x48\x8b\x04\x25\xe0\xff\xff\xff", 9), 0,
                 "the cold stub restores first");
}

Test(rewrite_encode, live_flags_are_kept)
{
    struct insn in = { .len = 3,
                       .access = INSN_CHECKED,
                       .size = 4,
                       .flags = REWRITE_READ,
                       .mem = OP(7, -1, 1, 0),
                       .live = INSN_CF | 1u << 7 };
    struct emitter hot, cold;

    check(&in, &hot, &cold);
    cr_expect(memmem(buffer, 64, "\x9f\x0f\x90\xc0", 4) != NULL, "lahf ; seto %%al");
    cr_expect(memmem(buffer, 96, "\x04\x7f\x9e", 3) != NULL, "add $0x7f,%%al ; sahf");
}

Test(rewrite_encode, cold_stub_counts_its_pushes)
{
    struct insn in = {
        .len = 4, .access = INSN_ALWAYS, .size = 10, .flags = REWRITE_READ, .mem = OP(4, -1, 1, 16)
    };
    struct emitter hot, cold;

    check(&in, &hot, &cold);
    /* lea 16+136(%rsp),%rdi behind the red zone and the saved rdi */
    cr_expect_eq(memcmp(buffer + 2048 + 6, "\x48\x8d\xbc\x24\x98\x00\x00\x00", 8), 0);
}
