/*
 * report/render/atomics.c - see atomics.h. Tier T1 of docs/design.md.
 *
 * A function is looked at once: most inlined copies are of few functions, so what was said of an origin is kept in a
 * small table. Types are descended into as far as they nest; a large array of atomics is left to be found in the run.
 */
#include "report/render/atomics.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "report/render/cache.h"
#include "report/render/render.h"
#include "report/render/types.h"

enum { DEEPEST = 24, NESTED = 8, ORIGINS = 4096, LARGEST = 4096, ELEMENTS = 256 };
#define LIMIT                                                                                      \
    (256ul << 20) /* bytes of debug information that are read through: some 10 ms each MiB */
#define WORTH_KEEPING                                                                              \
    (CLOCKS_PER_SEC / 20) /* what took as long to find out is kept for the next run */

enum what { NEITHER, OPERATION, MAKER }; /* a function is */

struct walk {
    struct render_atomics *out,
        makers; /* code of makers, of which the lines say that it is atomic */
    Dwarf_Addr bias;
    struct {
        Dwarf_Off origin;
        enum what what;
    } known[ORIGINS];
};

void render_atomics_add(struct render_atomics *out, uint64_t lo, uint64_t hi, bool data)
{
    if (out->count == out->room) {
        size_t room = out->room ? 2 * out->room : 256;
        struct render_atomic *grown = realloc(out->all, room * sizeof *grown);

        if (!grown)
            return;
        out->all = grown;
        out->room = room;
    }
    out->all[out->count++] = (struct render_atomic){ lo, hi, data };
}

/* ---- code ---------------------------------------------------------------------------------------------- */

static enum what named(Dwarf_Die *function)
{
    Dwarf_Attribute attr;
    const char *name = dwarf_attr_integrate(function, DW_AT_linkage_name, &attr)
                           ? dwarf_formstring(&attr)
                           : dwarf_diename(function);
    enum what what = NEITHER;
    char *readable;

    if (!name || (!strstr(name, "tomic") && !strstr(name, "__sync_")))
        return NEITHER;
    readable = render_demangle(name);
    if (render_is_atomic_function(readable))
        what = render_is_maker(readable) ? MAKER : OPERATION;
    free(readable);
    return what;
}

static enum what what_of(struct walk *w, Dwarf_Die *function)
{
    Dwarf_Attribute attr;
    Dwarf_Die origin;
    Dwarf_Off at;
    unsigned slot;

    if (!dwarf_attr(function, DW_AT_abstract_origin, &attr) || !dwarf_formref_die(&attr, &origin))
        return named(function);
    at = dwarf_dieoffset(&origin);
    slot = (unsigned)(at / 3) % ORIGINS;
    if (w->known[slot].origin != at) {
        w->known[slot].origin = at;
        w->known[slot].what = named(function);
    }
    return w->known[slot].what;
}

static void add_code(struct walk *w, Dwarf_Die *function, struct render_atomics *to)
{
    Dwarf_Addr base, lo, hi;
    ptrdiff_t next = 0;

    while ((next = dwarf_ranges(function, next, &base, &lo, &hi)) > 0)
        render_atomics_add(to, lo + w->bias, hi + w->bias, false);
}

static int compare(const void *a, const void *b)
{
    const struct render_atomic *x = a, *y = b;

    return x->data != y->data ? x->data - y->data : (x->lo > y->lo) - (x->lo < y->lo);
}

/* Sorts them, and makes one of those that overlap. */
static void unite(struct render_atomics *list)
{
    size_t n = 0;

    qsort(list->all, list->count, sizeof *list->all, compare);
    for (size_t i = 0; i < list->count; i++) {
        if (n && list->all[i].lo < list->all[n - 1].hi) {
            if (list->all[i].hi > list->all[n - 1].hi)
                list->all[n - 1].hi = list->all[i].hi;
        } else {
            list->all[n++] = list->all[i];
        }
    }
    list->count = n;
}

static int place(const void *key, const void *range)
{
    uint64_t at = *(const uint64_t *)key;
    const struct render_atomic *r = range;

    return at < r->lo ? -1 : at >= r->hi;
}

