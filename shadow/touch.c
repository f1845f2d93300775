/*
 * shadow/touch.c - see touch.h. Some steps for each operation on an atomic; few words have more than a handful of entries.
 */
#include "shadow/touch.h"

#include <stddef.h>

#include "shadow/world.h"

static bool conflict(uint32_t a, uint32_t b)
{
    return ((a | b) & SHADOW_TOUCH_WRITE) && !(a & b & SHADOW_TOUCH_ATOMIC);
}

/* Whatever conflicts with `less` conflicts with `more`. */
static bool covers(uint32_t more, uint32_t less)
{
    return (more & SHADOW_TOUCH_WRITE || !(less & SHADOW_TOUCH_WRITE)) &&
           (!(more & SHADOW_TOUCH_ATOMIC) || less & SHADOW_TOUCH_ATOMIC);
}

bool shadow_touch_known(const struct shadow_thread *t, const struct shadow_touches *all,
                        uint32_t bytes, uint32_t kind)
{
    unsigned n = all->n < SHADOW_TOUCHES ? all->n : SHADOW_TOUCHES;

    if (!t->epoch || all->generation != shadow_world.generation)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (all->of[i].epoch == t->epoch && covers(all->of[i].kind, kind))
            bytes &= ~(uint32_t)all->of[i].bytes;
    return !bytes;
}

static void race(struct shadow_found *f, uintptr_t word, const struct shadow_touch *with,
                 uint32_t bytes, uint32_t kind)
{
    unsigned first = (unsigned)__builtin_ctz(bytes);

    if (f->previous)
        return;
    *f = (struct shadow_found){ .addr = word + first,
                                .previous = with->epoch | SHADOW_CELL_MASK,
                                .size = 32 - (uint32_t)__builtin_clz(bytes) - first,
                                .wrote = with->kind & SHADOW_TOUCH_WRITE,
                                .mixed = (with->kind | kind) & SHADOW_TOUCH_ATOMIC,
                                .exact = !(with->kind & SHADOW_TOUCH_EARLIER) };
}

/* What is left of an entry once the new one is made. */
static uint32_t weigh(const struct shadow_thread *t, const struct shadow_touch *e, uintptr_t word,
                      uint32_t bytes, uint32_t kind, struct shadow_found *found)
{
    uint32_t both = e->bytes & bytes;

    if (!both)
        return e->bytes;
    if (shadow_thread_ordered(t, e->epoch))
        return covers(kind, e->kind) && t->epoch ? e->bytes & ~both : e->bytes;
    if (!conflict(e->kind, kind))
        return e->bytes;
    race(found, word, e, both, kind);
    return e->bytes & ~both; /* told once */
}

static void freshen(struct shadow_touches *all)
{
    if (all->generation == shadow_world.generation)
        return;
    all->generation = shadow_world.generation;
    all->n = 0;
}

static void add(struct shadow_thread *t, struct shadow_touches *all, struct shadow_touch new)
{
    for (unsigned i = 0; i < all->n; i++)
        if (all->of[i].epoch == new.epoch && all->of[i].kind == new.kind) {
            all->of[i].bytes |= new.bytes;
            return;
        }
    if (all->n < SHADOW_TOUCHES) {
        all->of[all->n++] = new;
        return;
    }
    t->stats.lost_history++;
    all->of[all->victim++ % SHADOW_TOUCHES] = new;
}

void shadow_touch_inherit(struct shadow_thread *t, struct shadow_touches *all, uint32_t epoch,
                          uint32_t bytes, uint32_t kind)
{
    freshen(all);
    add(t, all, (struct shadow_touch){ epoch, (uint8_t)bytes, (uint8_t)kind });
}

void shadow_touch(struct shadow_thread *t, struct shadow_touches *all, uintptr_t word,
                  uint32_t bytes, uint32_t kind, struct shadow_found *found)
{
    freshen(all);
    if (shadow_touch_known(t, all, bytes, kind))
        return;
    for (unsigned i = 0; i < all->n;) {
        all->of[i].bytes = (uint8_t)weigh(t, &all->of[i], word, bytes, kind, found);
        if (all->of[i].bytes)
            i++;
        else
            all->of[i] = all->of[--all->n];
    }
    if (!t->epoch) {
        t->stats.lost_history++;
        return;
    }
    add(t, all, (struct shadow_touch){ t->epoch, (uint8_t)bytes, (uint8_t)kind });
    t->stamped = true;
}
