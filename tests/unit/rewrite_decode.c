/*
 * What the planner is told of an instruction: class, access, size, registers and flags. Bytes are from the assembler.
 */
#include <criterion/criterion.h>

#include "rewrite/x86_64/insn.h"

struct row {
    const char *text;
    uint8_t bytes[15];
    uint8_t len;
    enum insn_class cls;
    enum insn_access access;
    uint8_t size;
    uint8_t flags;
};

#define R REWRITE_READ
#define W REWRITE_WRITE
#define P REWRITE_PLAIN

static const struct row rows[] = {
    { "mov (%rdi),%rax", { 0x48, 0x8b, 0x07 }, 3, INSN_PLAIN, INSN_CHECKED, 8, R },
    { "mov %eax,0x10(%rsi,%rcx,4)", { 0x89, 0x44, 0x8e, 0x10 }, 4, INSN_PLAIN, INSN_CHECKED, 4, W },
    { "addl $1,(%rdi)", { 0x83, 0x07, 0x01 }, 3, INSN_PLAIN, INSN_CHECKED, 4, R | W | P },
    { "lock addl $1,(%rdi)", { 0xf0, 0x83, 0x07, 0x01 }, 4, INSN_PLAIN, INSN_SYNC, 4, R | W | P },
    { "xchg %eax,(%rdi)", { 0x87, 0x07 }, 2, INSN_PLAIN, INSN_SYNC, 4, R | W | P },
    { "lock cmpxchg16b (%rdi)",
      { 0xf0, 0x48, 0x0f, 0xc7, 0x0f },
      5,
      INSN_PLAIN,
      INSN_SYNC,
      16,
      R | W | P },
    { "movzbl (%rdi),%eax", { 0x0f, 0xb6, 0x07 }, 3, INSN_PLAIN, INSN_CHECKED, 1, R },
    { "movdqu (%rdi),%xmm0", { 0xf3, 0x0f, 0x6f, 0x07 }, 4, INSN_PLAIN, INSN_CHECKED, 16, R | P },
    { "vmovdqu %ymm0,(%rdi)", { 0xc5, 0xfe, 0x7f, 0x07 }, 4, INSN_PLAIN, INSN_CHECKED, 32, W | P },
    { "fldt (%rdi)", { 0xdb, 0x2f }, 2, INSN_PLAIN, INSN_ALWAYS, 10, R | P },
    { "lea (%rdi),%rax", { 0x48, 0x8d, 0x07 }, 3, INSN_PLAIN, INSN_NO_ACCESS, 0, 0 },
    { "mov %fs:0x28,%rax",
      { 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28 },
      9,
      INSN_PLAIN,
      INSN_NO_ACCESS,
      0,
      0 },
    { "mov %fs:-8,%rax",
      { 0x64, 0x48, 0x8b, 0x04, 0x25, 0xf8, 0xff, 0xff, 0xff },
      9,
      INSN_PLAIN,
      INSN_CHECKED,
      8,
      R },
    { "incl %fs:(%rax)", { 0x64, 0xff, 0x00 }, 3, INSN_PLAIN, INSN_CHECKED, 4, R | W | P },
    { "mov %fs:(%rdi),%eax", { 0x64, 0x8b, 0x07 }, 3, INSN_PLAIN, INSN_NO_ACCESS, 0, 0 },
    { "push %rbp", { 0x55 }, 1, INSN_PLAIN, INSN_NO_ACCESS, 0, 0 },
    { "push (%rdi)", { 0xff, 0x37 }, 2, INSN_PLAIN, INSN_CHECKED, 8, R },
    { "call *8(%rax)", { 0xff, 0x50, 0x08 }, 3, INSN_CALL_IND, INSN_CHECKED, 8, R },
    { "jmp *(%rax,%rdx,8)", { 0xff, 0x24, 0xd0 }, 3, INSN_JMP_IND, INSN_CHECKED, 8, R },
    { "jmp *%rax", { 0xff, 0xe0 }, 2, INSN_JMP_IND, INSN_NO_ACCESS, 0, 0 },
    { "ret", { 0xc3 }, 1, INSN_RET, INSN_NO_ACCESS, 0, 0 },
    { "jrcxz .+5", { 0xe3, 0x03 }, 2, INSN_LOOP, INSN_NO_ACCESS, 0, 0 },
    { "jne .+5", { 0x75, 0x03 }, 2, INSN_JCC, INSN_NO_ACCESS, 0, 0 },
    { "ud2", { 0x0f, 0x0b }, 2, INSN_STOP, INSN_NO_ACCESS, 0, 0 },
    { "nopw 0(%rax,%rax)", { 0x66, 0x0f, 0x1f, 0x44, 0, 0 }, 6, INSN_PLAIN, INSN_NO_ACCESS, 0, 0 },
    { "prefetcht0 (%rdi)", { 0x0f, 0x18, 0x0f }, 3, INSN_PLAIN, INSN_NO_ACCESS, 0, 0 },
    { "bts %rax,(%rdi)",
      { 0x48, 0x0f, 0xab, 0x07 },
      4,
      INSN_PLAIN,
      INSN_UNSUPPORTED,
      8,
      R | W | P },
    { "mov (%edi),%eax", { 0x67, 0x8b, 0x07 }, 3, INSN_PLAIN, INSN_UNSUPPORTED, 4, R },
};

