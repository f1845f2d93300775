/*
 * report/render/text.c - the text block. Its shape is the one that scripts written for ThreadSanitizer expect.
 */
#include <stdlib.h>
#include <string.h>

#include "report/render/format.h"
#include "report/render/judge.h"
#include "report/render/locks.h"
#include "report/render/utf8.h"

static const char row[] = "==================\n";

void render_untrusted(FILE *out, const char *s)
{
    while (*s) {
        unsigned len = render_utf8_length(s);

        if (len == 0 || (unsigned char)*s < ' ' || *s == 127 || render_utf8_is_control(s, len)) {
            fprintf(out, "\\x%02x", (unsigned char)*s);
            s++;
        } else {
            fwrite(s, 1, len, out);
            s += len;
        }
    }
}

static void print_frame(FILE *out, unsigned number, const struct render_frame *f)
{
    const char *slash = f->module ? strrchr(f->module, '/') : NULL;

    fprintf(out, "    #%u ", number);
    render_untrusted(out, f->function ? f->function : "??");
    if (f->file) {
        fputc(' ', out);
        render_untrusted(out, f->file);
        fprintf(out, ":%u", f->line);
        if (f->column)
            fprintf(out, ":%u", f->column);
    }
    if (f->module) {
        fputs(" (", out);
        render_untrusted(out, slash ? slash + 1 : f->module);
        fprintf(out, "+0x%lx)\n", (unsigned long)f->offset);
    } else {
        fprintf(out, " (0x%lx)\n", (unsigned long)f->pc);
    }
}

static void print_stack(FILE *out, const struct render_stack *s, const char *none)
{
    for (unsigned i = 0; i < s->count; i++)
        print_frame(out, i, &s->frames[i]);
    if (s->count == 0)
        fprintf(out, "    %s\n", none);
    fputc('\n', out);
}

static const struct render_thread *thread_of(const struct render_finding *f, uint32_t id)
{
    for (unsigned i = 0; i < f->nthreads; i++) {
        if (f->threads[i].id == id)
            return &f->threads[i];
    }
    return NULL;
}

static void print_thread(FILE *out, const struct render_finding *f, uint32_t id)
{
    const struct render_thread *t = thread_of(f, id);

    if (id == 0)
        fputs("main thread", out);
    else
        fprintf(out, "thread T%u", id);
    if (id && t && t->name[0]) {
        fputs(" '", out);
        render_untrusted(out, t->name);
        fputc('\'', out);
    }
}

static void print_held(FILE *out, const struct render_side *s)
{
    for (unsigned i = 0; i < s->nlocks; i++)
        fprintf(out, "%sM%u", i ? ", " : " (mutexes: ", s->locks[i]);
    fputs(s->nlocks ? "):\n" : ":\n", out);
}

/* Of a lock that is taken, given back, misused. */
static void print_lock_side(FILE *out, const struct render_finding *f, const struct render_side *s)
{
    bool acting = strcmp(s->role, "access") == 0;

    if (acting) {
        fputs("  ", out);
        fputc(f->message[0] - 'a' + 'A', out);
        if (s->lock)
            fprintf(out, "%s, M%u (0x%lx), by ", f->message + 1, s->lock, (unsigned long)s->addr);
        else
            fprintf(out, "%s, 0x%lx, by ", f->message + 1, (unsigned long)s->addr);
        print_thread(out, f, s->thread);
    } else if (s->under) {
        fprintf(out, "  Mutex M%u acquired here while holding mutex M%u in ", s->lock, s->under);
        print_thread(out, f, s->thread);
    } else if (strcmp(f->kind, "lock-order-inversion") == 0) {
        fprintf(out, "  Mutex M%u previously acquired by the same thread here", s->lock);
    } else {
        fprintf(out, "  Mutex M%u was %sed by ", s->lock, s->op);
        print_thread(out, f, s->thread);
    }
    print_held(out, s);
    print_stack(out, &s->stack, "[the stack was lost from the history]");
}

/* M1 (0x...) => M2 (0x...) => M1 */
static void print_cycle(FILE *out, const struct render_finding *f)
{
    uint32_t first = 0;

    fputs("  Cycle in lock order graph: ", out);
    for (unsigned i = 0; i < f->nsides; i++) {
        const struct render_lock *l = render_locks_find(f, f->sides[i].under);

        if (!f->sides[i].under)
            continue;
        first = first ? first : f->sides[i].under;
        fprintf(out, "M%u (0x%lx) => ", f->sides[i].under, l ? (unsigned long)l->addr : 0);
    }
    if (render_locks_cut(f))
        fprintf(out, "... (%u locks)\n\n", f->length);
    else
        fprintf(out, "M%u\n\n", first);
}

static void print_side(FILE *out, const struct render_finding *f, const struct render_side *s)
{
    bool previous = strcmp(s->role, "previous") == 0 || strcmp(s->role, "freed") == 0;
    bool atomic = s->atomic || s->atomic_by_debug;
    const char *op = strcmp(s->op, "rmw") == 0 ? (atomic ? "update" : "write") : s->op;

    if (strcmp(s->role, "allocated") == 0)
        return; /* with the location */
    if (s->of_lock || s->lock) {
        print_lock_side(out, f, s);
        return;
    }
    fputs(previous ? "  Previous " : "  ", out);
    if (atomic)
        fputs(previous ? "atomic " : "Atomic ", out);
    fputc(previous || atomic ? op[0] : op[0] - 'a' + 'A', out);
    fprintf(out, "%s of size %u at 0x%lx by ", op + 1, s->size, (unsigned long)s->addr);
    print_thread(out, f, s->thread);
    print_held(out, s);
    print_stack(out, &s->stack, "[the stack was lost from the history]");
}

