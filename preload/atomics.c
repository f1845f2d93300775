/*
 * preload/atomics.c - see atomics.h.
 *
 * The answer must be there before a function is rewritten, and only programs with threads need it: so it is asked for at
 * start where a module with debug information imports a function that makes threads, and else when the second thread comes.
 * Under the loader's lock, or with one thread; the caller is inside Seance.
 */
#include "preload/atomics.h"

#include "base/arena.h"
#include "base/log.h"
#include "base/mem.h"
#include "preload/state.h"
#include "preload/tls.h"
#include "report/report.h"
#include "shadow/shadow.h"

struct answer {
    struct rewrite_range *code, *data; /* ascending; from the load bias */
    uint32_t ncode, ndata, code_room, data_room;
};

static struct answer *answers[PRELOAD_MODULES_MAX]; /* by place in preload_modules; NULL: none */

/* ---- who is asked about -------------------------------------------------------------------------------- */

static bool makes_threads(const char *name)
{
    static const char *const makers[] = { "pthread_create", "thrd_create", "GOMP_parallel",
                                          "__kmpc_fork_call", "_ZNSt6thread15_M_start_thread" };

    for (unsigned i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
        if (base_str_starts(name, makers[i]))
            return true;
    return false;
}

static bool is_wanted(const struct preload_module *m, bool every)
{
    return m->checked && !m->compiled && !m->gone && !m->asked && m->path[0] == '/' && m->debug &&
           (every || preload_imports(m, makes_threads));
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void add(struct rewrite_range **list, uint32_t *n, uint32_t *room, uint32_t lo, uint32_t hi)
{
    struct rewrite_range *grown;

    if (*n == *room) {
        grown = base_arena_alloc((*room ? 4 * *room : 64) * sizeof(*grown));
        if (!grown)
            return;
        base_mem_copy(grown, *list, *n * sizeof(*grown));
        *list = grown;
        *room = *room ? 4 * *room : 64;
    }
    (*list)[(*n)++] = (struct rewrite_range){ lo, hi };
}

/* True if the piece begins in the last one, or where that ends. */
static bool extend(struct rewrite_range *list, uint32_t n, uint32_t lo, uint32_t hi)
{
    struct rewrite_range *last = n ? &list[n - 1] : NULL;

    if (!last || lo > last->hi)
        return false;
    last->hi = hi > last->hi ? hi : last->hi;
    return true;
}

/* arg: the places of the modules asked about. */
static void told(void *arg, unsigned module, uint32_t lo, uint32_t hi, bool data)
{
    const unsigned *places = arg;
    struct answer **a = &answers[places[module]];

    if (!*a)
        *a = base_arena_alloc(sizeof(**a));
    if (!*a || hi <= lo)
        return;
    if (data)
        add(&(*a)->data, &(*a)->ndata, &(*a)->data_room, lo, hi);
    else if (!extend((*a)->code, (*a)->ncode, lo, hi))
        add(&(*a)->code, &(*a)->ncode, &(*a)->code_room, lo, hi);
}

void preload_atomics_ask(bool every)
{
    const char *paths[REPORT_ATOMIC_MODULES];
    unsigned places[REPORT_ATOMIC_MODULES];
    struct report_atomics ask = { .paths = paths, .told = told, .arg = places };

    for (unsigned i = 0; i < preload_modules.count && ask.n < REPORT_ATOMIC_MODULES; i++) {
        struct preload_module *m = &preload_modules.list[i];

        bool wanted = is_wanted(m, every);

        m->asked |= wanted || every;
        if (!wanted)
            continue;
        answers[i] = NULL;
        paths[ask.n] = m->path;
        places[ask.n++] = i;
    }
    if (ask.n)
        report_atomics(&ask);
    for (unsigned i = 0; i < ask.n; i++) {
        const struct answer *a = answers[places[i]];

        base_log_at(1, "%s: %u pieces of code and %u of data are atomic by debug information",
                    paths[i], a ? a->ncode : 0, a ? a->ndata : 0);
    }
}

static const struct answer *answer_of(const struct preload_module *m)
{
    return m->asked ? answers[m - preload_modules.list] : NULL;
}

void preload_atomics_code(const struct preload_module *m, struct rewrite_module *r)
{
    const struct answer *a = answer_of(m);

    r->atomics = a ? a->code : NULL;
    r->natomics = a ? a->ncode : 0;
    r->classified = a != NULL;
}

void preload_atomics_declare(const struct preload_module *m)
{
    const struct answer *a = answer_of(m);
    struct shadow_thread *t = preload_self()->thread;

    for (uint32_t i = 0; t && a && i < a->ndata; i++)
        shadow_atomic_declare(t, m->bias + a->data[i].lo, a->data[i].hi - a->data[i].lo);
}
