/*
 * preload/requests.c - carries out client requests of Valgrind's, by the rows of requests.def.
 *
 * Runs on the cold stack, inside Seance, compiled for general registers like all that the cold path calls.
 */
#include "preload/requests.h"

#include "base/mem.h"
#include "preload/annotate.h"

/* Numbers of the tools' own requests; they are compiled into programs and never change. */
#define TOOL(a, b) ((uint64_t)(a) << 24 | (uint64_t)(b) << 16)
#define HELGRIND TOOL('H', 'G')
#define HG(n) (HELGRIND + 256 + (n))
#define DRD TOOL('D', 'R')

#define RW_GIVEN (SHADOW_LOCK_RW | SHADOW_LOCK_EITHER)

/* The objects of macros that name none. */
static uint64_t some_condition, some_queue, some_barrier;

static uintptr_t object(uint64_t word)
{
    return preload_object((const void *)word);
}

static const char *text(uint64_t word)
{
    return word ? (const char *)word : "";
}

static void fresh_block(struct shadow_thread *t, uintptr_t block, size_t size,
                        struct base_where *at)
{
    preload_heap_alloc(t, (const void *)block, size, at);
}

static void old_block(struct shadow_thread *t, uintptr_t block, struct base_where *at)
{
    at->foreign = !preload_checked_pc(at->pc);
    shadow_heap_give_back(t, block, at);
}

/* Its ends, in either order. */
static void stack(struct shadow_thread *t, uintptr_t one, uintptr_t other)
{
    shadow_clear(t, one < other ? one : other, one < other ? other - one : one - other);
}

static void named_by_helgrind(struct shadow_thread *t, const char *macro)
{
#define NAMED_HELGRIND(name, ...)                                                                  \
    if (base_str_equal(macro, name)) {                                                             \
        __VA_ARGS__;                                                                               \
    }
#define NAMED_DRD(...)
#define NAMED(header, name, ...) NAMED_##header(name, __VA_ARGS__)
#include "preload/requests.def"
#undef NAMED_HELGRIND
#undef NAMED_DRD
}

static void named_by_drd(struct shadow_thread *t, const char *macro, const uint64_t *a)
{
#define NAMED_HELGRIND(...)
#define NAMED_DRD(name, ...)                                                                       \
    if (base_str_equal(macro, name)) {                                                             \
        __VA_ARGS__;                                                                               \
    }
#include "preload/requests.def"
#undef NAMED
}

void preload_request(struct shadow_thread *t, const uint64_t *a, struct base_where *at)
{
    switch (a[0]) {
#define REQUEST(number, name, ...)                                                                 \
    case number:                                                                                   \
        __VA_ARGS__;                                                                               \
        break;
#include "preload/requests.def"
#undef REQUEST
    default: break;
    }
}