static void print_sides(FILE *out, const struct render_finding *f)
{
    bool leak = strcmp(f->kind, "thread-leak") == 0; /* its creation stands with the threads */

    if (strcmp(f->kind, "lock-order-inversion") == 0) {
        print_cycle(out, f);
    } else if (render_locks_concern(f) && strcmp(f->sides[0].role, "access") != 0) {
        fputs("  ", out);
        fputc(f->message[0] - 'a' + 'A', out);
        render_untrusted(out, f->message + 1);
        fputs("\n\n", out);
    }
    for (unsigned i = 0; i < f->nsides && !leak; i++)
        print_side(out, f, &f->sides[i]);
}

static void print_variable(FILE *out, const struct render_location *l)
{
    fputs("  Location is ", out);
    if (l->name && !l->block_size) { /* nothing of the program's */
        fprintf(out, "%s\n\n", l->name);
        return;
    }
    fputs(strcmp(l->type, "tls") == 0 ? "TLS" : "global", out);
    if (l->name) {
        fputs(" '", out);
        render_untrusted(out, l->name);
        fprintf(out, "' of size %lu at 0x%lx", (unsigned long)l->block_size,
                (unsigned long)l->start);
    }
    if (l->field) {
        fputs(", ", out);
        render_untrusted(out, l->field);
    }
    if (l->file) {
        fputs(", declared at ", out);
        render_untrusted(out, l->file);
        fprintf(out, ":%u", l->line);
    }
    fputs("\n\n", out);
}

static const struct render_side *side_of(const struct render_finding *f, const char *role)
{
    for (unsigned i = 0; i < f->nsides; i++) {
        if (strcmp(f->sides[i].role, role) == 0)
            return &f->sides[i];
    }
    return NULL;
}

static void print_location(FILE *out, const struct render_finding *f)
{
    const struct render_location *l = &f->location;
    const struct render_side *allocated = side_of(f, "allocated");

    if (strcmp(l->type, "global") == 0 || strcmp(l->type, "tls") == 0) {
        print_variable(out, l);
        return;
    }
    if (strcmp(l->type, "heap") == 0) {
        fprintf(out, "  Location is heap block of size %lu at 0x%lx, byte %lu",
                (unsigned long)l->block_size, (unsigned long)l->start,
                (unsigned long)l->block_offset);
        if (l->field) {
            fputs(", ", out);
            render_untrusted(out, l->field);
        }
        if (allocated) {
            fputs(", allocated by ", out);
            print_thread(out, f, allocated->thread);
            fputs(":\n", out);
            print_stack(out, &allocated->stack, "[no stack]");
        } else {
            fputs("\n\n", out);
        }
    } else if (strcmp(l->type, "stack") == 0) {
        fputs("  Location is stack of ", out);
        print_thread(out, f, l->thread);
        fputs("\n\n", out);
    }
}

static void print_locks(FILE *out, const struct render_finding *f)
{
    for (unsigned i = 0; i < f->nlocks; i++) {
        fprintf(out, "  Mutex M%u ", f->locks[i].id);
        if (f->locks[i].name) {
            fputc('\'', out);
            render_untrusted(out, f->locks[i].name);
            fputs("' ", out);
        }
        fprintf(out, "(0x%lx) created at:\n", (unsigned long)f->locks[i].addr);
        print_stack(out, &f->locks[i].created, "[no stack]");
    }
}

static void print_threads(FILE *out, const struct render_finding *f)
{
    for (unsigned i = 0; i < f->nthreads; i++) {
        if (f->threads[i].id == 0)
            continue;
        fprintf(out, "  Thread T%u", f->threads[i].id);
        if (f->threads[i].name[0]) {
            fputs(" '", out);
            render_untrusted(out, f->threads[i].name);
            fputc('\'', out);
        }
        fputs(" created by ", out);
        print_thread(out, f, f->threads[i].parent);
        fputs(" at:\n", out);
        print_stack(out, &f->threads[i].created, "[no stack]");
    }
}

static void print_alignment(FILE *out, const struct render_alignment *a)
{
    if (!a->known)
        return;
    fprintf(out, "  Alignment: %s, byte %u of its cache line%s\n",
            a->natural ? "natural" : "not natural", a->line_offset,
            a->crosses_line ? ", crosses into the next line" : "");
    fprintf(out, "    AMD64: %s\n    ARM64: %s\n", a->amd64, a->arm64);
    if (a->advice[0]) {
        fputs("    Advice: ", out);
        render_untrusted(out, a->advice);
        fputc('\n', out);
    }
    fputc('\n', out);
}

static const char *why_likely(const struct render_finding *f)
{
    if (render_locks_concern(f))
        return "a process that ends does so at times, and means it";
    return render_sizes_differ(f) ? "what it does is left to the CPU, some programs mean it so"
                                  : "nothing proves that both accesses are plain ones";
}

void render_text_finding(FILE *out, const struct render_finding *f)
{
    char *headline = render_headline(f);

    fprintf(out, "%sWARNING: Seance: %s (pid=%d)\n", row, f->title, f->pid);
    if (strcmp(f->confidence, "likely") == 0)
        fprintf(out, "  Confidence: likely; %s\n", why_likely(f));
    print_sides(out, f);
    if (f->addr && strcmp(f->kind, "lock-order-inversion") != 0)
        print_location(out, f);
    print_locks(out, f);
    print_threads(out, f);
    print_alignment(out, &f->alignment);
    fputs("SUMMARY: Seance: ", out);
    render_untrusted(out, headline);
    fprintf(out, "\n%s", row);
    free(headline);
}
