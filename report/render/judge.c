/*
 * report/render/judge.c - see judge.h.
 *
 * In unmodified code a relaxed, acquire or release access of C11 or C++ is the same mov as a plain one. What
 * tells them apart: the instruction itself (`plain`), an inlined atomic function around it, an _Atomic type, or
 * the word in the source line. A finding is certain when a side is plain by evidence, or when debug information
 * covers both sides and says nothing of atomics; it is none at all when both sides are atomic.
 */
#include "report/render/judge.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/runtimes.h"
#include "report/render/alignment.h"
#include "report/render/locks.h"
#include "report/render/source.h"
#include "report/render/variables.h"

static const struct {
    const char *title, *severity, *prefix;
} kinds[] = {
#define ERROR "error"
#define WARNING "warning"
#define NOTE "note"
#define KIND(constant, name, title, prefix, severity) { title, severity, prefix },
#include "report/kinds.def"
#undef KIND
};

static const char *const kind_names[] = {
#define KIND(constant, name, title, prefix, severity) name,
#include "report/kinds.def"
#undef KIND
};

static int kind_of(const struct render_finding *f)
{
    for (int i = 0; i < REPORT_KINDS; i++) {
        if (strcmp(f->kind, kind_names[i]) == 0)
            return i;
    }
    return -1;
}

static bool is_race(const struct render_finding *f)
{
    return strcmp(f->kind, "data-race") == 0 || strcmp(f->kind, "mixed-atomic") == 0;
}

/* ---- atomic or not ------------------------------------------------------------------------------------ */

/* The place's own frame, or one that is inlined there, is such a one. */
static bool has_frame(const struct render_stack *s, bool (*is)(const struct render_frame *))
{
    for (unsigned i = 0; i < s->count; i++) {
        if (is(&s->frames[i]))
            return true;
        if (!s->frames[i].inlined) /* the frame that the instruction belongs to in the end */
            return false;
    }
    return false;
}

static bool is_atomic_frame(const struct render_frame *f)
{
    return f->atomic;
}

static bool has_atomic_frame(const struct render_stack *s)
{
    return has_frame(s, is_atomic_frame);
}

/* Rust asks for such an access by name, where another language says it of an object. */
static bool is_volatile_frame(const struct render_frame *f)
{
    return f->function && (base_str_starts(f->function, "core::ptr::read_volatile") ||
                           base_str_starts(f->function, "core::ptr::write_volatile"));
}

static bool has_volatile_frame(const struct render_stack *s)
{
    return has_frame(s, is_volatile_frame);
}

struct evidence {
    bool atomic; /* by the host or by debug information */
    bool clear;  /* evidently plain */
};

/* What touches a part of an _Atomic object, or more, does not do so as the language does. */
static bool is_atomic_object(const struct render_finding *f, const struct render_side *s)
{
    return f->location.qualifiers.atomic && s->size == f->location.qualifiers.size;
}

static bool is_of_runtime(const struct render_side *s)
{
    return s->stack.count && s->stack.frames[0].module &&
           base_is_task_runtime(s->stack.frames[0].module);
}

/* doubtful: what the instruction is like is no evidence. */
static struct evidence weigh(struct render_side *s, const struct render_finding *f)
{
    const struct render_frame *leaf = s->stack.count ? &s->stack.frames[0] : NULL;
    enum render_source_word word =
        leaf ? render_source_atomic(leaf->path, leaf->line) : RENDER_SOURCE_UNREAD;
    struct evidence e = { s->atomic, s->plain && !f->doubtful };

    if (!e.atomic &&
        (has_atomic_frame(&s->stack) || (leaf && render_source_is_atomic(leaf->path)))) {
        /* LLVM makes one instruction of a load, an addition and a store */
        s->atomic_by_debug = e.atomic = true;
        e.clear = false;
    }
    if (!e.atomic && !e.clear && leaf) {
        s->atomic_by_debug = is_atomic_object(f, s) || word == RENDER_SOURCE_OPERATION;
        e.atomic = s->atomic_by_debug;
        e.clear = !e.atomic && leaf->covered && word != RENDER_SOURCE_MENTIONED;
    }
    e.atomic |= !e.clear && is_of_runtime(s);
    return e;
}

/* A mov without debug information on a word that an atomic instruction works on is taken for an atomic access too. */
static bool unknown(struct evidence e)
{
    return !e.atomic && !e.clear;
}

bool render_sizes_differ(const struct render_finding *f)
{
    const struct render_side *a = &f->sides[0], *b = &f->sides[1];

    return strcmp(f->kind, "mixed-atomic") == 0 && a->atomic && b->atomic &&
           (a->size != b->size || a->addr != b->addr);
}

/* An atomic operation of the language by what debug information and source say; machine code that is written by hand mixes sizes
 * on purpose, and so may what nothing is known of. */
static bool is_of_language(const struct render_side *s)
{
    const struct render_frame *leaf = s->stack.count ? &s->stack.frames[0] : NULL;
    enum render_source_word word;

    if (!leaf || !leaf->covered)
        return false;
    word = render_source_atomic(leaf->path, leaf->line);
    return has_atomic_frame(&s->stack) || word == RENDER_SOURCE_OPERATION ||
           word == RENDER_SOURCE_UNREAD;
}

