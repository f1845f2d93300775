/*
 * rewrite/ehframe.c - walks .eh_frame for function ranges. Start-up only; reads mapped memory, keeps no state.
 */
#include "rewrite/ehframe.h"

#include <stdbool.h>

#include "base/ehframe.h"
#include "base/mem.h"

/* DW_EH_PE_*, LSB 10.5 */
enum { PE_ABSPTR = 0x00, PE_UDATA4 = 0x03, PE_SDATA4 = 0x0B, PE_DATAREL = 0x30, PE_OMIT = 0xFF };

/* The encoding that the letters of the augmentation give to the start of a function; PE_OMIT: cannot be told. */
static uint8_t augmentation_encoding(struct base_ehframe_reader *r, const char *letters)
{
    uintptr_t unused;

    for (; *letters; letters++) {
        if (*letters == 'R')
            return (uint8_t)base_ehframe_fixed(r, 1);
        if (*letters == 'L')
            base_ehframe_skip(r, 1);
        else if (*letters == 'P') {
            if (!base_ehframe_pointer(r, (uint8_t)base_ehframe_fixed(r, 1) & 0x7F, 0, &unused))
                return PE_OMIT;
        } else if (*letters != 'S' && *letters != 'B') {
            return PE_OMIT;
        }
    }
    return PE_ABSPTR;
}

static uint8_t cie_encoding(const uint8_t *cie)
{
    struct base_ehframe_reader r;
    const char *letters;
    uint64_t version;

    if (!base_ehframe_entry(cie, &r))
        return PE_OMIT;
    base_ehframe_skip(&r, 4); /* 0: a CIE */
    version = base_ehframe_fixed(&r, 1);
    letters = (const char *)r.at;
    if (version != 1 && version != 3)
        return PE_OMIT;
    if (letters[0] == '\0')
        return PE_ABSPTR;
    if (letters[0] != 'z')
        return PE_OMIT;
    base_ehframe_skip(&r, base_str_length(letters) + 1);
    base_ehframe_uleb(&r); /* code alignment */
    base_ehframe_sleb(&r); /* data alignment */
    if (version == 1)
        base_ehframe_skip(&r, 1); /* return address column */
    else
        base_ehframe_uleb(&r);
    base_ehframe_uleb(&r); /* length of the augmentation */
    return augmentation_encoding(&r, letters + 1);
}

static bool fde_range(const uint8_t *fde, uintptr_t bias, struct ehframe_range *out)
{
    struct base_ehframe_reader r;
    uintptr_t start, length;
    const uint8_t *field;
    uint8_t encoding;

    if (!base_ehframe_entry(fde, &r))
        return false;
    field = r.at;
    encoding = cie_encoding(field - (int32_t)base_ehframe_fixed(&r, 4));
    if (!base_ehframe_pointer(&r, encoding, 0, &start) ||
        !base_ehframe_pointer(&r, encoding & 0x0F, 0, &length))
        return false;
    if (start < bias || length == 0 || start - bias + length > UINT32_MAX)
        return false;
    out->lo = (uint32_t)(start - bias);
    out->hi = (uint32_t)(start - bias + length);
    return true;
}

static uint64_t read_word(const uint8_t *p, unsigned size)
{
    struct base_ehframe_reader r = { p, p + size, false };

    return base_ehframe_fixed(&r, size);
}

/* The usual table: pairs of 32-bit (start, FDE) counted from hdr. */
static uint32_t table_ranges(const uint8_t *hdr, const uint8_t *p, uintptr_t bias,
                             struct ehframe_range *out, uint32_t max)
{
    uint32_t count = (uint32_t)read_word(p, 4), n = 0;

    for (uint32_t i = 0; i < count && n < max; i++) {
        const uint8_t *fde = hdr + (int32_t)read_word(p + 4 + 8ul * i + 4, 4);

        if (fde_range(fde, bias, &out[n]))
            n++;
    }
    return n;
}

uint32_t ehframe_ranges(const uint8_t *hdr, uintptr_t bias, struct ehframe_range *out, uint32_t max)
{
    struct base_ehframe_reader r = { hdr + 4, hdr + 12, false };
    const uint8_t *p;
    uintptr_t frame;
    uint32_t n = 0;

    if (hdr[0] != 1 || !base_ehframe_pointer(&r, hdr[1], (uintptr_t)hdr, &frame))
        return 0;
    if (hdr[2] == PE_UDATA4 && hdr[3] == (PE_DATAREL | PE_SDATA4))
        return table_ranges(hdr, r.at, bias, out, max);
    for (p = (const uint8_t *)frame; n < max;) {
        uint32_t length = (uint32_t)read_word(p, 4);

        if (length == 0 || length == UINT32_MAX)
            break;
        if (read_word(p + 4, 4) != 0 && fde_range(p, bias, &out[n]))
            n++;
        p += 4 + length;
    }
    return n;
}

static void sift_down(struct ehframe_range *r, uint32_t root, uint32_t n)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        struct ehframe_range swap;

        if (child >= n)
            return;
        if (child + 1 < n && r[child].lo < r[child + 1].lo)
            child++;
        if (r[root].lo >= r[child].lo)
            return;
        swap = r[root];
        r[root] = r[child];
        r[child] = swap;
        root = child;
    }
}

/* Heap sort: qsort may be the host's own. */
static void sort_ranges(struct ehframe_range *r, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(r, i, n);
    for (uint32_t end = n; end-- > 1;) {
        struct ehframe_range swap = r[0];

        r[0] = r[end];
        r[end] = swap;
        sift_down(r, 0, end);
    }
}

uint32_t ehframe_merge(struct ehframe_range *ranges, uint32_t n)
{
    uint32_t kept = 0;

    if (n == 0)
        return 0;
    sort_ranges(ranges, n);
    for (uint32_t i = 1; i < n; i++) {
        if (ranges[i].lo < ranges[kept].hi) {
            if (ranges[i].hi > ranges[kept].hi)
                ranges[kept].hi = ranges[i].hi;
        } else {
            ranges[++kept] = ranges[i];
        }
    }
    return kept + 1;
}
