/*
 * rewrite/work.c - one unit's way from loaded text to patched text.
 *
 * decode (x86_64/unit.c) -> link what leaves the unit -> copy with checks (x86_64/copy.c) -> patch (x86_64/patch.c) ->
 * lead its stub to the copy. Everything before the patching leaves the unit as it was. Units that a jump table
 * or an exception leads into from here are rewritten too, before anybody can take that way.
 */
#include "rewrite/work.h"

#include <errno.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/sys.h"
#include "rewrite/copies.h"
#include "rewrite/lazy.h"
#include "rewrite/x86_64/copy.h"
#include "rewrite/x86_64/patch.h"

#define MAX_INSNS (1u << 20) /* of one unit */
#define MAX_BYTES (8u << 20)
#define SMALL (1u << 14) /* instructions whose memory is kept */
#define READY 512u       /* so many more than are needed */
#define MAX_PLACES (1u << 18)
#define MAX_QUEUE 256

static struct insn *insns;
static uint32_t *places; /* where the unit's tables lead */
static uint8_t *code;    /* the unit's bytes as loaded */
static uint32_t ready;   /* of the instructions: their pages are there, and those of the code */
static struct patch_scratch scratch;

/* Units that must be rewritten before the present one can run. */
static struct unit_info *queue[MAX_QUEUE];
static unsigned nqueue;

int work_init(void)
{
    insns = base_sys_pages(MAX_INSNS * sizeof(insns[0]));
    code = base_sys_pages(MAX_BYTES);
    places = base_sys_pages(MAX_PLACES * sizeof(places[0]));
    scratch.text = base_sys_pages(MAX_BYTES + PATCH_BEHIND);
    scratch.state = base_sys_pages(MAX_INSNS);
    scratch.reach = base_sys_pages(MAX_INSNS);
    return insns && places && code && scratch.text && scratch.state && scratch.reach ? 0 : -ENOMEM;
}

/* Gives back what a very large unit took. */
static void trim(const struct unit *u)
{
    base_mem_set(scratch.state, 0, u->n);
    base_mem_set(scratch.reach, 0, u->n);
    if (u->n > SMALL)
        base_sys_madvise((uintptr_t)&insns[SMALL], (MAX_INSNS - SMALL) * sizeof(insns[0]),
                         MADV_DONTNEED);
}

uintptr_t work_place(const struct module *m, const struct unit_info *u, uint32_t off)
{
    uintptr_t at = u->state == UNIT_DONE ? copies_address(u->copy, off) : 0;

    return at ? at : m->bias + off;
}

static bool is_entry(const struct unit_info *u, uint32_t off)
{
    return u && u->lo == off;
}

/* Where a branch or call out of the unit is to lead. *strict: nowhere else. */
static uintptr_t link(const struct module *m, uint32_t off, const struct rewrite_runtime *rt,
                      bool *strict)
{
    const struct unit_info *u = module_has_text(m, off) ? module_unit(m, off) : NULL;
    uintptr_t stub;

    *strict = u && u->state != UNIT_PLAIN && !is_entry(u, off);
    if (!u || u->state == UNIT_PLAIN)
        return m->bias + off;
    if (u->state == UNIT_DONE)
        return work_place(m, u, off);
    if (is_entry(u, off))
        return u->taken ? u->stub : m->bias + off;
    stub = lazy_stub(m, off, rt->resolve);
    return stub ? stub : m->bias + off;
}

/* Several branches to one place share its stub. */
static bool linked_before(const struct unit *u, uint32_t i)
{
    for (uint32_t k = i; k-- > 0 && i - k < 64;)
        if (u->insns[k].link && u->insns[k].target == u->insns[i].target) {
            u->insns[i].link = u->insns[k].link;
            u->insns[i].strict = u->insns[k].strict;
            return true;
        }
    return false;
}

static void link_all(const struct unit *u, const struct rewrite_runtime *rt)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct insn *in = &u->insns[i];

        if ((insn_is_branch(in) || in->cls == INSN_CALL) && in->target_index == u->n &&
            !linked_before(u, i))
            in->link = link(u->module, in->target, rt, &in->strict);
    }
}

/* ---- what has to come along ------------------------------------------------------------------------------------ */

static void enqueue(struct unit_info *u)
{
    unsigned i = 0;

    while (i < nqueue && queue[i] != u)
        i++;
    if (u->state == UNIT_NEW && i == nqueue && i < MAX_QUEUE)
        queue[nqueue++] = u;
}