/* False: both sides are atomic. */
static bool weigh_race(struct render_finding *f)
{
    struct evidence a, b;

    if (f->nsides < 2 || !f->sides[1].access) {
        strcpy(f->confidence, f->sides[0].plain ? "certain" : "likely");
        f->unproven = !weigh(&f->sides[0], f).clear;
        return true;
    }
    a = weigh(&f->sides[0], f);
    b = weigh(&f->sides[1], f);
    if (render_sizes_differ(f)) {
        strcpy(f->confidence, "likely"); /* no race by the letter of C11; some mean it so */
        return is_of_language(&f->sides[0]) && is_of_language(&f->sides[1]);
    }
    if ((a.atomic || (is_of_runtime(&f->sides[1]) && !f->sides[0].stack.count)) &&
        (b.atomic || (is_of_runtime(&f->sides[0]) && !f->sides[1].stack.count)))
        return false;
    if ((f->sides[0].atomic && unknown(b)) || (f->sides[1].atomic && unknown(a)))
        return false;
    strcpy(f->confidence, "likely");
    if ((!f->doubtful && (f->sides[0].plain || f->sides[1].plain)) ||
        ((a.clear || a.atomic) && (b.clear || b.atomic)))
        strcpy(f->confidence, "certain");
    if ((f->location.qualifiers.is_volatile && (a.atomic || b.atomic)) ||
        has_volatile_frame(&f->sides[0].stack) || has_volatile_frame(&f->sides[1].stack))
        strcpy(
            f->confidence,
            "likely"); /* how such things were written before there were atomics, and meant to be */
    f->unproven = !a.clear && !b.clear;
    if ((a.atomic && b.clear) || (b.atomic && a.clear))
        strcpy(f->kind, "mixed-atomic");
    return true;
}

/* ---- where --------------------------------------------------------------------------------------------- */

static void locate(struct render_finding *f)
{
    struct render_location *l = &f->location;

    if (l->name)
        return;
    if (strcmp(l->type, "mapped") == 0 || l->type[0] == '\0' || strcmp(l->type, "global") == 0)
        render_variable_global(f->addr, f->size, l);
    if (l->type[0] == '\0')
        strcpy(l->type, "mapped");
    for (unsigned i = 0; i < f->nsides && !l->field; i++) {
        if (f->sides[i].access && f->sides[i].stack.count)
            render_variable_member(f->sides[i].stack.frames[0].pc, f->size, l);
    }
    if (render_locks_concern(f))
        render_locks_trim(l);
    for (unsigned i = 0; i < f->nlocks; i++) {
        struct render_location lock = { .type = "" };

        render_variable_global(f->locks[i].addr, 1, &lock);
        render_locks_trim(&lock);
        f->locks[i].name = lock.field ? render_print("%s (%s)", lock.name, lock.field) : lock.name;
        if (lock.field)
            free(lock.name);
        free(lock.field);
        free(lock.file);
    }
}

static void align(struct render_finding *f)
{
    const struct render_side *s = &f->sides[0];
    enum render_access access;
    const char *what = f->location.field ? f->location.field : f->location.name;

    for (unsigned i = 0; i < f->nsides && strcmp(s->op, "free") == 0; i++) {
        if (f->sides[i].access && strcmp(f->sides[i].op, "free") != 0)
            s = &f->sides[i];
    }
    for (unsigned i = 0; i < f->nsides; i++) { /* rather a side that is not natural */
        if (f->sides[i].access && strcmp(f->sides[i].op, "free") != 0 &&
            render_placement(f->sides[i].addr, f->sides[i].size ? f->sides[i].size : 1)) {
            s = &f->sides[i];
            break;
        }
    }
    access = strcmp(s->op, "rmw") == 0 && s->atomic ? RENDER_ATOMIC_RMW
             : s->atomic || s->atomic_by_debug      ? RENDER_ATOMIC_ACCESS
                                                    : RENDER_PLAIN;
    render_align(s->addr, s->size, access, what, &f->alignment);
}

/* ---- words --------------------------------------------------------------------------------------------- */

static char *verb(const struct render_side *s, bool earlier)
{
    const char *what = strcmp(s->op, "rmw") == 0 ? (s->atomic ? "update" : "write") : s->op;

    return render_print("%s%s%s", earlier ? "earlier " : "",
                        s->atomic || s->atomic_by_debug ? "atomic " : "", what);
}

