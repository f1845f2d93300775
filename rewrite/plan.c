/*
 * rewrite/plan.c - what a module consists of, from its program headers, dynamic section and unwind tables in memory.
 *
 * Reads only. Tables are mappings of their own and go with the module.
 */
#include <elf.h>
#include <errno.h>

#include "base/sys.h"
#include "rewrite/module.h"
#include "rewrite/x86_64/locks.h"

/* What the dynamic section says. Addresses, not offsets. */
struct dynamic {
    uint64_t plt_got, plt_bytes, plt_relocations, symbols, strings, gnu_hash, hash;
    bool relocated_text;
};

static void add_segment(struct module *m, const Elf64_Phdr *ph)
{
    struct segment s = { (uint32_t)ph->p_vaddr, (uint32_t)(ph->p_vaddr + ph->p_memsz) };

    if (ph->p_type == PT_LOAD && (ph->p_flags & PF_R) && m->nreadable < 8)
        m->readable[m->nreadable++] = s;
    if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X) && m->ntext < 4)
        m->text[m->ntext++] = s;
    else if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W) && m->nwritable < 8)
        m->writable[m->nwritable++] = s;
    else if (ph->p_type == PT_GNU_RELRO)
        m->relro = s;
}

/* The loader has relocated these addresses, or will. */
static uint64_t address(const struct module *m, uint64_t value)
{
    return value >= m->bias ? value : value + m->bias;
}

static void read_dynamic(const struct module *m, const Elf64_Dyn *d, struct dynamic *out)
{
    for (; d->d_tag != DT_NULL; d++) {
        switch (d->d_tag) {
        case DT_PLTGOT: out->plt_got = address(m, d->d_un.d_ptr); break;
        case DT_PLTRELSZ: out->plt_bytes = d->d_un.d_val; break;
        case DT_JMPREL: out->plt_relocations = address(m, d->d_un.d_ptr); break;
        case DT_STRTAB: out->strings = address(m, d->d_un.d_ptr); break;
        case DT_SYMTAB: out->symbols = address(m, d->d_un.d_ptr); break;
        case DT_GNU_HASH: out->gnu_hash = address(m, d->d_un.d_ptr); break;
        case DT_HASH: out->hash = address(m, d->d_un.d_ptr); break;
        case DT_TEXTREL: out->relocated_text = true; break;
        case DT_FLAGS: out->relocated_text |= (d->d_un.d_val & DF_TEXTREL) != 0; break;
        default: break;
        }
    }
}

/* The slots that lazy binding jumps through: only the loader writes them, unseen and in its own time. */
static void find_plt_slots(struct module *m, const struct dynamic *d)
{
    uint64_t start = d->plt_got - m->bias;

    if (d->plt_got && start < UINT32_MAX)
        m->plt =
            (struct segment){ (uint32_t)start,
                              (uint32_t)(start + 8 * (3 + d->plt_bytes / sizeof(Elf64_Rela))) };
}

static void find_imports(struct module *m, const struct dynamic *d)
{
    if (!d->plt_relocations || !d->symbols || !d->strings)
        return;
    m->imports = (struct module_imports){ .jumps = (const void *)d->plt_relocations,
                                          .symbols = (const void *)d->symbols,
                                          .strings = (const char *)d->strings,
                                          .njumps = (uint32_t)(d->plt_bytes / sizeof(Elf64_Rela)) };
}

/* DT_GNU_HASH: nbuckets, first symbol, words of the bloom filter, shift; filter, buckets, chains. */
static uint32_t count_gnu_symbols(const uint32_t *h)
{
    const uint32_t *buckets = (const uint32_t *)((const uint64_t *)(h + 4) + h[2]);
    const uint32_t *chains = buckets + h[0];
    uint32_t last = 0;

    for (uint32_t i = 0; i < h[0]; i++)
        last = buckets[i] > last ? buckets[i] : last;
    if (last < h[1])
        return h[1];
    while (!(chains[last - h[1]] & 1))
        last++;
    return last + 1;
}

static uint32_t count_symbols(const struct dynamic *d)
{
    if (d->hash)
        return ((const uint32_t *)d->hash)[1];
    return d->gnu_hash ? count_gnu_symbols((const uint32_t *)d->gnu_hash) : 0;
}

static bool add_door(struct module *m, uint32_t at, uint32_t from)
{
    if (m->ndoors == m->max_doors)
        return false;
    m->doors[m->ndoors++] = (struct ehframe_pad){ at, from };
    return true;
}

