/*
 * preload/real.c - looks the originals up, per symbol version where wrap.def names one.
 *
 * Runs in the constructor and, rarely, inside a wrapper. dlsym() may call calloc() and so come back into our own
 * wrapper: `preload_real_busy` sends such calls to the early memory.
 */
#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include "base/mem.h"

struct preload_real_row {
    const char *name;
    const char *version; /* NULL: the default one; "": that, looked up at the first call */
    void **slot;
};

#define ANY NULL
#define LATE ""
static const struct preload_real_row preload_rows[PRELOAD_ROWS] = {
#define WRAP_ROW(name, version, type, params) { #name, version, (void **)&preload_real.name },
#include "preload/rows.def"
};
#undef ANY
#undef LATE

struct preload_real preload_real;
uint8_t preload_engaged[PRELOAD_ROWS];

/* True while this thread is in dlsym() for us. */
static __thread bool preload_real_busy;

#define EARLY_SIZE 65536
static char preload_early[EARLY_SIZE] __attribute__((aligned(64)));
static size_t preload_early_used; /* bytes; atomic */

void *preload_real_early(size_t size, size_t align)
{
    size_t need = size + (align < 16 ? 16 : align);
    size_t start;

    if (size > EARLY_SIZE || need > EARLY_SIZE)
        return NULL;
    need = (need + 15) & ~(size_t)15;
    start = __atomic_fetch_add(&preload_early_used, need, __ATOMIC_RELAXED);
    if (start + need > EARLY_SIZE)
        return NULL;
    align = align < 16 ? 16 : align;
    return (void *)(((uintptr_t)preload_early + start + align - 1) & ~(uintptr_t)(align - 1));
}

bool preload_real_is_early(const void *block)
{
    return (uintptr_t)block - (uintptr_t)preload_early < EARLY_SIZE;
}

size_t preload_real_early_rest(const void *block, size_t size)
{
    size_t rest = (uintptr_t)preload_early + EARLY_SIZE - (uintptr_t)block;

    return rest < size ? rest : size;
}

/* Stands in for a function that this libc does not have. */
static long preload_real_missing(void)
{
    return ENOSYS;
}

/* Stand-ins while the original is being looked up: only allocation can be asked for by dlsym(). */
static void *preload_early_malloc(size_t size)
{
    return preload_real_early(size, 16);
}

static void *preload_early_calloc(size_t count, size_t size)
{
    return size && count > EARLY_SIZE / size ? NULL : preload_real_early(count * size, 16);
}

static void preload_early_free(void *block) {}

static void *preload_real_standin(enum preload_row row)
{
    switch (row) {
    case PRELOAD_ROW_malloc: return (void *)preload_early_malloc;
    case PRELOAD_ROW_calloc: return (void *)preload_early_calloc;
    case PRELOAD_ROW_free: return (void *)preload_early_free;
    default: return (void *)preload_real_missing;
    }
}

static void *preload_real_lookup(const struct preload_real_row *row)
{
    void *found = NULL;

    if (row->version && row->version[0])
        found = dlvsym(RTLD_NEXT, row->name, row->version);
    return found ? found : dlsym(RTLD_NEXT, row->name);
}

/* A library loaded later (RTLD_LOCAL) binds to our export, yet its original is only in its own scope. */
static void *preload_real_lookup_from(const char *name, const void *pc)
{
    struct link_map *map = NULL;
    Dl_info info;
    void *handle, *found;

    if (!dladdr1(pc, &info, (void **)&map, RTLD_DL_LINKMAP) || !map || !map->l_name[0])
        return NULL;
    handle = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle)
        return NULL;
    found = dlsym(handle, name);
    dlclose(handle);
    return found;
}

void *preload_real_find(enum preload_row row, const void *pc)
{
    const struct preload_real_row *r = &preload_rows[row];
    void *found;
    int saved;

    if (preload_real_busy)
        return preload_real_standin(row);
    saved = errno;
    preload_real_busy = true;
    found = preload_real_lookup(r);
    if (!found)
        found = preload_real_lookup_from(r->name, pc);
    preload_real_busy = false;
    errno = saved;
    if (!found)
        return (void *)preload_real_missing;
    *r->slot = found;
    return found;
}

void *preload_real_beside(const void *original, const char *name)
{
    void *found;
    int saved = errno;

    preload_real_busy = true;
    found = original ? preload_real_lookup_from(name, original) : NULL;
    preload_real_busy = false;
    errno = saved;
    return found;
}

int preload_real_init(void)
{
    static const enum preload_row vital[] = { PRELOAD_ROW_malloc,         PRELOAD_ROW_free,
                                              PRELOAD_ROW_pthread_create, PRELOAD_ROW_memcpy,
                                              PRELOAD_ROW_strlen,         PRELOAD_ROW_strnlen };
    unsigned i;

    preload_real_busy = true;
    for (i = 0; i < PRELOAD_ROWS; i++) {
        bool late = preload_rows[i].version && !preload_rows[i].version[0];

        if (!late && !*preload_rows[i].slot)
            *preload_rows[i].slot = preload_real_lookup(&preload_rows[i]);
    }
    preload_real_busy = false;
    for (i = 0; i < sizeof(vital) / sizeof(vital[0]); i++) {
        if (!*preload_rows[vital[i]].slot)
            return -ENOENT;
    }
    return 0;
}

int preload_real_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
    return PRELOAD_REAL(sigaction)(sig, act, old);
}

int seance_wrapper_engaged(const char *name)
{
    unsigned i;

    for (i = 0; i < PRELOAD_ROWS; i++) {
        if (base_str_equal(preload_rows[i].name, name))
            return preload_engaged[i];
    }
    return -1;
}

const char *seance_wrapper_name(unsigned n)
{
    return n < PRELOAD_ROWS ? preload_rows[n].name : NULL;
}
