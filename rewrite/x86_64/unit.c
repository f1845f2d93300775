/*
 * rewrite/x86_64/unit.c - decodes the functions of a module and decides what in them is a shared access.
 *
 * Left out as private or immutable: operands in read-only data, and stack slots of units that never make a stack
 * address available. What is left out for want of support is counted with its reason.
 */
#include "rewrite/x86_64/unit.h"

#include "base/mem.h"
#include "rewrite/x86_64/liveness.h"
#include "rewrite/x86_64/loop.h"
#include "rewrite/x86_64/plan.h"
#include "rewrite/x86_64/prefetch.h"
#include "rewrite/x86_64/spin.h"
#include "rewrite/x86_64/vptr.h"

/* A fixed address: rip-relative or absolute. */
static bool fixed_address(const struct module *m, const struct insn *in, uint64_t *off)
{
    if (in->mem.index >= 0 || in->mem.fs)
        return false;
    if (in->mem.base == INSN_RIP)
        *off = in->off + in->len + (int64_t)in->mem.disp;
    else if (in->mem.base < 0)
        *off = (uint64_t)(int64_t)in->mem.disp - m->bias;
    else
        return false;
    return true;
}

static bool is_read_only(const struct module *m, const struct insn *in)
{
    uint64_t off;

    if (!fixed_address(m, in, &off) || off > UINT32_MAX)
        return false;
    return !segment_has(m->writable, m->nwritable, off) || segment_has(&m->relro, 1, off) ||
           segment_has(&m->plt, 1, off);
}

static bool is_private_stack(const struct unit *u, const struct insn *in)
{
    if (u->takes_stack)
        return false;
    return in->mem.base == INSN_RSP || (in->mem.base == INSN_RBP && u->frame);
}

/* Around the operation itself the compiler may keep things on the stack. */
static bool is_known_atomic(const struct unit *u, const struct insn *in)
{
    return in->access == INSN_CHECKED && in->size <= 8 && in->mem.base != INSN_RSP &&
           !(in->mem.base == INSN_RBP && u->frame) && module_is_atomic(u->module, in->off);
}

/* A call or jump through a slot reads that slot: an access like any other. */
static void decide_access(const struct unit *u, struct insn *in)
{
    struct rewrite_stats *stats = &u->module->stats;

    if (u->module->sync_only && in->access != INSN_SYNC && in->access != INSN_REQUEST)
        in->access = INSN_NO_ACCESS;
    if (in->access == INSN_NO_ACCESS)
        return;
    if (in->access != INSN_STRING && in->access != INSN_SYNC && in->access != INSN_REQUEST &&
        (is_private_stack(u, in) || is_read_only(u->module, in))) {
        in->access = INSN_NO_ACCESS;
        return;
    }
    if (u->module->llvm && in->size <= 8 && in->access == INSN_CHECKED)
        in->flags &= (uint8_t)~REWRITE_PLAIN;
    if (is_known_atomic(u, in) || (in->spins && in->access == INSN_CHECKED && in->size <= 8))
        in->access = INSN_SYNC;
    else if (u->module->classified)
        in->flags |= REWRITE_UNMARKED;
    if (in->access != INSN_UNSUPPORTED && in->mem.disp > INT32_MAX - 256) {
        in->access = INSN_UNSUPPORTED;
        in->reason = REWRITE_SKIP_LARGE;
    }
    stats->accesses++;
    if (in->access == INSN_UNSUPPORTED)
        stats->skipped[in->reason]++;
}

static bool names_target(const struct insn *in)
{
    return insn_is_branch(in) || in->cls == INSN_CALL;
}

static void mark_door(struct unit *u, uint32_t off)
{
    uint32_t i = unit_has(u, off) ? insn_find(u->insns, u->n, off) : u->n;

    if (i < u->n)
        u->insns[i].leader = u->insns[i].door = true;
}

/* Landing pads, places whose address an instruction takes, or that have a name of their own. */
static void mark_doors(struct unit *u)
{
    const struct module *m = u->module;

    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];

        if (in->disp_off && in->access == INSN_NO_ACCESS &&
            unit_has(u, insn_rip_target(in, unit_code(u, in))))
            mark_door(u, insn_rip_target(in, unit_code(u, in)));
    }
    for (uint32_t i = module_door(m, u->lo); i < m->ndoors && m->doors[i].at < u->hi; i++)
        mark_door(u, m->doors[i].at);
    for (uint32_t i = 0; i < u->nplaces; i++)
        mark_door(u, u->places[i]);
}

