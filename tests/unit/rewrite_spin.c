/*
 * Which loops wait for another thread: small ones, written as bytes, and how many of their loads are marked.
 */
#include <criterion/criterion.h>

#include "rewrite/x86_64/liveness.h"
#include "rewrite/x86_64/spin.h"

static struct insn insns[16];
static uint32_t count;

static bool idle;

static bool is_idle(const void *arg, uint32_t off)
{
    return idle;
}

/* Of all loads that are marked, a set by place. */
static uint32_t marked(const uint8_t *code, size_t n)
{
    uint32_t set = 0;

    insn_decode_init();
    count = 0;
    for (size_t off = 0; off < n; off += insns[count++].len)
        cr_assert(insn_decode(code + off, n - off, (uint32_t)off, &insns[count]));
    for (uint32_t i = 0; i < count; i++) {
        bool direct = insn_is_branch(&insns[i]);

        insns[i].target_index = direct ? insn_find(insns, count, insns[i].target) : count;
    }
    spin_mark(&(struct spin_unit){ .insns = insns, .n = count, .frame = true, .is_idle = is_idle });
    for (uint32_t i = 0; i < count; i++)
        set |= (uint32_t)insns[i].spins << i;
    return set;
}

#define MARKED(...)                                                                                \
    marked((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

Test(rewrite_spin, a_flag)
{
    /* 1: pause ; mov (%rdi),%eax ; test %eax,%eax ; je 1b ; ret */
    cr_expect_eq(MARKED(0xf3, 0x90, 0x8b, 0x07, 0x85, 0xc0, 0x74, 0xf8, 0xc3), 2);
    /* 1: cmpb $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0x80, 0x3f, 0x00, 0x74, 0xfb, 0xc3), 1);
    /* 1: mov (%rdi),%al ; test $1,%al ; je 1b ; ret */
    cr_expect_eq(MARKED(0x8a, 0x07, 0xa8, 0x01, 0x74, 0xfa, 0xc3), 1);
}

Test(rewrite_spin, an_exit_in_the_middle)
{
    /* 1: cmp %esi,(%rdi) ; je 2f ; pause ; jmp 1b ; 2: ret */
    cr_expect_eq(MARKED(0x39, 0x37, 0x74, 0x04, 0xf3, 0x90, 0xeb, 0xf8, 0xc3), 1);
}

Test(rewrite_spin, a_test_before_the_loop)
{
    /* cmpl $0,0x40(%rip) ; jne 2f ; 1: cmpl $0,0x37(%rip) ; je 1b ; 2: cmpl $0,0x2f(%rip) (another word) ; ret */
    cr_expect_eq(MARKED(0x83, 0x3d, 0x40, 0, 0, 0, 0, 0x75, 0x09, 0x83, 0x3d, 0x37, 0, 0, 0, 0,
                        0x74, 0xf7, 0x83, 0x3d, 0x2f, 0, 0, 0, 0, 0xc3),
                 5);
}

Test(rewrite_spin, data_that_is_not_tested)
{
    /* 1: mov (%rdi),%eax ; mov (%rsi),%rcx ; cmp %eax,(%rdi) ; jne 1b ; ret */
    cr_expect_eq(MARKED(0x8b, 0x07, 0x48, 0x8b, 0x0e, 0x39, 0x07, 0x75, 0xf7, 0xc3), 5);
}

Test(rewrite_spin, the_way_to_the_word)
{
    /* 1: mov (%rdi),%rax ; cmpl $0,(%rax) ; je 1b ; ret */
    cr_expect_eq(MARKED(0x48, 0x8b, 0x07, 0x83, 0x38, 0x00, 0x74, 0xf8, 0xc3), 2);
}

Test(rewrite_spin, values_kept_on_the_stack)
{
    /* 1: mov (%rdi),%eax ; mov %eax,-4(%rbp) ; mov -4(%rbp),%eax ; test %eax,%eax ; je 1b ; ret */
    cr_expect_eq(
        MARKED(0x8b, 0x07, 0x89, 0x45, 0xfc, 0x8b, 0x45, 0xfc, 0x85, 0xc0, 0x74, 0xf4, 0xc3), 1);
    /* 1: mov -4(%rbp),%eax ; add $1,%eax ; mov %eax,-4(%rbp) ; cmp (%rdi),%eax ; jl 1b ; ret */
    cr_expect_eq(
        MARKED(0x8b, 0x45, 0xfc, 0x83, 0xc0, 0x01, 0x89, 0x45, 0xfc, 0x3b, 0x07, 0x7c, 0xf3, 0xc3),
        0);
    /* 1: addl $1,-4(%rbp) ; cmpl $9,(%rdi) ; jl 1b ; ret */
    cr_expect_eq(MARKED(0x83, 0x45, 0xfc, 0x01, 0x83, 0x3f, 0x09, 0x7c, 0xf7, 0xc3), 0);
}

Test(rewrite_spin, loops_that_go_on)
{
    /* 1: inc %eax ; cmp (%rdi),%eax ; jl 1b ; ret */
    cr_expect_eq(MARKED(0xff, 0xc0, 0x3b, 0x07, 0x7c, 0xfa, 0xc3), 0);
    /* 1: mov (%rdi),%rdi ; test %rdi,%rdi ; jne 1b ; ret */
    cr_expect_eq(MARKED(0x48, 0x8b, 0x3f, 0x48, 0x85, 0xff, 0x75, 0xf8, 0xc3), 0);
    /* 1: cmpb $0,(%rdi,%rax) ; lea 1(%rax),%rax ; jne 1b ; ret */
    cr_expect_eq(MARKED(0x80, 0x3c, 0x07, 0x00, 0x48, 0x8d, 0x40, 0x01, 0x75, 0xf6, 0xc3), 0);
    /* 1: addsd %xmm1,%xmm0 ; comisd (%rdi),%xmm0 ; jb 1b ; ret */
    cr_expect_eq(MARKED(0xf2, 0x0f, 0x58, 0xc1, 0x66, 0x0f, 0x2f, 0x07, 0x72, 0xf6, 0xc3), 0);
}

/* Who pauses waits, and may count how often; what is counted is no word that is loaded, nor a way to one. */
Test(rewrite_spin, turns_that_are_counted)
{
    /* 1: pause ; add $1,%ecx ; cmp $9,%ecx ; jg 2f ; cmpb $0,(%rdi) ; je 1b ; 2: ret */
    cr_expect_eq(MARKED(0xf3, 0x90, 0x83, 0xc1, 0x01, 0x83, 0xf9, 0x09, 0x7f, 0x05, 0x80, 0x3f,
                        0x00, 0x74, 0xf1, 0xc3),
                 16);
    /* the same without a pause */
    cr_expect_eq(MARKED(0x66, 0x90, 0x83, 0xc1, 0x01, 0x83, 0xf9, 0x09, 0x7f, 0x05, 0x80, 0x3f,
                        0x00, 0x74, 0xf1, 0xc3),
                 0);
    /* 1: pause ; add (%rdi),%ecx ; cmp $9,%ecx ; jl 1b ; ret */
    cr_expect_eq(MARKED(0xf3, 0x90, 0x03, 0x0f, 0x83, 0xf9, 0x09, 0x7c, 0xf7, 0xc3), 0);
    /* 1: pause ; mov (%rdi),%eax ; add %eax,%ecx ; cmp $9,%ecx ; jl 1b ; ret */
    cr_expect_eq(MARKED(0xf3, 0x90, 0x8b, 0x07, 0x01, 0xc1, 0x83, 0xf9, 0x09, 0x7c, 0xf5, 0xc3), 0);
    /* 1: pause ; add $4,%rdi ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xf3, 0x90, 0x48, 0x83, 0xc7, 0x04, 0x83, 0x3f, 0x00, 0x74, 0xf5, 0xc3), 0);
}

Test(rewrite_spin, other_looks_at_the_word)
{
    /* cmpb $0,(%rbx) ; jne 2f ; 1: pause ; cmpb $0,(%rbx) ; je 1b ; 2: cmpb $0,(%rbx) ; cmpb $0,1(%rbx) ; pop %rbx ; ret */
    cr_expect_eq(MARKED(0x80, 0x3b, 0x00, 0x75, 0x07, 0xf3, 0x90, 0x80, 0x3b, 0x00, 0x74, 0xf9,
                        0x80, 0x3b, 0x00, 0x80, 0x7b, 0x01, 0x00, 0x5b, 0xc3),
                 1 + 8 + 32);
    /* 1: pause ; cmpb $0,(%rbx) ; je 1b ; mov (%rdi),%rbx ; cmpb $0,(%rbx) ; ret */
    cr_expect_eq(
        MARKED(0xf3, 0x90, 0x80, 0x3b, 0x00, 0x74, 0xf9, 0x48, 0x8b, 0x1f, 0x80, 0x3b, 0x00, 0xc3),
        2);
}

Test(rewrite_spin, loops_that_do_something)
{
    /* 1: movl $1,(%rsi) ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xc7, 0x06, 0x01, 0x00, 0x00, 0x00, 0x83, 0x3f, 0x00, 0x74, 0xf5, 0xc3), 0);
    /* 1: call (somewhere) ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xe8, 0x00, 0x01, 0x00, 0x00, 0x83, 0x3f, 0x00, 0x74, 0xf6, 0xc3), 0);
    /* 1: movl $1,%fs:0 ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(
        MARKED(0x64, 0xc7, 0x04, 0x25, 0, 0, 0, 0, 1, 0, 0, 0, 0x83, 0x3f, 0x00, 0x74, 0xef, 0xc3),
        0);
    /* 1: lock incl (%rsi) ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xf0, 0xff, 0x06, 0x83, 0x3f, 0x00, 0x74, 0xf8, 0xc3), 0);
}

Test(rewrite_spin, functions_that_only_rest)
{
    /* push %rbp ; mov %rsp,%rbp ; pause ; nop ; pop %rbp ; ret */
    static const uint8_t rest[] = { 0x55, 0x48, 0x89, 0xe5, 0xf3, 0x90, 0x90, 0x5d, 0xc3 };
    /* inc %eax ; ret */
    static const uint8_t count_up[] = { 0xff, 0xc0, 0xc3 };
    /* incl (%rdi) ; ret */
    static const uint8_t write[] = { 0xff, 0x07, 0xc3 };

    insn_decode_init();
    cr_expect(spin_is_idle(rest, sizeof(rest)));
    cr_expect_not(spin_is_idle(rest, sizeof(rest) - 1));
    cr_expect_not(spin_is_idle(count_up, sizeof(count_up)));
    cr_expect_not(spin_is_idle(write, sizeof(write)));
    idle = true;
    /* 1: call (somewhere) ; cmpl $0,(%rdi) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xe8, 0x00, 0x01, 0x00, 0x00, 0x83, 0x3f, 0x00, 0x74, 0xf6, 0xc3), 2);
}

Test(rewrite_spin, what_a_call_leaves_behind)
{
    idle = true;
    /* 1: call (somewhere) ; cmp %eax,(%rbx) ; je 1b ; ret */
    cr_expect_eq(MARKED(0xe8, 0x00, 0x01, 0x00, 0x00, 0x39, 0x03, 0x74, 0xf7, 0xc3), 2);
    /* 1: cmpl $0,(%rdi) ; call (somewhere) ; je 1b ; ret */
    cr_expect_eq(MARKED(0x83, 0x3f, 0x00, 0xe8, 0x00, 0x01, 0x00, 0x00, 0x74, 0xf6, 0xc3), 0);
    /* 1: cmpl $0,(%rbx) ; je 2f ; call (somewhere) ; jmp 1b ; 2: ret */
    cr_expect_eq(
        MARKED(0x83, 0x3b, 0x00, 0x74, 0x07, 0xe8, 0x00, 0x01, 0x00, 0x00, 0xeb, 0xf4, 0xc3), 1);
    idle = false;
}

/* The way to the word is loaded at the end of a turn, for the next one. */
Test(rewrite_spin, loops_that_begin_in_the_middle)
{
    /* 1: mov (%rdi),%edi ; test %edi,%edi ; je 2f ; mov (%rdx),%rdi ; jmp 1b ; 2: ret */
    cr_expect_eq(MARKED(0x8b, 0x3f, 0x85, 0xff, 0x74, 0x05, 0x48, 0x8b, 0x3a, 0xeb, 0xf5, 0xc3), 1);
}

/* A sum of what was read in earlier turns, behind a value that this one has read. */
Test(rewrite_spin, what_earlier_turns_made)
{
    /* 1: mov (%rdi),%eax ; add %eax,%ecx ; cmp %esi,%ecx ; jl 1b ; ret */
    cr_expect_eq(MARKED(0x8b, 0x07, 0x01, 0xc1, 0x39, 0xf1, 0x7c, 0xf8, 0xc3), 0);
    /* 1: mov (%rdi),%eax ; je 2f ; test %eax,%eax ; jne 1b ; 2: ret */
    cr_expect_eq(MARKED(0x8b, 0x07, 0x74, 0x04, 0x85, 0xc0, 0x75, 0xf8, 0xc3), 0);
}
