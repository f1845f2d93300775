/* Which stores are taken for those of a pointer to virtual functions. */
#include "rewrite/x86_64/vptr.h"

#include <criterion/criterion.h>
#include <string.h>

/* A module: text, names, relocated read-only data, data. */
static union {
    uint8_t bytes[512];
    uint64_t words[64];
} image;

enum { NAME = 128, RELRO = 256, INFO = RELRO, TABLE = RELRO + 32, SLOT = RELRO + 96, DATA = 384 };

static struct module module;
static struct insn insns[8];

static uint64_t address(unsigned off)
{
    return (uint64_t)image.bytes + off;
}

static void start(void)
{
    insn_decode_init();
    module = (struct module){ .bias = (uintptr_t)image.bytes,
                              .text = { { 0, 128 } },
                              .ntext = 1,
                              .readable = { { 0, sizeof(image) } },
                              .nreadable = 1,
                              .writable = { { RELRO, sizeof(image) } },
                              .nwritable = 1,
                              .relro = { RELRO, DATA } };
    memcpy(image.bytes + NAME, "3Job", 5);
    image.words[INFO / 8] = address(DATA);
    image.words[INFO / 8 + 1] = address(NAME);
    image.words[TABLE / 8 - 1] = address(INFO);
    image.words[TABLE / 8] = address(0);
    image.words[SLOT / 8] = address(TABLE - 16);
}

TestSuite(rewrite_vptr, .init = start);

/* The index of the store that was found; n: none. */
static uint32_t found(const uint8_t *code, size_t len)
{
    struct unit u = { .module = &module, .hi = (uint32_t)len, .code = image.bytes, .insns = insns };
    uint32_t off = 0, at;

    memcpy(image.bytes, code, len);
    for (; off < len; off += insns[u.n++].len)
        cr_assert(insn_decode(image.bytes + off, len - off, off, &insns[u.n]));
    vptr_unit(&u);
    for (at = 0; at < u.n && !insns[at].same; at++)
        ;
    return at;
}

/* lea to(%rip),%rax ; mov %rax,(%rdi) */
static uint32_t found_to(unsigned to)
{
    uint8_t code[] = { 0x48, 0x8D, 0x05, 0, 0, 0, 0, 0x48, 0x89, 0x07 };
    int32_t disp = (int32_t)to - 7;

    memcpy(code + 3, &disp, 4);
    return found(code, sizeof(code));
}

Test(rewrite_vptr, a_table_of_functions_has_a_type_in_front_of_it)
{
    cr_expect_eq(found_to(TABLE), 1);
    cr_expect_eq(insns[1].same, 1 + INSN_RAX);
    cr_expect_eq(found_to(TABLE + 8), 2);
    cr_expect_eq(found_to(DATA), 2);
    cr_expect_eq(found_to(NAME), 2);
    image.bytes[NAME] = 0;
    cr_expect_eq(found_to(TABLE), 2);
}

Test(rewrite_vptr, or_none_where_there_are_no_types)
{
    image.words[TABLE / 8 - 1] = 0;
    cr_expect_eq(found_to(TABLE), 1);
    image.words[TABLE / 8] = address(DATA); /* no function */
    cr_expect_eq(found_to(TABLE), 2);
}

Test(rewrite_vptr, through_the_table_of_addresses)
{
    static const uint8_t code[] = {
        0x4C, 0x8B, 0x05, 0,    0, 0, 0, /* mov SLOT(%rip),%r8 */
        0x49, 0x83, 0xC0, 0x10,          /* add $16,%r8 */
        0x4C, 0x89, 0x07,                /* mov %r8,(%rdi) */
    };
    uint8_t moved[sizeof(code)];
    int32_t disp = SLOT - 7;

    memcpy(moved, code, sizeof(code));
    memcpy(moved + 3, &disp, 4);
    cr_expect_eq(found(moved, sizeof(moved)), 2);
    cr_expect_eq(insns[2].same, 1 + INSN_R8);
}

Test(rewrite_vptr, the_register_must_not_change)
{
    uint8_t code[] = { 0x48, 0x8D, 0x05, 0,    0,    0,   0, /* lea TABLE(%rip),%rax */
                       0x48, 0xFF, 0xC0, 0x48, 0x89, 0x07 }; /* inc %rax ; mov %rax,(%rdi) */
    uint8_t call[] = { 0x48, 0x8D, 0x05, 0, 0, 0, 0, 0xE8, 0, 0, 0, 0, 0x48, 0x89, 0x07 };
    int32_t disp = TABLE - 7;

    memcpy(code + 3, &disp, 4);
    memcpy(call + 3, &disp, 4);
    cr_expect_eq(found(code, sizeof(code)), 3);
    cr_expect_eq(found(call, sizeof(call)), 3);
}