static bool is_made(const struct walk *w, uint64_t at)
{
    return w->makers.count &&
           bsearch(&at, w->makers.all, w->makers.count, sizeof *w->makers.all, place);
}

/* What the lines say, but for makers: the file of an operation is also that of its class. */
static void add_lines(struct walk *w, Dwarf_Die *cu)
{
    struct render_atomics lines = { 0 };

    unite(&w->makers);
    render_lines_find(cu, w->bias, &lines);
    for (size_t i = 0; i < lines.count; i++)
        if (!is_made(w, lines.all[i].lo))
            render_atomics_add(w->out, lines.all[i].lo, lines.all[i].hi, false);
    free(lines.all);
    if (w->out->missing)
        free(lines.missing);
    else
        w->out->missing = lines.missing;
}

/* ---- data ---------------------------------------------------------------------------------------------- */

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* Types of libraries whose every access is atomic. */
static bool is_atomic_type(Dwarf_Die *type)
{
    static const char *const names[] = {
        "atomic<",      "__atomic_base<", "__atomic_float<", "atomic_flag", "__atomic_flag_base",
        "AtomicBool",   "AtomicI",        "AtomicU",         "AtomicPtr<",  "__cxx_atomic_impl<",
        "QBasicAtomic", "QAtomic",
    };
    const char *name = dwarf_diename(type);

    for (unsigned i = 0; name && i < sizeof names / sizeof *names; i++)
        if (starts(name, names[i]))
            return true;
    return false;
}

static uint64_t offset_of(Dwarf_Die *member)
{
    Dwarf_Attribute attr;
    Dwarf_Word value;

    return dwarf_attr(member, DW_AT_data_member_location, &attr) &&
                   dwarf_formudata(&attr, &value) == 0
               ? value
               : 0;
}

static void add_object(struct walk *w, uint64_t at, Dwarf_Die *type, unsigned depth);

static void add_members(struct walk *w, uint64_t at, Dwarf_Die *type, unsigned depth)
{
    Dwarf_Die child, inner;

    for (int more = dwarf_child(type, &child); more == 0; more = dwarf_siblingof(&child, &child)) {
        int tag = dwarf_tag(&child);
        Dwarf_Attribute attr;

        if ((tag == DW_TAG_member || tag == DW_TAG_inheritance) &&
            !dwarf_attr(&child, DW_AT_external, &attr) && render_type_of(&child, &inner))
            add_object(w, at + offset_of(&child), &inner, depth);
    }
}

static void add_elements(struct walk *w, uint64_t at, Dwarf_Die *array, unsigned depth)
{
    size_t before = w->out->count;
    Dwarf_Word all, one;
    Dwarf_Die element;

    if (!render_type_of(array, &element) || dwarf_aggregate_size(array, &all) != 0 ||
        dwarf_aggregate_size(&element, &one) != 0 || one == 0 || all / one > ELEMENTS)
        return;
    for (uint64_t i = 0; i < all / one; i++) {
        add_object(w, at + i * one, &element, depth);
        if (w->out->count == before)
            return; /* none in the first one, none in any */
    }
}

static void add_object(struct walk *w, uint64_t at, Dwarf_Die *type, unsigned depth)
{
    Dwarf_Die of = *type;
    struct render_qualifiers q = { 0 };
    Dwarf_Word size;

    if (depth == NESTED || !render_type_peel(&of, &q))
        return;
    if (q.atomic || is_atomic_type(&of)) {
        if (dwarf_aggregate_size(&of, &size) == 0 && size > 0 && size <= 16)
            render_atomics_add(w->out, at, at + size, true);
        return;
    }
    switch (dwarf_tag(&of)) {
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type: add_members(w, at, &of, depth + 1); break;
    case DW_TAG_array_type: add_elements(w, at, &of, depth + 1); break;
    default: break;
    }
}

