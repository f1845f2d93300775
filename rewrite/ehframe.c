/*
 * rewrite/ehframe.c - walks .eh_frame for function ranges. Start-up only; reads mapped memory, keeps no state.
 */
#include "rewrite/ehframe.h"

#include <stdbool.h>

#include "base/ehframe.h"
#include "base/mem.h"

/* DW_EH_PE_*, LSB 10.5 */
enum { PE_ABSPTR = 0x00, PE_UDATA4 = 0x03, PE_SDATA4 = 0x0B, PE_DATAREL = 0x30, PE_OMIT = 0xFF };

/* How the FDEs of a CIE encode the start of their function (PE_OMIT: cannot be told) and its handler table. */
struct encodings {
    uint8_t start, lsda;
    bool augmented;
};

static bool read_augmentation(struct base_ehframe_reader *r, const char *letters,
                              struct encodings *e)
{
    uintptr_t unused;

    for (; *letters; letters++) {
        if (*letters == 'R')
            e->start = (uint8_t)base_ehframe_fixed(r, 1);
        else if (*letters == 'L')
            e->lsda = (uint8_t)base_ehframe_fixed(r, 1);
        else if (*letters == 'P') {
            if (!base_ehframe_pointer(r, (uint8_t)base_ehframe_fixed(r, 1) & 0x7F, 0, &unused))
                return false;
        } else if (*letters != 'S' && *letters != 'B') {
            return false;
        }
    }
    return true;
}

static bool read_cie(const uint8_t *cie, struct encodings *e)
{
    struct base_ehframe_reader r;
    const char *letters;
    uint64_t version;

    *e = (struct encodings){ PE_ABSPTR, PE_OMIT, false };
    if (!base_ehframe_entry(cie, &r))
        return false;
    base_ehframe_skip(&r, 4); /* 0: a CIE */
    version = base_ehframe_fixed(&r, 1);
    letters = (const char *)r.at;
    if (version != 1 && version != 3)
        return false;
    if (letters[0] == '\0')
        return true;
    if (letters[0] != 'z')
        return false;
    base_ehframe_skip(&r, base_str_length(letters) + 1);
    base_ehframe_uleb(&r); /* code alignment */
    base_ehframe_sleb(&r); /* data alignment */
    if (version == 1)
        base_ehframe_skip(&r, 1); /* return address column */
    else
        base_ehframe_uleb(&r);
    base_ehframe_uleb(&r); /* length of the augmentation */
    e->augmented = true;
    return read_augmentation(&r, letters + 1, e);
}

static uint32_t read_lsda(struct base_ehframe_reader *r, const struct encodings *e, uintptr_t bias)
{
    uintptr_t at, here;

    if (!e->augmented || e->lsda == PE_OMIT)
        return 0;
    base_ehframe_uleb(r); /* length of the augmentation */
    here = (uintptr_t)r->at;
    if (!base_ehframe_pointer(r, e->lsda, 0, &at) || at == here /* a relative 0 */ || at <= bias ||
        at - bias > UINT32_MAX)
        return 0;
    return (uint32_t)(at - bias);
}

static bool fde_range(const uint8_t *fde, uintptr_t bias, struct ehframe_range *out)
{
    struct base_ehframe_reader r;
    struct encodings e;
    uintptr_t start, length;
    const uint8_t *field;

    if (!base_ehframe_entry(fde, &r))
        return false;
    field = r.at;
    if (!read_cie(field - (int32_t)base_ehframe_fixed(&r, 4), &e) ||
        !base_ehframe_pointer(&r, e.start, 0, &start) ||
        !base_ehframe_pointer(&r, e.start & 0x0F, 0, &length))
        return false;
    if (start < bias || length == 0 || start - bias + length > UINT32_MAX)
        return false;
    out->lo = (uint32_t)(start - bias);
    out->hi = (uint32_t)(start - bias + length);
    out->lsda = read_lsda(&r, &e, bias);
    return true;
}

/* One row of the table of calls; false at its end or where it cannot be read. */
static bool next_pad(struct base_ehframe_reader *r, uint8_t encoding, uintptr_t *pad)
{
    uintptr_t unused;

    if (r->at >= r->end || !base_ehframe_pointer(r, encoding, 0, &unused) ||
        !base_ehframe_pointer(r, encoding, 0, &unused) ||
        !base_ehframe_pointer(r, encoding, 0, pad))
        return false;
    base_ehframe_uleb(r); /* action */
    return !r->bad;
}

uint32_t ehframe_pads(const struct ehframe_range *range, uintptr_t bias, uint32_t limit,
                      struct ehframe_pad *out, uint32_t max)
{
    const uint8_t *table = (const uint8_t *)(bias + range->lsda);
    struct base_ehframe_reader r = { table, (const uint8_t *)(bias + limit), false };
    uintptr_t start = bias + range->lo, pad;
    uint64_t bytes;
    uint8_t encoding = (uint8_t)base_ehframe_fixed(&r, 1);
    uint32_t n = 0;

    if (encoding != PE_OMIT && !base_ehframe_pointer(&r, encoding, 0, &start))
        return 0;
    if (base_ehframe_fixed(&r, 1) != PE_OMIT)
        base_ehframe_uleb(&r); /* offset of the table of types */
    encoding = (uint8_t)base_ehframe_fixed(&r, 1);
    bytes = base_ehframe_uleb(&r);
    if (bytes < (uint64_t)(r.end - r.at))
        r.end = r.at + bytes;
    while (n < max && next_pad(&r, encoding, &pad))
        if (pad)
            out[n++] = (struct ehframe_pad){ (uint32_t)(start + pad - bias), range->lo };
    return n;
}

static uint64_t read_word(const uint8_t *p, unsigned size)
{
    struct base_ehframe_reader r = { p, p + size, false };

    return base_ehframe_fixed(&r, size);
}

static bool has_table(const uint8_t *hdr)
{
    return hdr[0] == 1 && hdr[2] == PE_UDATA4 && hdr[3] == (PE_DATAREL | PE_SDATA4);
}

uint32_t ehframe_rows(const uint8_t *hdr)
{
    struct base_ehframe_reader r = { hdr + 4, hdr + 12, false };
    uintptr_t frame;

    if (!has_table(hdr) || !base_ehframe_pointer(&r, hdr[1], (uintptr_t)hdr, &frame))
        return 0;
    return (uint32_t)read_word(r.at, 4);
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
    if (has_table(hdr))
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

static void swap_rows(uint32_t *a, uint32_t *b, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        uint32_t word = a[i];

        a[i] = b[i];
        b[i] = word;
    }
}

static void sift_down(uint32_t *rows, uint32_t root, uint32_t n, unsigned words)
{
    for (uint32_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && rows[child * words] < rows[(child + 1) * words])
            child++;
        if (rows[root * words] >= rows[child * words])
            return;
        swap_rows(&rows[root * words], &rows[child * words], words);
    }
}

void ehframe_sort(void *first, uint32_t n, unsigned words)
{
    uint32_t *rows = first;

    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(rows, i, n, words);
    for (uint32_t end = n; end-- > 1;) {
        swap_rows(rows, &rows[end * words], words);
        sift_down(rows, 0, end, words);
    }
}

uint32_t ehframe_merge(struct ehframe_range *ranges, uint32_t n)
{
    uint32_t kept = 0;

    if (n == 0)
        return 0;
    ehframe_sort(ranges, n, sizeof(ranges[0]) / sizeof(uint32_t));
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