static char *message(const struct render_finding *f)
{
    char *a = verb(&f->sides[0], false),
         *b = f->nsides > 1 ? verb(&f->sides[1], true) : render_copy("");
    unsigned size = f->sides[0].size;
    char *text;

    if (strcmp(f->kind, "heap-use-after-free") == 0)
        text = render_print("%s of %u bytes in a heap block that was freed", a, size);
    else if (strcmp(f->kind, "misaligned-atomic") == 0)
        text =
            render_print("%s of %u bytes at an address that is no multiple of %u", a, size, size);
    else if (render_sizes_differ(f))
        text = render_print("%s of %u bytes overlaps with an %s of %u bytes", a, size, b,
                            f->sides[1].size);
    else if (strcmp(f->kind, "mixed-atomic") == 0)
        text = render_print("%s of %u bytes is not ordered with %s %s", a, size, "an", b);
    else if (f->nsides > 1 && f->sides[1].access)
        text = render_print("%s of %u bytes races with an %s", a, size, b);
    else
        text = render_print("%s of %u bytes", a, size);
    free(a);
    free(b);
    return text;
}

/* Function, or module+offset where there is none. */
static char *leaf_name(const struct render_side *s)
{
    const struct render_frame *leaf = render_leaf(&s->stack);
    const char *slash;

    if (!leaf)
        return render_copy("?");
    if (leaf->function)
        return render_copy(leaf->function);
    if (!leaf->module)
        return render_copy("?");
    slash = strrchr(leaf->module, '/');
    return render_print("%s+0x%lx", slash ? slash + 1 : leaf->module, (unsigned long)leaf->offset);
}

char *render_headline(const struct render_finding *f)
{
    const struct render_frame *leaf = f->nsides ? render_leaf(&f->sides[0].stack) : NULL;
    char *name, *text;

    if (!leaf)
        return render_copy(f->title);
    name = leaf_name(&f->sides[0]);
    text = leaf->file ? render_print("%s %s:%u in %s", f->title, leaf->file, leaf->line, name)
                      : render_print("%s in %s", f->title, name);
    free(name);
    return text;
}

static uint64_t hash(uint64_t h, const char *s)
{
    for (; s && *s; s++) /* FNV-1a */
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return (h ^ 0xff) * 1099511628211u;
}

/* Names only: lines and addresses move from build to build. */
static void fingerprint(struct render_finding *f, const char *prefix)
{
    char *a = f->nsides ? leaf_name(&f->sides[0]) : render_copy("");
    char *b = f->nsides > 1 ? leaf_name(&f->sides[1]) : render_copy("");
    uint64_t h = hash(14695981039346656037u, prefix);

    h = hash(h, strcmp(a, b) <= 0 ? a : b);
    h = hash(h, strcmp(a, b) <= 0 ? b : a);
    h = hash(h, f->location.name);
    h = hash(h, f->location.field);
    snprintf(f->id, sizeof f->id, "%s-%016lx", prefix, (unsigned long)h);
    free(a);
    free(b);
}

static char *access_key(const struct render_finding *f)
{
    char *parts[2] = { NULL, NULL }, *text;

    for (unsigned i = 0; i < 2; i++) {
        const struct render_frame *leaf = i < f->nsides ? render_leaf(&f->sides[i].stack) : NULL;
        char *name = i < f->nsides ? leaf_name(&f->sides[i]) : render_copy("");

        parts[i] = render_print("%s:%s:%u", name, leaf && leaf->file ? leaf->file : "",
                                leaf ? leaf->line : 0);
        free(name);
    }
    if (strcmp(parts[0], parts[1]) > 0)
        text = render_print("%s|%s|%s|%s|%s", f->kind, parts[1], parts[0],
                            f->location.name ? f->location.name : "",
                            f->location.field ? f->location.field : "");
    else
        text = render_print("%s|%s|%s|%s|%s", f->kind, parts[0], parts[1],
                            f->location.name ? f->location.name : "",
                            f->location.field ? f->location.field : "");
    free(parts[0]);
    free(parts[1]);
    return text;
}

char *render_same_key(const struct render_finding *f)
{
    return render_locks_concern(f) ? render_locks_key(f) : access_key(f);
}

enum render_verdict render_judge(struct render_finding *f, bool alignment)
{
    int kind;

    locate(f);
    if (is_race(f)) {
        if (!weigh_race(f))
            return RENDER_BOTH_ATOMIC;
    } else {
        strcpy(f->confidence, render_locks_may_be_meant(f) ? "likely" : "certain");
    }
    kind = kind_of(f);
    if (kind < 0)
        return RENDER_NOT_WANTED;
    strcpy(f->severity, kinds[kind].severity);
    if (f->nsides > 0 && !render_locks_concern(f))
        align(f);
    if (kind == REPORT_MISALIGNED_ATOMIC) {
        if (!alignment)
            return RENDER_NOT_WANTED;
        if (!f->alignment.severe)
            strcpy(f->severity, "warning");
    }
    f->title = render_copy(render_sizes_differ(f) ? "overlapping atomic accesses of different sizes"
                                                  : kinds[kind].title);
    if (render_locks_concern(f)) {
        if (!f->message)
            f->message = render_locks_message(f);
        snprintf(f->id, sizeof f->id, "%s-%016lx", kinds[kind].prefix,
                 (unsigned long)render_locks_fingerprint(f));
    } else {
        f->message = message(f);
        fingerprint(f, kinds[kind].prefix);
    }
    return RENDER_STANDS;
}
