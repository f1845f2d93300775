/*
 * tests/unit/report_render.c - the renderer's small parts: alignment table, escapes, patterns, operands, names.
 */
#include "report/render/format.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "report/render/alignment.h"
#include "report/render/instruction.h"
#include "report/render/source.h"
#include "report/render/suppress.h"
#include "report/render/symbols.h"

Test(report_alignment, placements)
{
    cr_assert(render_placement(0x1000, 8) == RENDER_NATURAL);
    cr_assert(render_placement(0x1003, 1) == RENDER_NATURAL);
    cr_assert(render_placement(0x1002, 4) == RENDER_IN_8);
    cr_assert(render_placement(0x1004, 8) == RENDER_IN_16);
    cr_assert(render_placement(0x100c, 8) == RENDER_IN_LINE);
    cr_assert(render_placement(0x103c, 8) == RENDER_ACROSS_LINE);
    cr_assert(render_placement(0x1ffc, 8) == RENDER_ACROSS_PAGE);
    cr_assert(render_placement(0x1000, 3) == RENDER_IN_8);
}

static void align(uint64_t addr, uint32_t size, enum render_access access, const char *amd64,
                  const char *arm64, bool severe)
{
    struct render_alignment a = { .known = false };

    render_align(addr, size, access, "it", &a);
    cr_assert(a.known && a.severe == severe, "%lx", (unsigned long)addr);
    cr_assert(strstr(a.amd64, amd64), "%s: %s", amd64, a.amd64);
    cr_assert(strstr(a.arm64, arm64), "%s: %s", arm64, a.arm64);
    cr_assert(a.natural == (a.advice[0] == '\0'));
    free(a.amd64);
    free(a.arm64);
    free(a.advice);
}

Test(report_alignment, texts)
{
    align(0x1000, 8, RENDER_PLAIN, "single-copy atomic", "single-copy atomic", false);
    align(0x1002, 4, RENDER_PLAIN, "single-copy atomic", "byte by byte", true);
    align(0x1004, 8, RENDER_PLAIN, "may tear", "LSE2", true); /* the packed counter */
    align(0x103c, 8, RENDER_PLAIN, "tear", "byte by byte", true);
    align(0x1004, 8, RENDER_ATOMIC_RMW, "single-copy atomic", "SIGBUS", true);
    align(0x103c, 8, RENDER_ATOMIC_RMW, "split lock", "unpredictable", true);
    align(0x103c, 8, RENDER_ATOMIC_ACCESS, "tear", "SIGBUS", true);
    align(0x1008, 16, RENDER_ATOMIC_RMW, "SIGSEGV", "SIGBUS", true);
    align(0x1000, 16, RENDER_ATOMIC_RMW, "single-copy atomic", "single-copy atomic", false);
}

static void escaped(const char *in, const char *expected)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    render_untrusted(out, in);
    fclose(out);
    cr_assert_str_eq(text, expected);
    free(text);
}