TestSuite(rewrite_decode, .init = insn_decode_init);

Test(rewrite_decode, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct insn in;

        cr_assert(insn_decode(r->bytes, r->len, 0x1000, &in), "%s", r->text);
        cr_expect_eq(in.len, r->len, "%s: length %u", r->text, in.len);
        cr_expect_eq(in.cls, r->cls, "%s: class %u", r->text, in.cls);
        cr_expect_eq(in.access, r->access, "%s: access %u", r->text, in.access);
        cr_expect_eq(in.size, r->size, "%s: size %u", r->text, in.size);
        cr_expect_eq(in.flags, r->flags, "%s: flags %u", r->text, in.flags);
    }
}

Test(rewrite_decode, a_thread_s_own_objects_have_no_base)
{
    static const uint8_t code[] = { 0x64, 0x8b, 0x41, 0x10 }; /* mov %fs:0x10(%rcx),%eax */
    struct insn in;

    cr_assert(insn_decode(code, sizeof(code), 0, &in));
    cr_expect(in.mem.fs && in.mem.base == INSN_NONE && in.mem.index == INSN_RCX);
    cr_expect(in.mem.scale == 1 && in.mem.disp == 16);
}

Test(rewrite_decode, string_instructions)
{
    static const uint8_t rep_movsq[] = { 0xf3, 0x48, 0xa5 }, stosb[] = { 0xaa },
                         repe_cmpsb[] = { 0xf3, 0xa6 };
    struct insn in;

    cr_assert(insn_decode(rep_movsq, 3, 0, &in));
    cr_expect(in.access == INSN_STRING && in.size == 8 && in.rep == REWRITE_REP);
    cr_expect_eq(in.flags, REWRITE_STRING_DI | REWRITE_STRING_SI | REWRITE_WRITE | REWRITE_PLAIN);
    cr_assert(insn_decode(stosb, 1, 0, &in));
    cr_expect(in.access == INSN_STRING && in.size == 1 && in.rep == REWRITE_ONCE);
    cr_assert(insn_decode(repe_cmpsb, 2, 0, &in));
    cr_expect(in.access == INSN_STRING && in.rep == REWRITE_REPE && !(in.flags & REWRITE_WRITE));
}

/* What a shift by cl or an inc leaves of the flags must not be taken for dead. */
Test(rewrite_decode, flags)
{
    static const uint8_t add[] = { 0x01, 0xc8 }, inc[] = { 0xff, 0xc0 }, shl_cl[] = { 0xd3, 0xe0 },
                         adc[] = { 0x11, 0xc8 };
    static const uint8_t cmov[] = { 0x48, 0x0f, 0x44, 0xc1 }, mov8[] = { 0x88, 0xc8 },
                         bsf[] = { 0x0f, 0xbc, 0x07 };
    struct insn in;

    cr_assert(insn_decode(add, 2, 0, &in));
    cr_expect_eq(in.kills & INSN_FLAGS, INSN_FLAGS);
    cr_assert(insn_decode(inc, 2, 0, &in));
    cr_expect_eq(in.kills & INSN_CF, 0);
    cr_assert(insn_decode(shl_cl, 2, 0, &in));
    cr_expect_eq(in.kills & INSN_FLAGS, 0);
    cr_assert(insn_decode(adc, 2, 0, &in));
    cr_expect(in.uses & INSN_CF);
    cr_assert(insn_decode(cmov, 4, 0, &in));
    cr_expect((in.uses & 1u << INSN_RAX) && !(in.kills & 1u << INSN_RAX));
    cr_assert(insn_decode(mov8, 2, 0, &in));
    cr_expect((in.uses & 1u << INSN_RAX) && !(in.kills & 1u << INSN_RAX),
              "al only: the rest of rax stays");
    cr_assert(insn_decode(bsf, 3, 0, &in));
    cr_expect(in.uses & 1u << INSN_RAX, "stays where the source is 0");
}