/* Assembler may give one unit several entries; their names tell. */
static void find_named_doors(struct module *m, const struct dynamic *d)
{
    const Elf64_Sym *symbols = (const Elf64_Sym *)d->symbols;
    uint32_t n = d->symbols ? count_symbols(d) : 0;

    for (uint32_t i = 0; i < n; i++) {
        const Elf64_Sym *s = &symbols[i];
        const struct unit_info *u;

        if (s->st_shndx == SHN_UNDEF || !module_has_text(m, s->st_value))
            continue;
        u = module_unit(m, (uint32_t)s->st_value);
        if (u && u->lo != s->st_value && !add_door(m, (uint32_t)s->st_value, u->lo))
            return;
    }
}

static uint32_t readable_until(const struct module *m, uint32_t off)
{
    for (unsigned i = 0; i < m->nreadable; i++)
        if (segment_has(&m->readable[i], 1, off))
            return m->readable[i].hi;
    return off;
}

static void find_pads(struct module *m, const struct ehframe_range *ranges, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (ranges[i].lsda)
            m->ndoors += ehframe_pads(&ranges[i], m->bias, readable_until(m, ranges[i].lsda),
                                      &m->doors[m->ndoors], m->max_doors - m->ndoors);
}

/* gcc puts landing pads into the cold part of their function: whoever runs the hot part may come there unseen. */
static void pair_units(struct module *m)
{
    for (uint32_t i = 0; i < m->ndoors; i++) {
        struct unit_info *from = module_unit(m, m->doors[i].from);
        const struct unit_info *to = module_unit(m, m->doors[i].at);

        if (from && to && from != to)
            from->partner = (uint32_t)(to - m->units) + 1;
    }
}

/* A table can say any number, so the text has a say too. */
static uint32_t most_units(const struct module *m, const uint8_t *hdr)
{
    uint32_t rows = ehframe_rows(hdr), most = m->max_doors;

    return rows && rows < most ? rows : most;
}

/* What will be written all over. */
static void make_ready(const struct module *m, struct ehframe_range *ranges, uint32_t n)
{
    base_sys_populate(ranges, n * sizeof(ranges[0]));
    base_sys_populate(m->units, n * sizeof(m->units[0]));
    if (!m->sync_only)
        base_sys_populate(m->locked, (m->span.hi - m->span.lo) / 8 + 1);
}

static bool any_locks(const struct module *m, const struct ehframe_range *ranges, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (module_has_text(m, ranges[i].lo) && module_has_text(m, ranges[i].hi - 1) &&
            locks_any((const uint8_t *)m->bias + ranges[i].lo, ranges[i].hi - ranges[i].lo))
            return true;
    return false;
}

static void add_units(struct module *m, struct ehframe_range *ranges, uint32_t n)
{
    find_pads(m, ranges, n);
    n = ehframe_merge(ranges, n);
    for (uint32_t i = 0; i < n; i++) {
        struct unit_info *u = &m->units[m->nunits];

        if (!module_has_text(m, ranges[i].lo) || !module_has_text(m, ranges[i].hi - 1))
            continue;
        u->lo = ranges[i].lo;
        u->hi = ranges[i].hi;
        m->stats.functions++;
        m->stats.text_bytes += u->hi - u->lo;
        m->nunits++;
    }
}

static int find_units(struct module *m, const uint8_t *hdr)
{
    struct ehframe_range *ranges;
    uint32_t max, n;

    m->max_doors = (m->span.hi - m->span.lo) / 4 + 16;
    m->max_units = max = most_units(m, hdr);
    ranges = base_sys_pages(max * sizeof(ranges[0]));
    m->units = base_sys_pages(max * sizeof(m->units[0]));
    m->doors = base_sys_pages(m->max_doors * sizeof(m->doors[0]));
    m->locked = base_sys_pages((m->span.hi - m->span.lo) / 8 + 1);
    if (!ranges || !m->units || !m->locked || !m->doors)
        return -ENOMEM;
    if (max < m->max_doors)
        make_ready(m, ranges, max);
    n = ehframe_ranges(hdr, m->bias, ranges, max);
    if (!m->sync_only || any_locks(m, ranges, n))
        add_units(m, ranges, n);
    base_sys_munmap((uintptr_t)ranges, max * sizeof(ranges[0]));
    return m->nunits ? 0 : -ENOENT;
}

/* ---- code that no unwind table lists --------------------------------------------------------------------------- */

#define MANY_LOCKS 8

static uint32_t text_in_all(const struct module *m)
{
    uint32_t n = 0;

    for (unsigned i = 0; i < m->ntext; i++)
        n += m->text[i].hi - m->text[i].lo;
    return n;
}

/* The unit that holds the offset, or the first one behind it; NULL: none. */
static struct unit_info *module_unit_behind(const struct module *m, uint32_t off)
{
    uint32_t lo = 0, hi = m->nunits;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (m->units[mid].hi <= off)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < m->nunits ? &m->units[lo] : NULL;
}

