/*
 * rewrite/module.c - one module's way from loaded text to patched text, and the tables that remain.
 *
 * find text and functions -> decode (x86_64/unit.c) -> copy with checks (x86_64/copy.c) -> patch (x86_64/patch.c).
 * Everything before the patching leaves the module as it was. The tables are written at start-up by one thread and
 * read-only afterwards, signal handlers included.
 */
#include "rewrite/rewrite.h"

#include <elf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/area.h"
#include "rewrite/x86_64/patch.h"

#define MAX_MODULES 255
#define SITE_BITS 23 /* site number: module << 23 | index */

/* What remains of a rewritten module. */
struct rewritten {
    uintptr_t bias;
    uintptr_t text_lo, text_hi;
    uintptr_t copy_lo, hot_hi, copy_hi;
    uint32_t *orig, *copy; /* offsets of all copied instructions, both ascending */
    uint32_t ninsns;
    struct rewrite_site *sites; /* by check offset */
    uint32_t nsites;
};

static struct rewrite_runtime runtime;
static struct rewritten modules[MAX_MODULES];
static uint32_t nmodules;

/* Room for the heap to grow in place: what we mapped there would end it, and malloc would go on with mmap. Programs at
 * fixed low addresses have only half of the reach of a jump, so they get less. */
#define BREAK_ROOM (1ul << 30)
#define BREAK_ROOM_LOW (128ul << 20)
#define LOW (1ul << 32)

/* Some systems let nobody make executable what was writable: found out before text is made writable. */
static int try_executable(void)
{
    uintptr_t p =
        base_sys_mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ret;

    if (base_sys_failed(p))
        return -ENOMEM;
    *(volatile uint8_t *)p = 0xC3;
    ret = base_sys_mprotect(p, 4096, PROT_READ | PROT_EXEC);
    base_sys_munmap(p, 4096);
    return ret;
}

int rewrite_init(const struct rewrite_runtime *rt)
{
    uintptr_t now = (uintptr_t)base_syscall(SYS_brk, 0, 0, 0, 0, 0, 0);
    int ret = try_executable();

    if (ret < 0)
        return ret;
    area_keep_out(now, now + (now < LOW ? BREAK_ROOM_LOW : BREAK_ROOM));
    runtime = *rt;
    insn_decode_init();
    return 0;
}

static void add_segment(struct module_work *w, const Elf64_Phdr *ph)
{
    struct segment s = { (uint32_t)ph->p_vaddr, (uint32_t)(ph->p_vaddr + ph->p_memsz) };

    if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X) && w->ntext < 4)
        w->text[w->ntext++] = s;
    else if (ph->p_type == PT_LOAD && (ph->p_flags & PF_W) && w->nwritable < 8)
        w->writable[w->nwritable++] = s;
    else if (ph->p_type == PT_GNU_RELRO)
        w->relro = s;
}

/* The slots that lazy binding jumps through: only the loader writes them, unseen and in its own time. */
static void find_plt_slots(struct module_work *w, const Elf64_Dyn *d)
{
    uint64_t start = 0, bytes = 0;

    for (; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_PLTGOT)
            start = d->d_un.d_ptr >= w->bias ? d->d_un.d_ptr - w->bias
                                             : d->d_un.d_ptr; /* the loader relocates it */
        else if (d->d_tag == DT_PLTRELSZ)
            bytes = d->d_un.d_val;
    }
    if (start && start < UINT32_MAX)
        w->plt = (struct segment){ (uint32_t)start,
                                   (uint32_t)(start + 8 * (3 + bytes / sizeof(Elf64_Rela))) };
}

