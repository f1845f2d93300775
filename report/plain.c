/*
 * report/plain.c - see report/plain.h. Runs in the host, under report.c's lock: fixed buffers, base/text only.
 *
 * The same schema as the renderer's, with what is known without debug information.
 */
#include "report/plain.h"

#include "base/options.h"
#include "base/sys.h"
#include "base/text.h"
#include "report/modules.h"
#include "report/plain_json.h"

enum { TEXT = 256 * 1024, FRAMES = 128 };

/* Guarded by report.c's lock, both. */
static char buffer[TEXT];
static unsigned most_frames = FRAMES;

static const char *const titles[] = {
#define KIND(constant, name, title, prefix, severity) title,
#include "report/kinds.def"
#undef KIND
};

bool report_plain_certain(const struct report_finding *f)
{
    for (unsigned i = 0; i < f->nsides; i++) {
        if (f->sides[i].plain && !f->doubtful)
            return true;
    }
    return f->kind != REPORT_DATA_RACE && f->kind != REPORT_MIXED_ATOMIC;
}

unsigned report_plain_frames(uint32_t stack, uint64_t *pcs, unsigned max)
{
    uintptr_t all[REPORT_WALK_DEPTH + 1];
    unsigned total = stack ? report_stack_frames(stack, all, REPORT_WALK_DEPTH + 1) : 0, n = 0;

    if (max > base_options.stack_depth && base_options.stack_depth > 0)
        max = base_options.stack_depth;
    max = max < most_frames ? max : most_frames;
    for (unsigned i = 0; i < total && n < max; i++) {
        if (report_modules_own(all[i]))
            continue;
        pcs[n] = all[i] - (n == 0 && i > 0); /* a return address that moved to the front */
        n++;
    }
    return n;
}

static void untrusted(struct base_text *t, const char *s)
{
    for (; *s; s++)
        base_text_char(t, (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

static void text_frames(struct base_text *t, uint32_t stack)
{
    uint64_t pcs[FRAMES];
    unsigned n = report_plain_frames(stack, pcs, FRAMES);

    for (unsigned i = 0; i < n; i++) {
        uint64_t pc = pcs[i] - (i > 0);
        const struct report_module *m = report_modules_find(pc);

        base_text_format(t, "    #%u ", i);
        if (m) {
            untrusted(t, m->path);
            base_text_format(t, "+0x%lx\n", (unsigned long)(pc - m->base));
        } else {
            base_text_format(t, "0x%lx\n", (unsigned long)pc);
        }
    }
    if (n == 0)
        base_text_str(t, "    (no stack)\n");
    base_text_char(t, '\n');
}

static void text_thread(struct base_text *t, uint32_t id)
{
    if (id == 0)
        base_text_str(t, "the main thread");
    else
        base_text_format(t, "thread T%u", id);
}

static void text_side(struct base_text *t, const struct report_side *s)
{
    static const char *const ops[] = {
#define OP(constant, name, words, writes, atomic) words,
#include "report/ops.def"
    };
    const char *op = ops[s->op < REPORT_OPS ? s->op : 0];

    if (s->op >= REPORT_LOCK)
        base_text_format(t, s->lock ? "  %s%s of M%u " : "  %s%s ",
                         s->role == REPORT_LOCKED ? "Earlier " : "", op, s->lock);
    else
        base_text_format(t, "  %s%s of %u bytes at 0x%lx ",
                         s->role == REPORT_PREVIOUS ? "Previous " : "", op, s->size,
                         (unsigned long)s->addr);
    base_text_str(t, "by ");
    text_thread(t, s->thread);
    base_text_str(t, ":\n");
    text_frames(t, s->stack);
}

static void text_finding(struct base_text *t, const struct report_finding *f)
{
    const char *row = "==================\n", *title = titles[f->kind < REPORT_KINDS ? f->kind : 0];

    base_text_format(t, "%sWARNING: Seance: %s (pid=%d)\n", row, title, base_sys_getpid());
    if (f->kind >= REPORT_MUTEX_MISUSE) {
        base_text_str(t, "  ");
        report_plain_words(t, f);
        base_text_str(t, "\n");
    }
    for (unsigned i = 0; i < f->nsides && i < REPORT_SIDES; i++)
        text_side(t, &f->sides[i]);
    if (f->location.stack) {
        base_text_format(t, "  Location is a heap block of %lu bytes at 0x%lx allocated by ",
                         (unsigned long)f->location.block_size, (unsigned long)f->location.block);
        text_thread(t, f->location.thread);
        base_text_str(t, ":\n");
        text_frames(t, f->location.stack);
    }
    for (unsigned i = 0; i < f->nthreads && i < REPORT_THREADS; i++) {
        if (f->threads[i].id == 0)
            continue;
        base_text_format(t, "  Thread T%u created by ", f->threads[i].id);
        text_thread(t, f->threads[i].parent);
        base_text_str(t, " at:\n");
        text_frames(t, f->threads[i].created);
    }
    base_text_format(t, "SUMMARY: Seance: %s at 0x%lx\n%s", title, (unsigned long)f->addr, row);
}

/* True if all of it fitted. A line is never cut: deep stacks are made shorter until it fits. */
static bool whole(const struct base_text *t)
{
    return t->len + 1 < t->size || most_frames == 0;
}

bool report_plain_finding(struct report_files *files, const char *program,
                          const struct report_finding *f, uint64_t time)
{
    struct base_text t;
    bool written = true;

    for (most_frames = FRAMES; files->text.wanted; most_frames /= 4) {
        base_text_init(&t, buffer, sizeof buffer);
        text_finding(&t, f);
        if (whole(&t))
            break;
    }
    if (files->text.wanted)
        written = report_files_write(&files->text, t.buf, t.len);
    for (most_frames = FRAMES; files->json.wanted; most_frames /= 4) {
        base_text_init(&t, buffer, sizeof buffer);
        report_plain_json_finding(&t, program, f, time);
        if (whole(&t))
            break;
    }
    if (files->json.wanted)
        written = report_files_write(&files->json, t.buf, t.len) && written;
    most_frames = FRAMES;
    return written;
}

void report_plain_summary(struct report_files *files, const char *program,
                          const struct report_summary *s, const struct report_counts *c,
                          uint64_t peak_memory, uint64_t time)
{
    struct base_text t;

    if (!files->json.wanted)
        return;
    base_text_init(&t, buffer, sizeof buffer);
    report_plain_json_summary(&t, program, s, c, peak_memory, time);
    report_files_write(&files->json, t.buf, t.len);
}