/* How many locked instructions stand outside of all units; stops at `enough`. */
static unsigned unlisted_locks(const struct module *m, unsigned enough)
{
    unsigned found = 0;

    for (unsigned i = 0; i < m->ntext; i++) {
        uint32_t at = m->text[i].lo, hi = m->text[i].hi;

        while (at < hi && found < enough) {
            const struct unit_info *u = module_unit_behind(m, at);
            uint32_t end = u && u->lo < hi ? u->lo : hi;

            if (end > at)
                found += locks_count((const uint8_t *)m->bias + at, end - at, enough - found);
            at = u && u->lo < hi ? u->hi : hi;
        }
    }
    return found;
}

/* True if most of the code is not listed and has locks of its own: what these order would be taken for races. */
static bool is_mostly_unseen(const struct module *m)
{
    uint32_t text = text_in_all(m), unlisted = text - (uint32_t)m->stats.text_bytes;
    unsigned enough = 1 + (unlisted >> 20); /* a hit in a megabyte of tables means nothing */

    enough = enough < MANY_LOCKS ? enough : MANY_LOCKS;
    return unlisted > text / 2 && unlisted_locks(m, enough) == enough;
}

static void find_span(struct module *m)
{
    m->span = m->text[0];
    for (unsigned i = 1; i < m->ntext; i++) {
        m->span.lo = m->text[i].lo < m->span.lo ? m->text[i].lo : m->span.lo;
        m->span.hi = m->text[i].hi > m->span.hi ? m->text[i].hi : m->span.hi;
    }
}

int module_plan(struct module *m, const struct rewrite_module *from)
{
    const Elf64_Phdr *ph = from->phdr;
    const uint8_t *hdr = NULL;
    struct dynamic d = { 0 };
    int ret;

    m->bias = from->bias;
    m->sync_only = from->sync_only;
    m->llvm = from->llvm;
    m->atomics = from->atomics;
    m->natomics = from->natomics;
    m->classified = from->classified;
    for (unsigned i = 0; i < from->phnum; i++) {
        if (ph[i].p_type == PT_LOAD && ph[i].p_vaddr + ph[i].p_memsz > UINT32_MAX)
            return -EFBIG;
        add_segment(m, &ph[i]);
        if (ph[i].p_type == PT_DYNAMIC)
            read_dynamic(m, (const Elf64_Dyn *)(m->bias + ph[i].p_vaddr), &d);
        if (ph[i].p_type == PT_GNU_EH_FRAME)
            hdr = (const uint8_t *)(m->bias + ph[i].p_vaddr);
    }
    if (!hdr || !m->ntext)
        return -ENOENT;
    if (d.relocated_text)
        return -ENOTSUP;
    find_plt_slots(m, &d);
    find_imports(m, &d);
    find_span(m);
    ret = find_units(m, hdr);
    if (ret == 0 && is_mostly_unseen(m))
        ret = -ENODATA;
    if (ret < 0)
        return ret;
    find_named_doors(m, &d);
    ehframe_sort(m->doors, m->ndoors, sizeof(m->doors[0]) / sizeof(uint32_t));
    pair_units(m);
    return 0;
}

int module_open(const struct module *m, uintptr_t at, size_t len)
{
    return m->open ? 0 : code_open_text(at, at + len);
}

void module_close(const struct module *m, uintptr_t at, size_t len)
{
    if (!m->open)
        code_close_text(at, at + len);
}

uint32_t module_door(const struct module *m, uint32_t off)
{
    uint32_t lo = 0, hi = m->ndoors;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (m->doors[mid].at < off)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool module_is_atomic(const struct module *m, uint32_t off)
{
    uint32_t lo = 0, hi = m->natomics;

    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;

        if (m->atomics[mid].hi <= off)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < m->natomics && m->atomics[lo].lo <= off;
}

struct unit_info *module_unit(const struct module *m, uint32_t off)
{
    struct unit_info *u = module_unit_behind(m, off);

    return u && u->lo <= off ? u : NULL;
}

void module_release(struct module *m)
{
    if (m->units)
        base_sys_munmap((uintptr_t)m->units, m->max_units * sizeof(m->units[0]));
    if (m->locked)
        base_sys_munmap((uintptr_t)m->locked, (m->span.hi - m->span.lo) / 8 + 1);
    if (m->doors)
        base_sys_munmap((uintptr_t)m->doors, m->max_doors * sizeof(m->doors[0]));
    m->units = NULL;
    m->locked = NULL;
    m->doors = NULL;
    m->nunits = m->ndoors = 0;
}