static int find_functions(struct module_work *w, const struct rewrite_module *m)
{
    const Elf64_Phdr *ph = m->phdr;
    const uint8_t *hdr = NULL;
    uint32_t text = 0, max;

    for (unsigned i = 0; i < m->phnum; i++) {
        if (ph[i].p_type == PT_LOAD && ph[i].p_vaddr + ph[i].p_memsz > UINT32_MAX)
            return -EFBIG;
        add_segment(w, &ph[i]);
        if (ph[i].p_type == PT_DYNAMIC)
            find_plt_slots(w, (const Elf64_Dyn *)(m->bias + ph[i].p_vaddr));
        if (ph[i].p_type == PT_GNU_EH_FRAME)
            hdr = (const uint8_t *)(m->bias + ph[i].p_vaddr);
    }
    for (unsigned i = 0; i < w->ntext; i++)
        text += w->text[i].hi - w->text[i].lo;
    if (!hdr || !text)
        return -ENOENT;
    max = text / 4 + 16;
    w->max_insns = text + 16;
    w->ranges = base_sys_pages(max * sizeof(w->ranges[0]));
    w->units = base_sys_pages(max * sizeof(w->units[0]));
    w->insns = base_sys_pages(w->max_insns * sizeof(w->insns[0]));
    if (!w->ranges || !w->units || !w->insns)
        return -ENOMEM;
    w->nranges = ehframe_merge(w->ranges, ehframe_ranges(hdr, w->bias, w->ranges, max));
    return w->nranges ? 0 : -ENOENT;
}

static void release_work(struct module_work *w)
{
    uint32_t max = (w->max_insns - 16) / 4 + 16;

    if (w->ranges)
        base_sys_munmap((uintptr_t)w->ranges, max * sizeof(w->ranges[0]));
    if (w->units)
        base_sys_munmap((uintptr_t)w->units, max * sizeof(w->units[0]));
    if (w->insns)
        base_sys_munmap((uintptr_t)w->insns, w->max_insns * sizeof(w->insns[0]));
}

static int keep_maps(const struct module_work *w, struct rewritten *r)
{
    r->orig = base_arena_alloc(w->ninsns * 4ul);
    r->copy = base_arena_alloc(w->ninsns * 4ul);
    if (!r->orig || !r->copy)
        return -ENOMEM;
    for (uint32_t i = 0; i < w->ninsns; i++) {
        if (!w->insns[i].copy)
            continue;
        r->orig[r->ninsns] = w->insns[i].off;
        r->copy[r->ninsns++] = w->insns[i].copy;
    }
    return 0;
}

/* Gives back what was mapped and not filled, and makes the rest executable. */
static void seal_area(struct copy_area *a)
{
    uintptr_t hot = ((uintptr_t)a->hot_end + 4095) & ~4095ul,
              cold = ((uintptr_t)a->cold_end + 4095) & ~4095ul;

    if (hot < (uintptr_t)a->cold)
        base_sys_munmap(hot, (uintptr_t)a->cold - hot);
    if (cold < (uintptr_t)a->start + a->size)
        base_sys_munmap(cold, (uintptr_t)a->start + a->size - cold);
    base_sys_mprotect((uintptr_t)a->start, hot - (uintptr_t)a->start, PROT_READ | PROT_EXEC);
    base_sys_mprotect((uintptr_t)a->cold, cold - (uintptr_t)a->cold, PROT_READ | PROT_EXEC);
}

static int map_area(const struct module_work *w, struct copy_area *a)
{
    size_t hot;

    a->size = copy_area_size(w, &hot);
    a->start = (uint8_t *)area_map_near(w->bias + w->text[0].lo, w->bias + w->text[w->ntext - 1].hi,
                                        a->size);
    return a->start ? 0 : -ENOMEM;
}

static int make_copy(struct module_work *w, struct rewritten *r, struct copy_area *a)
{
    int ret = map_area(w, a);

    if (ret < 0) {
        w->stats->skipped[REWRITE_SKIP_NO_COPY] += w->nsites;
        return ret;
    }
    r->sites = base_arena_alloc((w->nsites + 1ul) * sizeof(r->sites[0]));
    ret = r->sites ? copy_emit(w, &runtime, a, r->sites, nmodules << SITE_BITS) : -ENOMEM;
    if (ret == 0)
        ret = keep_maps(w, r);
    if (ret < 0)
        base_sys_munmap((uintptr_t)a->start, a->size);
    return ret;
}

static int rewrite_work(struct module_work *w, struct rewritten *r)
{
    struct copy_area a = { 0 };
    int ret;

    unit_decode_all(w);
    if (w->nsites == 0)
        return 0;
    if (w->nsites >= 1u << SITE_BITS)
        return -EFBIG;
    ret = make_copy(w, r, &a);
    if (ret < 0)
        return ret;
    r->bias = w->bias;
    r->text_lo = w->bias + w->text[0].lo;
    r->text_hi = w->bias + w->text[w->ntext - 1].hi;
    r->copy_lo = (uintptr_t)a.start;
    r->hot_hi = (uintptr_t)a.hot_end;
    r->copy_hi = (uintptr_t)a.cold_end;
    r->nsites = w->nsites;
    w->stats->copy_bytes = (uint64_t)(a.hot_end - a.start) + (uint64_t)(a.cold_end - a.cold);
    ret = patch_module(w, &a);
    seal_area(&a);
    area_seal_stubs();
    return ret;
}

