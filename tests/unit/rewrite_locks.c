/* Locked instructions in bytes that nobody has divided into instructions. */
#include "rewrite/x86_64/locks.h"
#include "rewrite/x86_64/insn.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(rewrite_locks, .init = insn_decode_init);

Test(rewrite_locks, finds_each_kind)
{
    static const uint8_t code[] = {
        0xF0, 0x0F, 0xB1, 0x17,       /* lock cmpxchg %edx,(%rdi) */
        0xF0, 0x48, 0x0F, 0xC1, 0x07, /* lock xadd %rax,(%rdi) */
        0xF0, 0x0F, 0xB0, 0x17,       /* lock cmpxchg %dl,(%rdi) */
        0xF0, 0x48, 0x0F, 0xC7, 0x0F, /* lock cmpxchg16b (%rdi) */
        0x90,
    };

    cr_assert_eq(locks_count(code, sizeof(code), 100), 4);
    cr_assert_eq(locks_count(code, sizeof(code), 2), 2);
    cr_assert_eq(locks_count(code, 3, 100), 0); /* nothing behind the end is looked at */
}

Test(rewrite_locks, takes_nothing_else_for_one)
{
    static const uint8_t code[] = {
        0x0F, 0xB1, 0x17, 0x90,       /* cmpxchg without lock */
        0xF0, 0x83, 0x0C, 0x24, 0x00, /* lock orl $0,(%rsp): a fence */
        0xF0, 0x90, 0x90, 0x90,
    };

    cr_assert_eq(locks_count(code, sizeof(code), 100), 0);
}

/* n times: mov $0x87,%eax, whose immediate looks like xchg %al,(%rax); then `end`. */
static size_t long_code(uint8_t *code, unsigned n, const uint8_t *end, size_t len)
{
    static const uint8_t mov[] = { 0xB8, 0x87, 0x00, 0x00, 0x00 };

    for (unsigned i = 0; i < n; i++)
        memcpy(code + i * sizeof(mov), mov, sizeof(mov));
    memcpy(code + n * sizeof(mov), end, len);
    return n * sizeof(mov) + len;
}

static bool any(unsigned n, const uint8_t *end, size_t len)
{
    uint8_t code[512];

    return locks_any(code, long_code(code, n, end, len));
}

static const uint8_t kinds[][8] = {
    { 0xF0, 0x0F, 0xAB, 0x0F, 0xC3 },       /* lock bts %ecx,(%rdi) */
    { 0xF0, 0x48, 0xFF, 0x07, 0xC3 },       /* lock incq (%rdi) */
    { 0x66, 0xF0, 0x83, 0x07, 0x01, 0xC3 }, /* lock addw $1,(%rdi) */
    { 0xF0, 0x48, 0x0F, 0xC7, 0x0F, 0xC3 }, /* lock cmpxchg16b (%rdi) */
    { 0x87, 0x07, 0xC3 },                   /* xchg %eax,(%rdi) */
    { 0x41, 0x86, 0x01, 0xC3 },             /* xchg %al,(%r9) */
    { 0xF0, 0x83, 0x0C, 0x24, 0x00, 0xC3 }, /* lock orl $0,(%rsp) */
};

Test(rewrite_locks, sees_each_kind_anywhere_in_a_unit)
{
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
        for (unsigned n = 0; n < 60; n++)
            cr_assert(any(n, kinds[k], sizeof(kinds[k])), "kind %u behind %u instructions", k, n);
}

Test(rewrite_locks, takes_no_operand_for_one)
{
    static const uint8_t ret[] = { 0xC3 };
    static const uint8_t registers[] = { 0x87, 0xD8, 0x87, 0xCB,
                                         0xC3 }; /* xchg between registers */
    static const uint8_t jumps[] = { 0x0F, 0x87, 0x00, 0x00, 0x00, 0x00, 0x0F,
                                     0x86, 0,    0,    0,    0,    0xC3 };

    for (unsigned n = 0; n < 60; n++) {
        cr_assert_not(any(n, ret, sizeof(ret)));
        cr_assert_not(any(n, registers, sizeof(registers)));
        cr_assert_not(any(n, jumps, sizeof(jumps)));
    }
}

/* rol $3, $13, $61, $51,%rdi ; xchg %rbx,%rbx ; ret */
static const uint8_t request[] = { 0x48, 0xC1, 0xC7, 0x03, 0x48, 0xC1, 0xC7, 0x0D, 0x48, 0xC1,
                                   0xC7, 0x3D, 0x48, 0xC1, 0xC7, 0x33, 0x48, 0x87, 0xDB, 0xC3 };

Test(rewrite_locks, sees_a_request_anywhere_in_a_unit)
{
    uint8_t other[sizeof(request)];

    for (unsigned n = 0; n < 60; n++) {
        cr_assert(any(n, request, sizeof(request)));
        cr_assert_not(any(n, request, sizeof(request) - 2)); /* cut short */
        for (unsigned i = 0; i < sizeof(request) - 1; i += 5) {
            memcpy(other, request, sizeof(request));
            other[i] ^= 1;
            cr_assert_not(any(n, other, sizeof(other)), "byte %u", i);
        }
    }
}