Test(report_text, untrusted_names)
{
    escaped("plain(int) const", "plain(int) const");
    escaped("a\nb\033[2Jc\177", "a\\x0ab\\x1b[2Jc\\x7f");
    escaped("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
    escaped("\xc0\xaf \xff \xed\xa0\x80", "\\xc0\\xaf \\xff \\xed\\xa0\\x80");
    escaped("\xc2\x9b"
            "31m",
            "\\xc2\\x9b31m"); /* C1: another way to write ESC [ */
    escaped("\xe2\x80\xae"
            "x",
            "\\xe2\\x80\\xaex"); /* right-to-left override */
}

Test(report_json, strings_stay_strings)
{
    struct render_finding *f = render_finding_new();
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    f->program = render_copy("/a \"b\"\\\n\xff");
    f->message = render_copy("");
    render_json_finding(out, f);
    fclose(out);
    cr_assert(strstr(text, "\"program\":\"/a \\\"b\\\"\\\\\\u000a\\u00ff\""), "%s", text);
    cr_assert(strchr(text, '\n') == text + len - 1);
    free(text);
    render_finding_free(f);
}

Test(report_suppress, patterns)
{
    cr_assert(render_rules_pattern("bar", "foobarbaz"));
    cr_assert(!render_rules_pattern("^bar", "foobarbaz"));
    cr_assert(render_rules_pattern("^foo*baz$", "foobarbaz"));
    cr_assert(render_rules_pattern("*.so", "/usr/lib/x.so.1"));
    cr_assert(!render_rules_pattern("*.so$", "/usr/lib/x.so.1"));
    cr_assert(render_rules_pattern("a*b*c", "xxaxxbxxbxxc"));
    cr_assert(!render_rules_pattern("^a*b*c$", "axxbxx"));
    cr_assert(render_rules_pattern("", "anything"));
}

static void operand(const char *code, unsigned size, int base, int64_t displacement)
{
    struct render_operand o = { 99, 0 };
    unsigned char padded[24] = { 0 };

    memcpy(padded, code, size);
    if (base < 0) {
        cr_assert(!render_instruction_decode(padded, sizeof padded, &o));
        return;
    }
    cr_assert(render_instruction_decode(padded, sizeof padded, &o));
    cr_assert(o.base == (unsigned)base && o.displacement == displacement, "%u %ld", o.base,
              (long)o.displacement);
}

Test(report_instruction, operands)
{
    operand("\x48\x83\x47\x04\x01", 5, 5, 4);                /* addq $1, 4(%rdi) */
    operand("\x48\x8b\x06", 3, 4, 0);                        /* mov (%rsi), %rax */
    operand("\x49\x89\x84\x24\x00\x01\x00\x00", 8, 12, 256); /* mov %rax, 256(%r12) */
    operand("\x0f\xb6\x43\xff", 4, 3, -1);                   /* movzbl -1(%rbx), %eax */
    operand("\xf0\x48\x0f\xc1\x02", 5, 1, 0);                /* lock xadd %rax, (%rdx) */
    operand("\xc5\xfa\x6f\x47\x20", 5, 5, 32);               /* vmovdqu 32(%rdi), %xmm0 */
    operand("\x8b\x05\x00\x00\x00\x00", 6, -1, 0);           /* mov 0(%rip), %eax */
    operand("\x8b\x04\xb7", 3, -1, 0);                       /* mov (%rdi,%rsi,4), %eax */
    operand("\x89\xc3", 2, -1, 0);                           /* mov %eax, %ebx */
}

Test(report_names, atomics)
{
    cr_assert(render_is_atomic_function("std::atomic<int>::load(std::memory_order) const"));
    cr_assert(
        render_is_atomic_function("int std::__atomic_base<int>::load(std::memory_order) const"));
    cr_assert(render_is_atomic_function("core::sync::atomic::AtomicUsize::fetch_add"));
    cr_assert(!render_is_atomic_function("update(std::atomic<int>&)"));
    cr_assert(!render_is_atomic_function("handle"));
    cr_assert(render_is_maker("std::__atomic_base<unsigned int>::__atomic_base(unsigned int)"));
    cr_assert(render_is_maker("std::atomic<void (*)(int)>::atomic(void (*)(int))"));
    cr_assert(render_is_maker("std::atomic_flag::atomic_flag(bool)"));
    cr_assert(render_is_maker("core::sync::atomic::AtomicUsize::new"));
    cr_assert(!render_is_maker("core::sync::atomic::AtomicUsize::load"));
    cr_assert(!render_is_maker("std::atomic<int>::store(int, std::memory_order)"));
    cr_assert(!render_is_maker("int std::__atomic_base<int>::load(std::memory_order) const"));
    cr_assert(!render_is_maker("handle"));
    cr_assert(!render_is_atomic_function(
        "void std::atomic_store<long>(std::shared_ptr<long>*, std::shared_ptr<long>)"));
    cr_assert(render_source_word("  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);") ==
              RENDER_SOURCE_OPERATION);
    cr_assert(render_source_word("  ready = 1; /* not atomic */") == RENDER_SOURCE_MENTIONED);
    cr_assert(render_source_word("  ready = 1;") == RENDER_SOURCE_NOTHING);
}

Test(report_names, demangled)
{
    char *name = render_demangle("_ZN5Stats4bumpEi");

    cr_assert_str_eq(name, "Stats::bump(int)");
    free(name);
    name = render_demangle("_RNvCs1234_7mycrate3foo");
    cr_assert(strstr(name, "foo"), "%s", name);
    free(name);
    name = render_demangle("handle");
    cr_assert_str_eq(name, "handle");
    free(name);
}

static void loop(void *arg)
{
    abort();
}

Test(report_guard, comes_back_from_a_crash)
{
    cr_assert(!render_guard(loop, NULL));
    cr_assert(!render_guard(loop, NULL));
}