int rewrite_module_add(struct rewrite_module *m, struct rewrite_stats *stats)
{
    struct module_work w = { .bias = m->bias, .stats = stats };
    uint64_t start = base_sys_now();
    size_t stub_bytes = area_stub_bytes(), stub_maps = area_stub_maps();
    int ret;

    if (nmodules >= MAX_MODULES)
        return -ENOSPC;
    m->index = nmodules;
    modules[nmodules] = (struct rewritten){ 0 }; /* of one that failed */
    ret = find_functions(&w, m);
    if (ret == 0)
        ret = rewrite_work(&w, &modules[nmodules]);
    nmodules += ret == 0;
    release_work(&w);
    stats->stub_bytes = area_stub_bytes() - stub_bytes;
    stats->stub_maps = area_stub_maps() - stub_maps;
    stats->nanoseconds = base_sys_now() - start;
    return ret;
}

const struct rewrite_site *rewrite_site(uint32_t number)
{
    return &modules[number >> SITE_BITS].sites[number & ((1u << SITE_BITS) - 1)];
}

/* Index of the last element at most x, in an ascending array; n > 0 and a[0] <= x. */
static uint32_t last_at_most(const uint32_t *a, uint32_t n, uint32_t x)
{
    uint32_t lo = 0, hi = n;

    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;

        if (a[mid] <= x)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static const struct rewritten *module_of_copy(uintptr_t pc)
{
    for (uint32_t i = 0; i < nmodules; i++)
        if (pc >= modules[i].copy_lo && pc < modules[i].copy_hi && modules[i].ninsns)
            return &modules[i];
    return NULL;
}

/* The site whose check or cold stub holds the offset, or NULL. */
static const struct rewrite_site *site_at(const struct rewritten *r, uint32_t off, bool cold)
{
    uint32_t lo = 0, hi = r->nsites;

    while (hi - lo > 1) {
        uint32_t mid = (lo + hi) / 2;

        if ((cold ? r->sites[mid].cold : r->sites[mid].copy) <= off)
            lo = mid;
        else
            hi = mid;
    }
    if (!r->nsites || (cold ? r->sites[lo].cold : r->sites[lo].copy) > off)
        return NULL;
    return cold || off < r->sites[lo].copy + r->sites[lo].check ? &r->sites[lo] : NULL;
}

uintptr_t rewrite_pc_original(uintptr_t pc)
{
    const struct rewritten *r = module_of_copy(pc);
    uint32_t off;

    if (!r || r->copy[0] > pc - r->copy_lo)
        return pc;
    off = (uint32_t)(pc - r->copy_lo);
    if (pc >= r->hot_hi) {
        const struct rewrite_site *s = site_at(r, off, true);

        return s ? s->pc : pc;
    }
    return r->bias + r->orig[last_at_most(r->copy, r->ninsns, off)];
}

uintptr_t rewrite_pc_cold(uintptr_t pc)
{
    const struct rewritten *r = module_of_copy(pc);
    const struct rewrite_site *s =
        r && pc < r->hot_hi ? site_at(r, (uint32_t)(pc - r->copy_lo), false) : NULL;

    return s ? r->copy_lo + s->cold : 0;
}

bool rewrite_pc_inside(uintptr_t pc)
{
    const struct rewritten *r = module_of_copy(pc);
    const struct rewrite_site *s;

    if (!r)
        return area_has(pc);
    if (pc >= r->hot_hi || pc - r->copy_lo < r->copy[0]) /* cold, or the thunk */
        return true;
    s = site_at(r, (uint32_t)(pc - r->copy_lo), false);
    return s && pc - r->copy_lo != s->copy;
}

const char *rewrite_reason_text(enum rewrite_reason reason)
{
    static const char *const text[] = {
#define REASON(constant, words) words,
#include "rewrite/reasons.def"
#undef REASON
    };

    return reason < REWRITE_REASONS ? text[reason] : "unknown";
}
