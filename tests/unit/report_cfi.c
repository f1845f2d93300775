/*
 * tests/unit/report_cfi.c - rules from .eh_frame: each pc of libc that has one gets one that makes sense, and
 * broken tables end in "unknown".
 */
#include "report/cfi.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/ehframe.h"

Test(report_cfi, start_of_a_function)
{
    struct report_rule r = report_cfi_rule((uintptr_t)dlsym(RTLD_DEFAULT, "qsort"));

    cr_assert(r.cfa == REPORT_CFA_SP && r.cfa_off == 8 && r.bp == REPORT_BP_SAME);
}

Test(report_cfi, nothing_is_known_outside_of_modules)
{
    cr_assert(report_cfi_rule(0x1234).cfa == REPORT_CFA_UNKNOWN);
    cr_assert(report_cfi_rule_from(NULL, 0x1234).cfa == REPORT_CFA_UNKNOWN);
}

Test(report_cfi, all_of_libc)
{
    uintptr_t at = (uintptr_t)dlsym(RTLD_DEFAULT, "abort") & ~(uintptr_t)4095;
    unsigned known = 0, total = 0;

    for (uintptr_t pc = at; pc < at + 0x80000; pc += 3) {
        struct report_rule r = report_cfi_rule(pc);

        cr_assert(r.cfa != REPORT_CFA_NONE);
        known += r.cfa != REPORT_CFA_UNKNOWN;
        total++;
    }
    cr_assert(known > total * 9 / 10, "%u of %u", known, total);
}

Test(report_cfi, numbers)
{
    static const uint8_t bytes[] = { 0xe5, 0x8e, 0x26, 0x7f, 0x80, 0x7f, 1, 2 };
    struct base_ehframe_reader r = { bytes, bytes + sizeof bytes, false };

    cr_assert(base_ehframe_uleb(&r) == 624485);
    cr_assert(base_ehframe_sleb(&r) == -1);
    cr_assert(base_ehframe_sleb(&r) == -128);
    cr_assert(base_ehframe_fixed(&r, 2) == 0x201);
    cr_assert(!r.bad);
    cr_assert(base_ehframe_fixed(&r, 1) == 0 && r.bad);
    r = (struct base_ehframe_reader){ bytes, bytes + 2, false };
    base_ehframe_uleb(&r);
    cr_assert(r.bad);
}

/* Random bytes as call frame instructions never hang nor read past their entry. */
Test(report_cfi, garbage)
{
    struct {
        uint8_t version, frame_enc, count_enc, table_enc;
        int32_t frame;
        uint32_t count;
        int32_t table[2];
        uint8_t entries[512];
    } hdr;

    srand(7);
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < sizeof hdr; i++)
            ((uint8_t *)&hdr)[i] = (uint8_t)rand();
        hdr.version = 1, hdr.frame_enc = 0x1b, hdr.count_enc = 3, hdr.table_enc = 0x3b,
        hdr.count = 1;
        hdr.table[0] = 0;
        hdr.table[1] = (int32_t)((uintptr_t)&hdr.entries[64] - (uintptr_t)&hdr);
        memcpy(hdr.entries, "\x1c\0\0\0\0\0\0\0\1zR\0\1\x78\x10\1\0",
               17); /* CIE, absolute pointers */
        memcpy(hdr.entries + 64, "\x40\0\0\0\x44\0\0\0", 8);
        memcpy(hdr.entries + 72, &(uintptr_t){ (uintptr_t)&hdr }, 8);
        memcpy(hdr.entries + 80, &(uintptr_t){ 4096 }, 8);
        report_cfi_rule_from(&hdr, (uintptr_t)&hdr + 100);
    }
}
