/*
 * rewrite/ehframe.c - walks .eh_frame for function ranges. Start-up only; reads mapped memory, keeps no state.
 */
#include "rewrite/ehframe.h"

#include <stdbool.h>

#include "base/mem.h"

enum {
    PE_ABSPTR = 0x00,
    PE_UDATA2 = 0x02,
    PE_UDATA4 = 0x03,
    PE_UDATA8 = 0x04,
    PE_SDATA2 = 0x0A,
    PE_SDATA4 = 0x0B,
    PE_SDATA8 = 0x0C,
    PE_PCREL = 0x10,
    PE_DATAREL = 0x30,
    PE_OMIT = 0xFF
};

static uint64_t read_word(const uint8_t *p, unsigned size)
{
    uint64_t v = 0;

    base_mem_copy(&v, p, size);
    return v;
}

static uint64_t read_uleb(const uint8_t **p)
{
    uint64_t v = 0;

    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = *(*p)++;

        if (shift < 64)
            v |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return v;
    }
}

/* One encoded pointer; false for encodings that .eh_frame ranges do not use. */
static bool read_encoded(const uint8_t **p, uint8_t enc, uint64_t *value)
{
    const uint8_t *at = *p;
    int64_t v;

    switch (enc & 0x0f) {
    case PE_ABSPTR:
    case PE_UDATA8:
    case PE_SDATA8:
        v = (int64_t)read_word(at, 8);
        *p += 8;
        break;
    case PE_UDATA4:
        v = (int64_t)read_word(at, 4);
        *p += 4;
        break;
    case PE_SDATA4:
        v = (int32_t)read_word(at, 4);
        *p += 4;
        break;
    case PE_UDATA2:
        v = (int64_t)read_word(at, 2);
        *p += 2;
        break;
    case PE_SDATA2:
        v = (int16_t)read_word(at, 2);
        *p += 2;
        break;
    default: return false;
    }
    *value = (uint64_t)v + ((enc & 0x70) == PE_PCREL ? (uint64_t)(uintptr_t)at : 0);
    return (enc & 0x70) == 0 || (enc & 0x70) == PE_PCREL;
}

/* The 'R' encoding of a CIE; PE_OMIT where it cannot be told. */
static uint8_t cie_encoding(const uint8_t *cie)
{
    const uint8_t *p = cie + 8;
    uint8_t version = *p++;
    const char *aug = (const char *)p;
    uint64_t unused;

    p += base_str_length(aug) + 1;
    if (version != 1 && version != 3)
        return PE_OMIT;
    if (aug[0] == '\0')
        return PE_ABSPTR;
    if (aug[0] != 'z')
        return PE_OMIT;
    read_uleb(&p); /* code alignment */
    read_uleb(&p); /* data alignment: same length as a signed one */
    if (version == 1)
        p++;
    else
        read_uleb(&p);
    read_uleb(&p); /* augmentation length */
    for (const char *a = aug + 1; *a; a++) {
        if (*a == 'R')
            return *p;
        if (*a == 'L')
            p++;
        else if (*a == 'P') {
            uint8_t enc = *p++;

            if (!read_encoded(&p, enc & 0x7f, &unused))
                return PE_OMIT;
        } else if (*a != 'S' && *a != 'B') {
            return PE_OMIT;
        }
    }
    return PE_ABSPTR;
}

static bool fde_range(const uint8_t *fde, uintptr_t bias, struct ehframe_range *out)
{
    const uint8_t *cie = fde + 4 - read_word(fde + 4, 4), *p = fde + 8;
    uint8_t enc = cie_encoding(cie);
    uint64_t start, length;

    if (enc == PE_OMIT || !read_encoded(&p, enc, &start) || !read_encoded(&p, enc & 0x0f, &length))
        return false;
    if (start < bias || length == 0 || start - bias + length > UINT32_MAX)
        return false;
    out->lo = (uint32_t)(start - bias);
    out->hi = (uint32_t)(start - bias + length);
    return true;
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
    const uint8_t *p = hdr + 4;
    uint64_t frame;
    uint32_t n = 0;

    if (hdr[0] != 1 || !read_encoded(&p, hdr[1], &frame))
        return 0;
    if (hdr[2] == PE_UDATA4 && hdr[3] == (PE_DATAREL | PE_SDATA4))
        return table_ranges(hdr, p, bias, out, max);
    for (p = (const uint8_t *)(uintptr_t)frame; n < max;) {
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