static void add_variable(struct walk *w, Dwarf_Die *variable)
{
    Dwarf_Die type;
    Dwarf_Addr at;

    if (render_type_address(variable, &at) && render_type_of(variable, &type))
        add_object(w, at + w->bias, &type, 0);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static void look(struct walk *w, Dwarf_Die *parent, unsigned depth)
{
    Dwarf_Die child;
    int more = depth < DEEPEST ? dwarf_child(parent, &child) : 1;

    for (; more == 0; more = dwarf_siblingof(&child, &child)) {
        enum what what;

        switch (dwarf_tag(&child)) {
        case DW_TAG_variable: add_variable(w, &child); break;
        case DW_TAG_subprogram:
        case DW_TAG_inlined_subroutine:
            what = what_of(w, &child);
            if (what != NEITHER)
                add_code(w, &child, what == MAKER ? &w->makers : w->out);
            if (what == OPERATION)
                break; /* fall through */
        case DW_TAG_lexical_block:
        case DW_TAG_namespace:
        case DW_TAG_module: look(w, &child, depth + 1); break;
        default: break;
        }
    }
}

static uint64_t debug_bytes(Dwarf *dwarf)
{
    Dwarf_Off at = 0, next, end = 0;
    size_t header;

    while (dwarf_next_unit(dwarf, at, &next, &header, NULL, NULL, NULL, NULL, NULL, NULL) == 0)
        at = end = next;
    return end;
}

struct finder {
    struct render_module *m;
    struct render_atomics *out;
    uint64_t limit;
};

static void find(void *arg)
{
    struct finder *f = arg;
    struct walk *w = calloc(1, sizeof *w);
    Dwarf_Addr bias;
    Dwarf *dwarf = dwfl_module_getdwarf(f->m->mod, &bias);
    Dwarf_Die *cu = NULL;

    if (!w || !dwarf || debug_bytes(dwarf) > f->limit) {
        free(w);
        return;
    }
    w->out = f->out;
    while ((cu = dwfl_module_nextcu(f->m->mod, cu, &w->bias))) {
        look(w, cu, 0);
        add_lines(w, cu);
        w->makers.count = 0;
    }
    free(w->makers.all);
    free(w);
}

void render_atomics_find(struct render_module *m, uint64_t limit, struct render_atomics *out)
{
    struct finder f = { m, out, limit };

    if (render_module_open(m) && !render_guard(find, &f))
        m->bad = true;
}

static bool send_all(int fd, unsigned module, const struct render_atomics *list)
{
    static struct record_atomics record;

    for (size_t i = 0; i < list->count; i += record.count) {
        record.module = module;
        for (record.count = 0; record.count < RECORD_ATOMICS && i + record.count < list->count;
             record.count++) {
            const struct render_atomic *a = &list->all[i + record.count];

            record.ranges[record.count] =
                (struct record_range){ (uint32_t)a->lo, (uint32_t)a->hi, a->data };
        }
        record.head = (struct record_head){ RECORD_ATOMIC, RECORD_VERSION, sizeof record };
        if (send(fd, &record, sizeof record, MSG_NOSIGNAL) != sizeof record)
            return false;
    }
    return true;
}

/* Sorted. */
static void find_or_load(struct render_module *m, struct render_atomics *list)
{
    char build_id[2 * RENDER_BUILD_ID + 1] = "";
    clock_t start = clock();

    if (render_module_open(m))
        render_module_build_id(m, build_id);
    if (render_cache_load(build_id, list))
        return;
    render_atomics_find(m, LIMIT, list);
    qsort(list->all, list->count, sizeof *list->all, compare);
    if (clock() - start > WORTH_KEEPING && !m->bad)
        render_cache_save(build_id, list);
}

int render_atomics_serve(int fd, char *const *paths)
{
    unsetenv("DEBUGINFOD_URLS"); /* elfutils would ask the network */
    for (unsigned i = 0; paths[i]; i++) {
        struct render_atomics list = { 0 };
        struct render_module *m;

        render_modules_add(paths[i], "", 0, 0, UINT64_MAX);
        m = render_modules_find(0);
        find_or_load(m, &list);
        m->hi = 0; /* the next one begins at 0 too */
        if (!send_all(fd, i, &list))
            return 1;
        free(list.all);
        free(list.missing);
    }
    return 0;
}