static void enqueue_target(const struct unit *u, uint32_t off)
{
    struct unit_info *to = unit_has(u, off) ? NULL : module_unit(u->module, off);

    if (to && to->lo != off)
        enqueue(to);
}

/* Jump tables may lead into a part of the function that lies elsewhere (gcc's .cold), its exceptions too. */
static void enqueue_all(const struct unit *u)
{
    for (uint32_t i = 0; i < u->nplaces; i++)
        enqueue_target(u, u->places[i]);
    if (u->info->partner)
        enqueue(&u->module->units[u->info->partner - 1]);
}

/* ---- one unit ------------------------------------------------------------------------------------------------ */

/* Most instructions have 3 bytes and more. */
static void make_ready(uint32_t bytes)
{
    uint32_t want = bytes / 3 + READY < SMALL ? bytes / 3 + READY : SMALL;

    if (bytes / 3 <= ready || want <= ready)
        return;
    base_sys_populate(&insns[ready], (want - ready) * sizeof(insns[0]));
    base_sys_populate(&code[3 * ready], 3 * (want - ready));
    base_sys_populate(&scratch.text[3 * ready], 3 * (want - ready));
    ready = want;
}

static void load(struct unit *u, struct module *m, struct unit_info *info)
{
    *u = (struct unit){ .module = m,
                        .info = info,
                        .lo = info->lo,
                        .hi = info->hi,
                        .code = code,
                        .insns = insns,
                        .max = MAX_INSNS,
                        .places = places,
                        .max_places = MAX_PLACES };
    u->next = info + 1 < m->units + m->nunits ? info[1].lo : m->span.hi;
    make_ready(u->hi - u->lo);
    base_mem_copy(code, (const void *)(m->bias + u->lo), u->hi - u->lo);
    base_mem_copy(code, info->saved, info->taken < u->hi - u->lo ? info->taken : u->hi - u->lo);
}

/* It stays as it was loaded. */
static void give_up(struct module *m, struct unit_info *info, enum rewrite_reason reason,
                    uint64_t accesses)
{
    patch_restore(m, info);
    info->state = UNIT_PLAIN;
    m->stats.functions_skipped++;
    m->stats.skipped[reason] += accesses;
    if (info->stub)
        lazy_lead(info->stub, m->bias + info->lo);
}

static uint64_t bytes_of(const struct unit_copy *c)
{
    return c ? c->hot_end - c->hot + c->cold_end - c->cold + bytes_of(c->twin) : 0;
}

static void count_done(const struct unit *u)
{
    struct rewrite_stats *st = &u->module->stats;

    st->rewritten++;
    st->rewritten_bytes += u->hi - u->lo;
    st->instructions += u->n;
    st->copy_bytes += bytes_of(u->info->copy);
}

static void rewrite_one(struct module *m, struct unit_info *info, const struct rewrite_runtime *rt)
{
    struct rewrite_stats before = m->stats;
    struct unit u;

    if (info->hi - info->lo > MAX_BYTES) {
        give_up(m, info, REWRITE_SKIP_UNDECODED, 1);
        return;
    }
    load(&u, m, info);
    u.passes = rt->checks ? rt->passes : 0;
    if (!unit_decode(&u) || (rt->traced && unit_has_breakpoint(&u))) {
        m->stats = before;
        give_up(m, info, REWRITE_SKIP_UNDECODED, 1);
        return;
    }
    link_all(&u, rt);
    enqueue_all(&u);
    info->copy = copy_emit(&u, rt);
    if (!info->copy) {
        m->stats = before;
        m->stats.accesses += u.sites;
        give_up(m, info, REWRITE_SKIP_NO_COPY, u.sites);
    } else if (!patch_unit(&u, info->copy, &scratch)) {
        m->stats = before;
        m->stats.accesses += u.sites;
        give_up(m, info, REWRITE_SKIP_NO_PATCH, u.sites);
    } else {
        info->state = UNIT_DONE;
        count_done(&u);
    }
    trim(&u);
}

void work_unit(struct module *m, struct unit_info *u, const struct rewrite_runtime *rt)
{
    unsigned first = nqueue;

    rewrite_one(m, u, rt);
    while (nqueue > first) {
        struct unit_info *next = queue[--nqueue];

        if (next->state == UNIT_NEW)
            work_unit(m, next, rt);
    }
    if (u->state == UNIT_DONE && u->stub)
        lazy_lead(u->stub, u->copy->hot);
}
