/*
 * How long a table of jumps is, from the compare before the jump: small units written as bytes, the jump last.
 */
#include <criterion/criterion.h>

#include "rewrite/x86_64/unit.h"

#define JUMP_RAX 0xff, 0x24, 0xc5, 0, 0, 1, 0 /* jmp *0x10000(,%rax,8) */

static uint32_t entries(const uint8_t *code, size_t n, uint32_t leader)
{
    struct insn in[16];
    struct unit u = { .hi = (uint32_t)n, .code = code, .insns = in, .max = 16 };

    insn_decode_init();
    for (size_t off = 0; off < n; off += in[u.n++].len)
        cr_assert(insn_decode(code + off, n - off, (uint32_t)off, &in[u.n]));
    if (leader)
        in[leader].leader = true;
    return unit_table_entries(&u, u.n - 1);
}

#define ENTRIES(leader, ...)                                                                       \
    entries((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), leader)

Test(rewrite_bounds, compare_of_the_index)
{
    /* cmp $5,%eax ; ja ; jmp */
    cr_expect_eq(ENTRIES(0, 0x83, 0xf8, 5, 0x77, 9, JUMP_RAX), 6);
    /* cmp $0x1234,%eax, short and long form */
    cr_expect_eq(ENTRIES(0, 0x3d, 0x34, 0x12, 0, 0, 0x77, 9, JUMP_RAX), 0x1235);
    cr_expect_eq(ENTRIES(0, 0x48, 0x81, 0xf8, 0x34, 0x12, 0, 0, 0x77, 9, JUMP_RAX), 0x1235);
    /* cmp $200,%al ; ja, long ; movzbl %al,%eax */
    cr_expect_eq(ENTRIES(0, 0x3c, 200, 0x0f, 0x87, 9, 0, 0, 0, 0x0f, 0xb6, 0xc0, JUMP_RAX), 201);
}

Test(rewrite_bounds, index_that_was_moved)
{
    /* cmp $5,%r9d ; ja ; mov %r9d,%eax ; lea 1(%rdx),%edx */
    cr_expect_eq(
        ENTRIES(0, 0x41, 0x83, 0xf9, 5, 0x77, 9, 0x44, 0x89, 0xc8, 0x8d, 0x52, 1, JUMP_RAX), 6);
    /* the same with mov %edx,%eax: edx was not compared */
    cr_expect_eq(ENTRIES(0, 0x41, 0x83, 0xf9, 5, 0x77, 9, 0x89, 0xd0, JUMP_RAX), 0);
}

Test(rewrite_bounds, what_proves_nothing)
{
    /* jae instead of ja; a compare of another register; of a negative number */
    cr_expect_eq(ENTRIES(0, 0x83, 0xf8, 5, 0x73, 9, JUMP_RAX), 0);
    cr_expect_eq(ENTRIES(0, 0x83, 0xf9, 5, 0x77, 9, JUMP_RAX), 0);
    cr_expect_eq(ENTRIES(0, 0x83, 0xf8, 0x85, 0x77, 9, JUMP_RAX), 0);
    /* %ah is not %spl */
    cr_expect_eq(ENTRIES(0, 0x80, 0xfc, 5, 0x77, 9, 0xff, 0x24, 0xe5, 0, 0, 1, 0), 0);
    /* add $1,%eax behind the compare */
    cr_expect_eq(ENTRIES(0, 0x83, 0xf8, 5, 0x77, 9, 0x83, 0xc0, 1, JUMP_RAX), 0);
    /* something leads to the jump, or to between compare and branch */
    cr_expect_eq(ENTRIES(2, 0x83, 0xf8, 5, 0x77, 9, JUMP_RAX), 0);
    cr_expect_eq(ENTRIES(1, 0x83, 0xf8, 5, 0x77, 9, JUMP_RAX), 0);
}
