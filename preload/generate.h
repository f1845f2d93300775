/*
 * preload/generate.h - the wrappers of a table, generated wholly. Included by wrap*.c, one for each table. Hot.
 *
 * Each tells whether Seance is concerned at all (preload/gate.h), runs the row's `before` inside Seance, the
 * original outside, and `after` inside again. Built without builtins, so that no loop turns into a call of memcpy.
 */
#ifndef PRELOAD_GENERATE_H
#define PRELOAD_GENERATE_H

#include "preload/real.h"

#include "preload/gate.h"
#include "preload/format.h"
#include "preload/messages.h"
#include "preload/descriptors.h"
#include "preload/streams.h"
#include "preload/strings.h"

/* Many have no prototype in the headers: the fortified ones, and those that old programs call. */
#define WRAP_ROW(name, version, type, params) type name params;
#include "preload/rows.def"

#define MAPPED (ret != MAP_FAILED)

/* Nothing is entered for a side about which the row says NOTHING; folded by the compiler. */
#define RUN(self, text, ...)                                                                       \
    if ((text)[0] != 'N' || (text)[1] != 'O')                                                      \
    PRELOAD_INSIDE(self, __VA_ARGS__)

#define WRAP(name, version, type, params, args, before, after)                                     \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
        type ret;                                                                                  \
                                                                                                   \
        (void)at;                                                                                  \
        if (!t)                                                                                    \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #after, after);                                                                  \
        return ret;                                                                                \
    }

/* Only a first glance: the caller may be checked, or the original is not known yet. */
#define CONCERNED(name)                                                                            \
    __builtin_expect(preload_checked_hull(A(__builtin_return_address(0))) || !preload_real.name, 0)

#define WRAP_VOID(name, version, params, args, before, after)                                      \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
                                                                                                   \
        (void)at;                                                                                  \
        if (!t) {                                                                                  \
            PRELOAD_REAL(name) args;                                                               \
            return;                                                                                \
        }                                                                                          \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        PRELOAD_REAL(name) args;                                                                   \
        RUN(self, #after, after);                                                                  \
    }

#define UNPAREN(...) __VA_ARGS__

/* What a row may carry from its `before` to its `after`: a number, and room for a pointer that the original stores. */
#define KEPT                                                                                       \
    uintptr_t kept __attribute__((unused)) = 0;                                                    \
    void *spare __attribute__((unused)) = NULL;

/* The work is a tail-called function of its own, so that the pass-through saves nothing but the frame pointer. */
#define WRAP_RANGE(name, version, type, params, args, before, after)                               \
    static __attribute__((noinline))                                                               \
    type preload_range_##name(const uintptr_t *frame, UNPAREN params)                              \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = preload_where(frame);                                               \
        uint32_t stack = 0;                                                                        \
        KEPT type ret;                                                                             \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t || !preload_checked_pc(at.pc))                                                      \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #after, after);                                                                  \
        return ret;                                                                                \
    }                                                                                              \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        if (CONCERNED(name))                                                                       \
            return preload_range_##name(__builtin_frame_address(0), UNPAREN args);                 \
        return preload_real.name args;                                                             \
    }

#define WRAP_RANGE_VOID(name, version, params, args, before, after)                                \
    static __attribute__((noinline)) void preload_range_##name(const uintptr_t *frame,             \
                                                               UNPAREN params)                     \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = preload_where(frame);                                               \
        uint32_t stack = 0;                                                                        \
        KEPT                                                                                       \
                                                                                                   \
            at.stack = &stack;                                                                     \
        if (!t || !preload_checked_pc(at.pc)) {                                                    \
            PRELOAD_REAL(name) args;                                                               \
            return;                                                                                \
        }                                                                                          \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        PRELOAD_REAL(name) args;                                                                   \
        RUN(self, #after, after);                                                                  \
    }                                                                                              \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        if (CONCERNED(name))                                                                       \
            preload_range_##name(__builtin_frame_address(0), UNPAREN args);                        \
        else                                                                                       \
            preload_real.name args;                                                                \
    }

#define WRAP_RANGE_NONE(name, version, type, before, after)                                        \
    static __attribute__((noinline)) type preload_range_##name(const uintptr_t *frame)             \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = preload_where(frame);                                               \
        uint32_t stack = 0;                                                                        \
        KEPT type ret;                                                                             \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t || !preload_checked_pc(at.pc))                                                      \
            return PRELOAD_REAL(name)();                                                           \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        RUN(self, #before, before);                                                                \
        ret = PRELOAD_REAL(name)();                                                                \
        RUN(self, #after, after);                                                                  \
        return ret;                                                                                \
    }                                                                                              \
    PRELOAD_EXPORT type name(void)                                                                 \
    {                                                                                              \
        if (CONCERNED(name))                                                                       \
            return preload_range_##name(__builtin_frame_address(0));                               \
        return preload_real.name();                                                                \
    }

/* The work is that of the row `through`. */
#define FORWARDED(name, through, params, args, last, result)                                       \
    va_list ap;                                                                                    \
                                                                                                   \
    va_start(ap, last);                                                                            \
    if (CONCERNED(through)) {                                                                      \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        result preload_range_##through(__builtin_frame_address(0), UNPAREN args);                  \
    } else {                                                                                       \
        result preload_real.through args;                                                          \
    }                                                                                              \
    va_end(ap)

#define WRAP_FORWARD(name, version, through, type, params, args, last)                             \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        type ret;                                                                                  \
        FORWARDED(name, through, params, args, last, ret =);                                       \
        return ret;                                                                                \
    }

#define WRAP_FORWARD_VOID(name, version, through, params, args, last)                              \
    PRELOAD_EXPORT void name params                                                                \
    {                                                                                              \
        FORWARDED(name, through, params, args, last, );                                            \
    }

/* Orders hold for everybody, ranges for checked callers. A reader of the bytes may change them at once: `before` comes before
 * the release. */
#define WRAP_FLOW(name, version, type, params, args, before, give, take, after)                    \
    PRELOAD_EXPORT type name params                                                                \
    {                                                                                              \
        struct preload_tls *self = preload_self();                                                 \
        struct shadow_thread *t = preload_gate(self);                                              \
        struct base_where at = PRELOAD_CALLER;                                                     \
        uint32_t stack = 0;                                                                        \
        bool checked;                                                                              \
        KEPT type ret;                                                                             \
                                                                                                   \
        at.stack = &stack;                                                                         \
        if (!t)                                                                                    \
            return PRELOAD_REAL(name) args;                                                        \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        checked = preload_checked_pc(at.pc);                                                       \
        if (checked)                                                                               \
            RUN(self, #before, before);                                                            \
        RUN(self, #give, give);                                                                    \
        ret = PRELOAD_REAL(name) args;                                                             \
        RUN(self, #take, take);                                                                    \
        if (checked)                                                                               \
            RUN(self, #after, after);                                                              \
        return ret;                                                                                \
    }

#define WRAP_BODY(name, version, type, params)

#endif
