/*
 * Which registers and flags the checks may use: small units written as bytes.
 */
#include <criterion/criterion.h>

#include "rewrite/x86_64/liveness.h"

#define RAX (1u << INSN_RAX)
#define RCX (1u << INSN_RCX)
#define RDX (1u << INSN_RDX)
#define R11 (1u << 11)

static uint32_t decode(const uint8_t *code, size_t n, struct insn *out)
{
    uint32_t count = 0;

    insn_decode_init();
    for (size_t off = 0; off < n; off += out[count++].len)
        cr_assert(insn_decode(code + off, n - off, (uint32_t)off, &out[count]));
    liveness_unit(out, count);
    return count;
}

Test(rewrite_liveness, destination_of_a_load_is_free)
{
    /* mov (%rdi),%rax ; ret */
    static const uint8_t code[] = { 0x48, 0x8b, 0x07, 0xc3 };
    struct insn in[4];

    cr_assert_eq(decode(code, sizeof(code), in), 2);
    cr_expect_not(in[0].live & RAX);
    cr_expect(in[0].live & 1u << INSN_RDI);
    cr_expect_not(in[0].live & INSN_FLAGS);
}

Test(rewrite_liveness, unwritten_caller_saved_registers_live_through_a_return)
{
    /* mov %ecx,(%rdi) ; ret: a caller built with -fipa-ra may count on r11 */
    static const uint8_t code[] = { 0x89, 0x0f, 0xc3 };
    struct insn in[4];

    decode(code, sizeof(code), in);
    cr_expect(in[0].live & R11);
}

Test(rewrite_liveness, a_unit_of_its_own_convention_may_return_anything)
{
    /* xor %ebx,%ebx ; xor %ecx,%ecx ; mov (%rdi),%eax ; ret: rbx is not saved */
    static const uint8_t code[] = { 0x31, 0xdb, 0x31, 0xc9, 0x8b, 0x07, 0xc3 };
    /* push %rbx ; xor %ebx,%ebx ; xor %ecx,%ecx ; mov (%rdi),%eax ; pop %rbx ; ret */
    static const uint8_t saved[] = { 0x53, 0x31, 0xdb, 0x31, 0xc9, 0x8b, 0x07, 0x5b, 0xc3 };
    struct insn in[8];

    decode(code, sizeof(code), in);
    cr_expect(in[2].live & RCX);
    decode(saved, sizeof(saved), in);
    cr_expect_not(in[3].live & RCX);
}

Test(rewrite_liveness, flags_between_compare_and_branch)
{
    /* cmp %rsi,%rdi ; mov (%rdx),%eax ; je .+1 ; ret ; ret */
    static const uint8_t code[] = { 0x48, 0x39, 0xf7, 0x8b, 0x02, 0x74, 0x01, 0xc3, 0xc3 };
    struct insn in[8];

    decode(code, sizeof(code), in);
    cr_expect_not(in[0].live & INSN_FLAGS);
    cr_expect(in[1].live & INSN_ZF);
}

Test(rewrite_liveness, a_frame_pointer_lives_to_the_end)
{
    /* push %rbp ; mov %rsp,%rbp ; mov (%rdi),%rax ; pop %rbp ; ret */
    static const uint8_t code[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0x8b, 0x07, 0x5d, 0xc3 };
    /* push %rbp ; mov (%rdi),%rbp ; mov (%rsi),%rax ; pop %rbp ; ret */
    static const uint8_t saved[] = { 0x55, 0x48, 0x8b, 0x2f, 0x48, 0x8b, 0x06, 0x5d, 0xc3 };
    struct insn in[8];

    decode(code, sizeof(code), in);
    cr_expect(in[2].live & 1u << INSN_RBP);
    decode(saved, sizeof(saved), in);
    cr_expect_not(in[2].live & 1u << INSN_RBP);
}

Test(rewrite_liveness, loop_carries_registers_round)
{
    /* 1: add (%rdi),%rcx ; dec %rdx ; jne 1b ; mov %rcx,%rax ; ret */
    static const uint8_t code[] = { 0x48, 0x03, 0x0f, 0x48, 0xff, 0xca,
                                    0x75, 0xf8, 0x48, 0x89, 0xc8, 0xc3 };
    struct insn in[8];

    decode(code, sizeof(code), in);
    cr_expect(in[0].live & RCX);
    cr_expect(in[0].live & RDX);
    cr_expect_not(in[0].live & RAX);
}

Test(rewrite_liveness, everything_lives_at_calls_and_unknown_jumps)
{
    static const uint8_t call[] = { 0xe8, 0x00, 0x01, 0x00, 0x00, 0xc3 }, jump[] = { 0xff, 0xe0 };
    struct insn in[4];

    decode(call, sizeof(call), in);
    cr_expect_eq(in[0].live & INSN_ALL_REGS, INSN_ALL_REGS);
    decode(jump, sizeof(jump), in);
    cr_expect_eq(in[0].live & (INSN_ALL_REGS | INSN_FLAGS), INSN_ALL_REGS | INSN_FLAGS);
}

Test(rewrite_liveness, flags_live_through_a_call_within_the_unit)
{
    /* cmp %rsi,%rdi ; mov (%rdx),%eax ; call 1f ; 1: pop %rax ; je .+1 ; ret ; ret */
    static const uint8_t code[] = { 0x48, 0x39, 0xf7, 0x8b, 0x02, 0xe8, 0,   0,
                                    0,    0,    0x58, 0x74, 0x01, 0xc3, 0xc3 };
    struct insn in[8];

    decode(code, sizeof(code), in);
    cr_expect(in[1].live & INSN_ZF);
}

Test(rewrite_liveness, what_may_leave_the_flags_does_not_kill_them)
{
    /* cmp ; mov (%rdx),%eax ; shld $0xc0,%rcx,%r8 or syscall ; je .+1 ; ret ; ret */
    static const uint8_t shift[] = { 0x48, 0x39, 0xf7, 0x8b, 0x02, 0x49, 0x0f,
                                     0xa4, 0xc8, 0xc0, 0x74, 0x01, 0xc3, 0xc3 };
    static const uint8_t call[] = {
        0x48, 0x39, 0xf7, 0x8b, 0x02, 0x0f, 0x05, 0x74, 0x01, 0xc3, 0xc3
    };
    struct insn in[8];

    decode(shift, sizeof(shift), in);
    cr_expect(in[1].live & INSN_ZF);
    decode(call, sizeof(call), in);
    cr_expect(in[1].live & INSN_ZF);
}
