/*
 * report/render/locks.c - see locks.h.
 *
 * A misuse is known by what was done, where, and to which lock; who held the lock may be another one the next time. A
 * cycle is known by the places where its locks were taken and by their names, in any order. Locks are often taken by
 * functions of the program's own that do nothing else, so that for what makes two findings one all callers count.
 */
#include "report/render/locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const misuses[] = {
#define MISUSE(constant, op, words) words,
#include "report/misuses.def"
#undef MISUSE
};
static const char *const lock_types[] = { REPORT_LOCK_TYPE_WORDS };

static bool is(const struct render_finding *f, const char *kind)
{
    return strcmp(f->kind, kind) == 0;
}

bool render_locks_may_be_meant(const struct render_finding *f)
{
    return is(f, "mutex-misuse") && f->misuse == REPORT_EXIT_HELD;
}

bool render_locks_concern(const struct render_finding *f)
{
    return is(f, "mutex-misuse") || is(f, "lock-order-inversion") || is(f, "thread-leak");
}

const struct render_lock *render_locks_find(const struct render_finding *f, uint32_t id)
{
    for (unsigned i = 0; i < f->nlocks; i++) {
        if (f->locks[i].id == id)
            return &f->locks[i];
    }
    return NULL;
}

void render_locks_trim(struct render_location *l)
{
    static const char *const insides[] = { "._M_mutex.__data", ".__data", ".__size", ".__align" };

    for (unsigned i = 0; l->field && i < sizeof insides / sizeof *insides; i++) {
        char *at = strstr(l->field, insides[i]);

        if (at)
            *at = '\0';
    }
    if (l->field && !strchr(l->field, '.')) { /* a type, and no member: all of the variable */
        free(l->field);
        l->field = NULL;
    }
}

/* ---- words --------------------------------------------------------------------------------------------- */

bool render_locks_cut(const struct render_finding *f)
{
    unsigned shown = 0;

    for (unsigned i = 0; i < f->nsides; i++)
        shown += f->sides[i].under != 0;
    return shown < f->length;
}

/* words with type for its %s */
static char *insert(const char *words, const char *type)
{
    const char *gap = strstr(words, "%s");

    return gap ? render_print("%.*s%s%s", (int)(gap - words), words, type, gap + 2)
               : render_copy(words);
}

static char *cycle(const struct render_finding *f)
{
    char *text = render_copy("locks are taken in orders that make a cycle: "), *longer;
    uint32_t first = 0;

    for (unsigned i = 0; i < f->nsides; i++) {
        const struct render_lock *l = render_locks_find(f, f->sides[i].under);

        if (!f->sides[i].under)
            continue;
        first = first ? first : f->sides[i].under;
        longer = l && l->name ? render_print("%sM%u '%s' => ", text, l->id, l->name)
                              : render_print("%sM%u => ", text, f->sides[i].under);
        free(text);
        text = longer;
    }
    longer = render_locks_cut(f) ? render_print("%s... (%u locks)", text, f->length)
                                 : render_print("%sM%u", text, first);
    free(text);
    return longer;
}

char *render_locks_message(const struct render_finding *f)
{
    const struct render_thread *t = f->nthreads ? &f->threads[0] : NULL;

    if (is(f, "mutex-misuse"))
        return insert(misuses[f->misuse], lock_types[f->lock_type]);
    if (is(f, "lock-order-inversion"))
        return cycle(f);
    if (t && t->name[0])
        return render_print("thread T%u '%s' has ended and was neither joined nor detached", t->id,
                            t->name);
    return render_print("thread T%u has ended and was neither joined nor detached", t ? t->id : 0);
}

/* ---- what makes two of them one ------------------------------------------------------------------------- */

/* A list of texts, to be sorted. */
struct texts {
    char *at[REPORT_SIDES + REPORT_NAMED_LOCKS];
    unsigned count;
};

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted and joined; the texts are given back. */
static char *join(struct texts *t)
{
    char *all = render_copy(""), *longer;

    qsort(t->at, t->count, sizeof t->at[0], compare);
    for (unsigned i = 0; i < t->count; i++) {
        longer = render_print("%s|%s", all, t->at[i]);
        free(all);
        free(t->at[i]);
        all = longer;
    }
    return all;
}

static bool counts(const struct render_finding *f, unsigned i)
{
    return is(f, "lock-order-inversion") ? f->sides[i].under != 0 : i == 0;
}

/* A frame's function, or its place in its module. */
static char *name_of(const struct render_frame *frame)
{
    const char *slash;

    if (frame->function)
        return render_copy(frame->function);
    if (!frame->module)
        return render_copy("?");
    slash = strrchr(frame->module, '/');
    return render_print("%s+0x%lx", slash ? slash + 1 : frame->module,
                        (unsigned long)frame->offset);
}

/* The leaf and, with lines, its callers. */
static char *places(const struct render_stack *s, bool lines)
{
    const struct render_frame *leaf = render_leaf(s);
    char *text = render_copy(""), *name, *longer;

    for (unsigned n = 0; leaf && leaf < s->frames + s->count && n < (lines ? s->count : 1);
         n++, leaf++) {
        name = name_of(leaf);
        longer = lines ? render_print("%s<%s:%s:%u", text, name, leaf->file ? leaf->file : "",
                                      leaf->line)
                       : render_print("%s%s", text, name);
        free(name);
        free(text);
        text = longer;
    }
    return text;
}

static char *describe(const struct render_finding *f, bool lines)
{
    struct texts t = { .count = 0 };
    bool place = !is(f, "lock-order-inversion"); /* which lock came last may differ */
    char *sorted, *text;

    for (unsigned i = 0; i < f->nsides; i++) {
        const struct render_lock *l = render_locks_find(f, f->sides[i].under);

        if (!counts(f, i))
            continue;
        t.at[t.count++] = places(&f->sides[i].stack, lines);
        if (l && l->name)
            t.at[t.count++] = render_copy(l->name);
    }
    sorted = join(&t);
    text = render_print("%s|%s|%s|%s%s", f->kind, f->nsides ? f->sides[0].op : "",
                        place && f->location.name ? f->location.name : "",
                        place && f->location.field ? f->location.field : "", sorted);
    free(sorted);
    return text;
}

uint64_t render_locks_fingerprint(const struct render_finding *f)
{
    char *text = describe(f, false);
    uint64_t h = 14695981039346656037u;

    for (const char *s = text; *s; s++) /* FNV-1a */
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    free(text);
    return h;
}

char *render_locks_key(const struct render_finding *f)
{
    return describe(f, true);
}