Test(rewrite_decode, zeroing_reads_nothing)
{
    static const uint8_t wide[] = { 0x31, 0xc0 }, low[] = { 0x30, 0xc0 }, other[] = { 0x31, 0xc8 };
    struct insn in;

    cr_assert(insn_decode(wide, 2, 0, &in));
    cr_expect(!(in.uses & 1u << INSN_RAX) && in.kills & 1u << INSN_RAX);
    cr_assert(insn_decode(low, 2, 0, &in));
    cr_expect(in.uses & 1u << INSN_RAX, "the rest of rax stays");
    cr_assert(insn_decode(other, 2, 0, &in));
    cr_expect(in.uses & 1u << INSN_RAX);
}

Test(rewrite_decode, stack_addresses)
{
    static const uint8_t lea[] = { 0x48, 0x8d, 0x44, 0x24, 0x10 }, frame[] = { 0x48, 0x89, 0xe5 };
    static const uint8_t mov[] = { 0x48, 0x89, 0xe0 }, sub[] = { 0x48, 0x83, 0xec, 0x10 };
    struct insn in;

    cr_assert(insn_decode(lea, 5, 0, &in) && in.takes_stack);
    cr_assert(insn_decode(mov, 3, 0, &in) && in.takes_stack);
    cr_assert(insn_decode(sub, 4, 0, &in) && !in.takes_stack);
    cr_assert(insn_decode(frame, 3, 0, &in) && in.sets_frame && !in.takes_stack && !in.writes_bp);
}

Test(rewrite_decode, rubbish)
{
    static const uint8_t bad[] = { 0x06 };
    struct insn in;

    cr_expect_not(insn_decode(bad, 1, 0, &in));
    cr_expect_not(insn_decode((const uint8_t *)"\x48\x8b", 2, 0, &in), "cut short");
}

static struct insn decoded(const uint8_t *code, size_t n)
{
    struct insn in;

    insn_decode_init();
    cr_assert(insn_decode(code, n, 0, &in));
    return in;
}

Test(rewrite_decode, strings_with_prefixes)
{
    static const uint8_t lods_f2[] = { 0xf2, 0xac }, scas_f2[] = { 0xf2, 0xae },
                         cmps_f3[] = { 0xf3, 0xa6 }, movs[] = { 0xa4 },
                         narrow[] = { 0x67, 0xf3, 0xa4 }, fs[] = { 0x64, 0xf3, 0xa4 };

    cr_expect_eq(decoded(lods_f2, 2).rep, REWRITE_REP);
    cr_expect_eq(decoded(scas_f2, 2).rep, REWRITE_REPNE);
    cr_expect_eq(decoded(cmps_f3, 2).rep, REWRITE_REPE);
    cr_expect_eq(decoded(movs, 1).rep, REWRITE_ONCE);
    cr_expect_eq(decoded(narrow, 3).reason, REWRITE_SKIP_ADDRESS32);
    cr_expect_eq(decoded(fs, 3).flags, REWRITE_PLAIN | REWRITE_STRING_DI | REWRITE_WRITE);
}

Test(rewrite_decode, a_request_to_valgrind)
{
    static const uint8_t code[] = { 0x48, 0xC1, 0xC7, 0x03, 0x48, 0xC1, 0xC7, 0x0D, 0x48, 0xC1,
                                    0xC7, 0x3D, 0x48, 0xC1, 0xC7, 0x33, 0x48, 0x87, 0xDB };
    struct insn in = decoded(code, sizeof(code));

    cr_expect_eq(in.access, INSN_REQUEST);
    cr_expect_eq(in.len, 4);
    cr_expect_eq(in.mem.base, INSN_RAX);
    cr_expect(in.uses & 1u << INSN_RAX);
    cr_expect(in.uses & 1u << INSN_RDI);
    cr_expect_eq(decoded(code, sizeof(code) - 1).access, INSN_NO_ACCESS);
    cr_expect_eq(decoded(code + 4, sizeof(code) - 4).access, INSN_NO_ACCESS);
}