static void mark_leaders(struct unit *u)
{
    u->insns[0].leader = true;
    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];
        uint32_t target = in->target_index;

        if ((insn_is_terminal(in) || insn_is_call(in)) && i + 1 < u->n)
            u->insns[i + 1].leader = true;
        if (target < u->n) {
            u->insns[target].leader = true;
            u->insns[target].branched_to |= insn_is_branch(in);
            u->insns[target].door |= in->cls == INSN_CALL;
        }
    }
}

#define IDLE 32u /* bytes */

/* They give the processor to others, or wait a while. */
static bool only_waits(const char *name)
{
    static const char *const names[] = { "sched_yield", "thrd_yield", "pthread_yield",  "usleep",
                                         "nanosleep",   "thrd_sleep", "clock_nanosleep" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (base_str_equal(name, names[i]))
            return true;
    return false;
}

/* As loaded: a jump may stand at its entry by now. */
static bool is_idle(const void *arg, uint32_t off)
{
    const struct module *m = arg;
    const char *import = module_import(m, off);
    const struct unit_info *to = module_unit(m, off);
    uint8_t code[IDLE];
    uint32_t n;

    if (import)
        return only_waits(import);
    if (!to || to->lo != off)
        return false;
    n = to->hi - to->lo < IDLE ? to->hi - to->lo : IDLE;
    base_mem_copy(code, (const void *)(m->bias + off), n);
    base_mem_copy(code, to->saved, to->taken < n ? to->taken : n);
    return spin_is_idle(code, n);
}

static void mark_spins(const struct unit *u)
{
    struct spin_unit spin = {
        .insns = u->insns, .n = u->n, .frame = u->frame, .is_idle = is_idle, .arg = u->module
    };

    spin_mark(&spin);
}

/* False: its tables name too many places. */
static bool describe(struct unit *u)
{
    bool sets_frame = false, writes_bp = false;

    for (uint32_t i = 0; i < u->n; i++) {
        const struct insn *in = &u->insns[i];

        u->takes_stack |= in->takes_stack;
        sets_frame |= in->sets_frame;
        writes_bp |= in->writes_bp;
        u->indirect_jump |=
            in->cls == INSN_JMP_IND && !(in->mem.base == INSN_RIP && is_read_only(u->module, in));
    }
    u->frame = sets_frame && !writes_bp;
    mark_leaders(u);
    if (!unit_read_tables(u))
        return false;
    u->anywhere = unit_computes_jumps(u);
    mark_doors(u);
    if (!u->module->classified && !u->module->sync_only)
        mark_spins(u);
    for (uint32_t i = 0; i < u->n; i++) {
        decide_access(u, &u->insns[i]);
        u->sites += insn_is_site(&u->insns[i]);
    }
    return true;
}

/* False if a byte sequence does not decode or the array is full. */
static bool decode_all(struct unit *u)
{
    for (uint32_t off = u->lo; off < u->hi; u->n++) {
        struct insn *in = &u->insns[u->n];

        if (u->n >= u->max || !insn_decode(u->code + (off - u->lo), u->hi - off, off, in))
            return false;
        off += in->len;
    }
    return u->n > 0;
}

/* False if something leads into the middle of an instruction: data, or code that overlaps itself (a jump past a LOCK
 * prefix). */
static bool find_targets(struct unit *u)
{
    for (uint32_t i = 0; i < u->n; i++) {
        struct insn *in = &u->insns[i];
        bool own = names_target(in) && unit_has(u, in->target);

        in->target_index = own ? insn_find(u->insns, u->n, in->target) : u->n;
        if (own && in->target_index == u->n)
            return false;
    }
    return true;
}

bool unit_has_breakpoint(const struct unit *u)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (*unit_code(u, &u->insns[i]) == 0xCC) /* int3 */
            return true;
    return false;
}

bool unit_decode(struct unit *u)
{
    if (!decode_all(u) || !find_targets(u) || !describe(u))
        return false;
    liveness_unit(u->insns, u->n);
    vptr_unit(u);
    if (u->passes & REWRITE_PASS_STRIP)
        loop_plan(u);
    plan_unit(u->insns, u->n, u->passes, &u->module->stats);
    if (u->passes & REWRITE_PASS_PREFETCH)
        prefetch_plan(u->insns, u->n);
    return true;
}
