/*
 * report/render/input.c - see input.h. The host is trusted to be ours, but no length in a record is: a host that
 * was overwritten by its own bugs must not take the renderer with it.
 */
#include "report/render/input.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "report/render/symbols.h"

static const char *const kind_names[] = {
#define KIND(constant, name, title, prefix, severity) name,
#include "report/kinds.def"
#undef KIND
};

static const struct {
    const char *name;
    bool write, atomic;
} ops[] = {
#define OP(constant, name, words, writes, atomic) { name, writes, atomic },
#include "report/ops.def"
};

static const char *const roles[] = {
#define ROLE(constant, name) name,
#include "report/ops.def"
};
static const char *const places[] = { "", "global", "heap", "stack", "tls", "global" };

bool render_input_valid(const void *record, size_t size)
{
    struct record_head head;
    size_t least;

    if (size < sizeof head)
        return false;
    memcpy(&head, record, sizeof head);
    if (head.version != RECORD_VERSION || head.size != size)
        return false;
    switch (head.type) {
    case RECORD_HELLO: least = sizeof(struct record_hello); break;
    case RECORD_MODULE: least = offsetof(struct record_module, path) + 1; break;
    case RECORD_FINDING: least = sizeof(struct record_finding); break;
    case RECORD_SUMMARY: least = sizeof(struct record_summary); break;
    default: return false;
    }
    return size >= least;
}

bool render_input_hello(struct render_input *in, const void *record)
{
    memcpy(&in->hello, record, sizeof in->hello);
    in->hello.program[sizeof in->hello.program - 1] = '\0';
    in->hello.suppressions[sizeof in->hello.suppressions - 1] = '\0';
    in->hello.text_path[sizeof in->hello.text_path - 1] = '\0';
    in->hello.json_path[sizeof in->hello.json_path - 1] = '\0';
    in->greeted = true;
    return true;
}

void render_input_module(const void *record, size_t size)
{
    struct record_module m;
    char hex[2 * sizeof m.build_id + 1] = "";

    memset(&m, 0, sizeof m);
    memcpy(&m, record, size < sizeof m ? size : sizeof m);
    m.path[sizeof m.path - 1] = '\0';
    for (unsigned i = 0; i < m.build_id_len && i < sizeof m.build_id; i++)
        snprintf(hex + 2 * i, 3, "%02x", m.build_id[i]);
    render_modules_add(m.path, hex, m.base, m.lo, m.hi);
}

/* The stack with that id, resolved; empty where the record has none. */
static struct render_stack stack(const struct record_finding *r, size_t size, uint32_t id)
{
    const char *at = (const char *)(r + 1), *end = (const char *)r + size;
    struct render_stack out = { NULL, 0 };

    for (uint32_t i = 0; id && i < r->nstacks; i++) {
        const struct record_stack *s = (const struct record_stack *)at;

        if (end - at < (ptrdiff_t)sizeof *s ||
            s->npcs > (size_t)(end - at - (ptrdiff_t)sizeof *s) / sizeof s->pcs[0])
            break;
        if (s->id == id) {
            render_symbols_stack(s->pcs, s->npcs, false, &out);
            break;
        }
        at = (const char *)&s->pcs[s->npcs];
    }
    return out;
}

static void fill_side(struct render_side *out, const struct report_side *s,
                      const struct record_finding *r, size_t size)
{
    unsigned op = s->op < REPORT_OPS ? s->op : REPORT_READ,
             role = s->role < REPORT_ROLES ? s->role : REPORT_ACCESS;

    strcpy(out->role, roles[role]);
    strcpy(out->op, ops[op].name);
    out->of_lock = op >= REPORT_LOCK;
    out->access =
        !out->of_lock && (role == REPORT_ACCESS || role == REPORT_PREVIOUS || role == REPORT_FREED);
    out->lock = s->lock;
    out->under = s->under;
    out->write = ops[op].write;
    out->atomic = ops[op].atomic;
    out->plain = s->plain;
    out->lost = s->lost;
    out->size = s->size;
    out->addr = s->addr;
    out->thread = s->thread;
    out->nlocks = s->nlocks < REPORT_LOCKS ? s->nlocks : REPORT_LOCKS;
    memcpy(out->locks, s->locks, sizeof out->locks);
    out->stack = stack(r, size, s->stack);
}

