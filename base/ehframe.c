/*
 * base/ehframe.c - see base/ehframe.h. No state, no locks, signal-safe.
 */
#include "base/ehframe.h"

#include <stddef.h>

#include "base/mem.h"

/* DW_EH_PE_*, Linux Standard Base 10.5. */
enum {
    ABSPTR = 0,
    ULEB = 1,
    UDATA2 = 2,
    UDATA4 = 3,
    UDATA8 = 4,
    SLEB = 9,
    SDATA2 = 10,
    SDATA4 = 11,
    SDATA8 = 12
};
enum { PCREL = 0x10, DATAREL = 0x30, APPLICATION = 0x70, INDIRECT = 0x80, OMIT = 0xff };

uint64_t base_ehframe_fixed(struct base_ehframe_reader *r, unsigned bytes)
{
    uint64_t value = 0;

    if ((size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        r->at = r->end;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)r->at[i] << (8 * i);
    r->at += bytes;
    return value;
}

/* The 7-bit groups of a LEB128 number; *shift is the bits they hold, *last the final byte. */
static uint64_t leb(struct base_ehframe_reader *r, unsigned *shift, uint8_t *last)
{
    uint64_t value = 0;

    *shift = 0;
    do {
        *last = (uint8_t)base_ehframe_fixed(r, 1);
        if (*shift < 64)
            value |= (uint64_t)(*last & 0x7f) << *shift;
        *shift += 7;
    } while (*last & 0x80);
    return value;
}

uint64_t base_ehframe_uleb(struct base_ehframe_reader *r)
{
    unsigned shift;
    uint8_t last;

    return leb(r, &shift, &last);
}

int64_t base_ehframe_sleb(struct base_ehframe_reader *r)
{
    unsigned shift;
    uint8_t last;
    uint64_t value = leb(r, &shift, &last);

    if (shift < 64 && (last & 0x40))
        value |= ~(uint64_t)0 << shift;
    return (int64_t)value;
}

void base_ehframe_skip(struct base_ehframe_reader *r, uint64_t bytes)
{
    if ((uint64_t)(r->end - r->at) < bytes) {
        r->bad = true;
        r->at = r->end;
    } else {
        r->at += bytes;
    }
}

static bool value_of(struct base_ehframe_reader *r, uint8_t format, uint64_t *value)
{
    switch (format) {
    case ABSPTR:
    case UDATA8:
    case SDATA8: *value = base_ehframe_fixed(r, 8); return true;
    case UDATA4: *value = base_ehframe_fixed(r, 4); return true;
    case SDATA4: *value = (uint64_t)(int32_t)base_ehframe_fixed(r, 4); return true;
    case UDATA2: *value = base_ehframe_fixed(r, 2); return true;
    case SDATA2: *value = (uint64_t)(int16_t)base_ehframe_fixed(r, 2); return true;
    case ULEB: *value = base_ehframe_uleb(r); return true;
    case SLEB: *value = (uint64_t)base_ehframe_sleb(r); return true;
    default: return false;
    }
}

bool base_ehframe_pointer(struct base_ehframe_reader *r, uint8_t encoding, uintptr_t data_base,
                          uintptr_t *out)
{
    uintptr_t here = (uintptr_t)r->at;
    uint64_t value;

    /* Indirect pointers are those of personality routines: only their length matters here. */
    if (encoding == OMIT || !value_of(r, encoding & 0x0f, &value) || r->bad)
        return false;
    switch (encoding & APPLICATION) {
    case 0: break;
    case PCREL: value += here; break;
    case DATAREL: value += data_base; break;
    default: return false;
    }
    *out = value;
    return true;
}

bool base_ehframe_entry(const uint8_t *at, struct base_ehframe_reader *r)
{
    struct base_ehframe_reader head = { at, at + 4, false };
    uint64_t length = base_ehframe_fixed(&head, 4);

    if (length == 0 || length >= 0xfffffff0u)
        return false;
    *r = (struct base_ehframe_reader){ at + 4, at + 4 + length, false };
    return true;
}

/*
 * .eh_frame_hdr:  version 1 | encodings of: eh_frame, count, table | eh_frame | count | table of (start, FDE)
 * Only the form that GNU ld, gold, lld and mold write has a table that can be searched: 4-byte offsets from
 * the header.
 */
const uint8_t *base_ehframe_find(const void *eh_frame_hdr, uintptr_t pc)
{
    const uint8_t *hdr = eh_frame_hdr;
    struct base_ehframe_reader r = { hdr + 4, hdr + 4 + 16, false };
    uintptr_t ignored;
    uint64_t low = 0, high;
    int64_t wanted = (int64_t)(pc - (uintptr_t)hdr);
    int32_t pair[2];

    if (hdr[0] != 1 || hdr[2] != UDATA4 || hdr[3] != (DATAREL | SDATA4) ||
        !base_ehframe_pointer(&r, hdr[1], (uintptr_t)hdr, &ignored))
        return NULL;
    high = base_ehframe_fixed(&r, 4);
    if (high == 0)
        return NULL;
    while (high - low > 1) { /* table[low].start <= pc < table[high].start, where they exist */
        uint64_t middle = low + (high - low) / 2;

        base_mem_copy(pair, r.at + 8 * middle, sizeof pair);
        if (pair[0] <= wanted)
            low = middle;
        else
            high = middle;
    }
    base_mem_copy(pair, r.at + 8 * low, sizeof pair);
    return pair[0] <= wanted ? hdr + pair[1] : NULL;
}
