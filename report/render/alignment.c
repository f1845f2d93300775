/*
 * report/render/alignment.c - the table of what each CPU promises about one access.
 *
 * Columns are where the access lies; rows are what it is and on which CPU. "AMD64" is what Intel and AMD both
 * promise. Sources: Intel SDM vol. 3A 9.1.1 (8.1.1 in older issues); AMD APM vol. 2 7.3.2, 7.3.3; Arm ARM DDI 0487,
 * B2.2.1 and B2.8.2 "Alignment of data accesses" (B2.13.2 in issue K.a); Linux Documentation/arch/x86/buslock.rst.
 * Normal write-back memory and Linux's defaults are meant throughout.
 */
#include "report/render/alignment.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 64, PAGE = 4096 };

enum verdict {
    WHOLE,      /* single-copy atomic */
    UNPROMISED, /* whole on some, no promise */
    TEARS,      /* other CPUs see a mix */
    BYTES,      /* each byte for itself */
    HALVES,     /* each 8 bytes for themselves */
    SPLIT_LOCK, /* atomic, at a price */
    BUS_BELOW,  /* atomic; some lock the bus */
    FAULTS,     /* alignment fault */
    PROTECTION, /* another fault */
    MAY_FAULT,  /* fault or atomic: unpredictable */
};

static const struct {
    const char *text;
    bool severe; /* tears or faults */
} verdicts[] = {
    [WHOLE] = { "single-copy atomic", false },
    [UNPROMISED] = { "no guarantee: AMD promises only what lies inside an aligned 8-byte word, so it may tear",
                     true },
    [TEARS] = { "may tear: another CPU can see part of the old and part of the new value", true },
    [BYTES] = { "only atomic byte by byte, so it may tear", true },
    [HALVES] = { "atomic in aligned 8-byte halves at most, so it may tear", true },
    [SPLIT_LOCK] = { "atomic, but a split lock: the bus is locked for it, hundreds of times slower, and SIGBUS where "
                     "the kernel makes split locks fatal",
                     true },
    [BUS_BELOW] = { "atomic; misaligned, so some CPUs lock the bus for it", false },
    [FAULTS] = { "alignment fault, SIGBUS", true },
    [PROTECTION] = { "general protection fault, SIGSEGV", true },
    [MAY_FAULT] = { "unpredictable: SIGBUS or done atomically", true },
};

enum cpu { AMD64, ARM64, ARM64_LSE2, CPUS };

/*                 natural, in 8 bytes, in 16 bytes, in a line, across lines, across pages */
static const enum verdict table[RENDER_ACCESSES][CPUS][RENDER_PLACEMENTS] = {
    [RENDER_PLAIN] = {
        [AMD64] = { WHOLE, WHOLE, UNPROMISED, UNPROMISED, TEARS, TEARS },
        [ARM64] = { WHOLE, BYTES, BYTES, BYTES, BYTES, BYTES },
        [ARM64_LSE2] = { WHOLE, WHOLE, WHOLE, BYTES, BYTES, BYTES },
    },
    [RENDER_WIDE] = { /* more than 8 bytes: vectors, pairs, ranges */
        [AMD64] = { UNPROMISED, UNPROMISED, UNPROMISED, UNPROMISED, TEARS, TEARS },
        [ARM64] = { HALVES, BYTES, BYTES, BYTES, BYTES, BYTES },
        [ARM64_LSE2] = { HALVES, HALVES, HALVES, BYTES, BYTES, BYTES },
    },
    [RENDER_ATOMIC_ACCESS] = { /* plain mov; LDAR, STLR, LDAPR */
        [AMD64] = { WHOLE, WHOLE, UNPROMISED, UNPROMISED, TEARS, TEARS },
        [ARM64] = { WHOLE, FAULTS, FAULTS, FAULTS, FAULTS, FAULTS },
        [ARM64_LSE2] = { WHOLE, WHOLE, WHOLE, FAULTS, FAULTS, FAULTS },
    },
    [RENDER_ATOMIC_RMW] = { /* LOCK, XCHG; exclusives, LSE */
        [AMD64] = { WHOLE, WHOLE, WHOLE, BUS_BELOW, SPLIT_LOCK, SPLIT_LOCK },
        [ARM64] = { WHOLE, FAULTS, FAULTS, FAULTS, FAULTS, FAULTS },
        [ARM64_LSE2] = { WHOLE, WHOLE, WHOLE, MAY_FAULT, MAY_FAULT, MAY_FAULT },
    },
    [RENDER_ATOMIC_PAIR] = { /* 16 bytes: CMPXCHG16B; LDXP, CASP */
        [AMD64] = { WHOLE, PROTECTION, PROTECTION, PROTECTION, PROTECTION, PROTECTION },
        [ARM64] = { WHOLE, FAULTS, FAULTS, FAULTS, FAULTS, FAULTS },
        [ARM64_LSE2] = { WHOLE, FAULTS, FAULTS, FAULTS, FAULTS, FAULTS },
    },
};

static bool within(uint64_t addr, uint32_t size, uint64_t granule)
{
    return addr / granule == (addr + size - 1) / granule;
}

enum render_placement render_placement(uint64_t addr, uint32_t size)
{
    bool power = (size & (size - 1)) == 0;

    if (power && addr % size == 0 && size <= LINE)
        return RENDER_NATURAL;
    if (within(addr, size, 8))
        return RENDER_IN_8;
    if (within(addr, size, 16))
        return RENDER_IN_16;
    if (within(addr, size, LINE))
        return RENDER_IN_LINE;
    return within(addr, size, PAGE) ? RENDER_ACROSS_LINE : RENDER_ACROSS_PAGE;
}

static char *arm64_text(enum verdict before, enum verdict after)
{
    if (before == after)
        return render_copy(verdicts[before].text);
    return render_print("before Armv8.4: %s; with LSE2 (Armv8.4 on): %s", verdicts[before].text,
                        verdicts[after].text);
}

static char *advice(uint32_t size, enum render_placement at, const char *what, bool severe)
{
    char *who = what ? render_print("%s", what) : render_copy("the datum"), *text;

    if (at == RENDER_NATURAL || size > LINE)
        text = render_copy("");
    else if ((size & (size - 1)) != 0)
        text = render_print("%u bytes are no size that a CPU keeps whole: guard them with a lock",
                            size);
    else
        text = render_print(
            "align %s to %u bytes: put it first, add padding before it or _Alignas(%u), and do not pack "
            "the structure%s",
            who, size, size, severe ? "" : "; here it happens to be whole");
    free(who);
    return text;
}

void render_align(uint64_t addr, uint32_t size, enum render_access access, const char *what,
                  struct render_alignment *out)
{
    enum render_placement at;
    const enum verdict(*row)[RENDER_PLACEMENTS];

    if (size == 0)
        return;
    if (size > 8 && access == RENDER_PLAIN)
        access = RENDER_WIDE;
    if (size > 8 && access == RENDER_ATOMIC_RMW)
        access = RENDER_ATOMIC_PAIR;
    at = render_placement(addr, size);
    row = table[access];
    out->known = true;
    out->natural = at == RENDER_NATURAL;
    out->line_offset = (unsigned)(addr % LINE);
    out->crosses_line = !within(addr, size, LINE);
    out->severe = verdicts[row[AMD64][at]].severe || verdicts[row[ARM64][at]].severe ||
                  verdicts[row[ARM64_LSE2][at]].severe;
    out->amd64 = render_copy(verdicts[row[AMD64][at]].text);
    out->arm64 = arm64_text(row[ARM64][at], row[ARM64_LSE2][at]);
    out->advice = advice(size, at, what, out->severe);
}