static void fill_place(struct render_finding *f, const struct report_location *l,
                       const struct record_finding *r, size_t size)
{
    strcpy(f->location.type, places[l->type <= REPORT_PLACE_DESCRIPTOR ? l->type : 0]);
    if (l->type == REPORT_PLACE_DESCRIPTOR)
        f->location.name = render_print("file descriptor %lu", (unsigned long)l->block);
    f->location.thread = l->thread;
    if (l->block_size) {
        f->location.start = l->block;
        f->location.block_size = l->block_size;
        f->location.block_offset = f->addr - l->block;
    }
    if (l->type == REPORT_PLACE_HEAP && l->stack) {
        struct render_side *s = &f->sides[f->nsides++];

        strcpy(s->role, "allocated");
        s->thread = l->thread;
        s->stack = stack(r, size, l->stack);
    }
}

static void fill_context(struct render_finding *f, const struct record_finding *r, size_t size)
{
    const struct report_finding *from = &r->finding;

    for (unsigned i = 0; i < from->nthreads && i < REPORT_THREADS; i++) {
        struct render_thread *t = &f->threads[f->nthreads++];

        t->id = from->threads[i].id;
        t->parent = from->threads[i].parent;
        memcpy(t->name, from->threads[i].name, sizeof t->name - 1);
        t->created = stack(r, size, from->threads[i].created);
    }
    for (unsigned i = 0; i < from->nlocks && i < REPORT_NAMED_LOCKS; i++) {
        struct render_lock *l = &f->locks[f->nlocks++];

        l->id = from->locks[i].id;
        l->addr = from->locks[i].addr;
        l->created = stack(r, size, from->locks[i].created);
    }
}

struct render_finding *render_input_finding(const struct render_input *in, const void *record,
                                            size_t size)
{
    const struct record_finding *r = record;
    struct render_finding *f;

    if (!in->greeted || r->finding.kind >= REPORT_KINDS || r->finding.nsides == 0)
        return NULL;
    f = render_finding_new();
    strcpy(f->kind, kind_names[r->finding.kind]);
    f->program = render_copy(in->hello.program);
    f->pid = in->hello.pid;
    f->time = r->time;
    f->addr = r->finding.addr;
    f->size = r->finding.size;
    f->misuse = r->finding.misuse < REPORT_MISUSES ? r->finding.misuse : 0;
    f->doubtful = r->finding.doubtful;
    f->lock_type = r->finding.lock_type < REPORT_LOCK_TYPES ? r->finding.lock_type : 0;
    f->length = r->finding.length;
    f->count = 1;
    for (unsigned i = 0; i < r->finding.nsides && i < REPORT_SIDES; i++)
        fill_side(&f->sides[f->nsides++], &r->finding.sides[i], r, size);
    fill_place(f, &r->finding.location, r, size);
    fill_context(f, r, size);
    return f;
}

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool render_input_summary(struct render_input *in, const void *record, size_t size,
                          struct render_summary *out)
{
    const struct record_summary *s = record;

    if (s->nrepeats > RECORD_REPEATS || s->nrepeats > (size - sizeof *s) / sizeof s->repeats[0])
        return false;
    out->time = now();
    out->counts = s->counts;
    if (out->counts.nskips > 16)
        out->counts.nskips = 16;
    memcpy(out->reasons, s->reasons, sizeof out->reasons);
    for (unsigned i = 0; i < 16; i++)
        out->reasons[i][sizeof out->reasons[i] - 1] = '\0';
    out->peak_memory = s->peak_memory;
    out->lost += s->lost;
    in->nrepeats = s->nrepeats;
    memcpy(in->repeats, s->repeats, s->nrepeats * sizeof s->repeats[0]);
    return true;
}
