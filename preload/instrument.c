/*
 * preload/instrument.c - modules on their way into rewrite/, and the counts at the end.
 *
 * Units are rewritten as they are entered, so counts are complete only at exit. The caller is inside Seance.
 */
#include "preload/instrument.h"

#include <errno.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/sys.h"
#include "preload/atomics.h"
#include "preload/checked.h"
#include "preload/cold.h"
#include "preload/compiled.h"
#include "rewrite/rewrite.h"
#include "shadow/shadow.h"

/* Bytes of code that are looked through for locks, some 10 ms each MiB. Modules stand in the order in which the loader found them,
 * those that the program needs itself first. */
#define LIBRARY_CODE (16ul << 20)

static bool able;   /* rewriting works here */
static bool plural; /* there was or will be a second thread */
static bool traced; /* by a debugger, from the start */
static uint64_t
    library_code; /* looked through so far; under the loader's lock, or with one thread */
static uintptr_t first_lo, first_hi;  /* the first thread's stack */
static struct rewrite_stats unloaded; /* of modules that are gone */
static unsigned instrumented_modules;

bool preload_instrument_init(bool gs_form, bool debugged, uintptr_t stack_lo, uintptr_t stack_hi)
{
    struct rewrite_runtime rt = { .eager = base_str_equal(base_options.rewrite, "eager"),
                                  .traced = debugged };
    int err;

    preload_cold_runtime(&rt, gs_form);
    rt.checks = base_str_equal(base_options.checks, "on");
    if (!rewrite_passes(base_options.passes, &rt.passes))
        base_log("passes=%s: there is a name in it that is no pass", base_options.passes);
    err = rewrite_init(&rt);
    if (err)
        base_log("code cannot be rewritten (error %d): only calls are seen", -err);
    able = !err;
    traced = debugged;
    first_lo = stack_lo;
    first_hi = stack_hi;
    return able;
}

static const char *why(int err)
{
    switch (err) {
    case -ENOENT: return "no unwind tables";
    case -ENODATA: return "no unwind tables for most of its code, so its own locks are not seen";
    case -ENOTSUP: return "its code has relocations";
    case -EACCES: return "its code may not be changed";
    default: return "no memory near it";
    }
}

static void add_checked(struct preload_module *m)
{
    struct rewrite_module r = {
        .bias = m->bias, .phdr = m->phdr, .phnum = m->phnum, .llvm = m->llvm && !m->debug
    };
    int err;

    preload_atomics_code(m, &r);
    err = rewrite_module_add(&r);

    if (err == -ENODATA) {
        m->checked = false;
        preload_checked_remove(m->lo, m->hi);
        base_log_at(m->program ? 0 : 1, "%s: not checked (%s)", m->path, why(err));
        return;
    }
    if (err) {
        base_log_at(1, "%s: not instrumented (%s)", m->path, why(err));
        return;
    }
    m->rewritten = shadow_rewritten = true;
    m->number = r.number;
    instrumented_modules++;
}

static uint64_t code_of(const struct preload_module *m)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < m->phnum; i++)
        if (m->phdr[i].p_type == PT_LOAD && m->phdr[i].p_flags & PF_X)
            bytes += m->phdr[i].p_memsz;
    return bytes;
}

/* Its atomics order what checked modules do; sp: of the only thread, 0 where nothing of it has run yet. */
static void add_library(struct preload_module *m, uintptr_t sp)
{
    struct rewrite_module r = { .bias = m->bias,
                                .phdr = m->phdr,
                                .phnum = m->phnum,
                                .sync_only = true,
                                .stack_lo = sp,
                                .stack_hi = sp ? first_hi : 0 };
    uint64_t code = code_of(m);
    int err;

    if (code > LIBRARY_CODE - library_code) {
        base_log_at(1, "%s: its atomics are not seen (too much code)", m->path);
        return;
    }
    library_code += code;
    err = rewrite_module_add(&r);
    if (err)
        base_log_at(2, "%s: its atomics are not seen (%s)", m->path, why(err));
    m->rewritten = !err;
    m->number = r.number;
}

/* A debugger would see another process in a program that has started nothing yet. */
void preload_instrument_ask(void)
{
    if (able && (plural || !traced))
        preload_atomics_ask(plural);
}

void preload_instrument_module(struct preload_module *m)
{
    if (!able || m->rewritten || m->compiled)
        return;
    if (m->checked) {
        add_checked(m);
        if (m->checked && plural)
            preload_atomics_declare(m);
    } else if (m->sync_only && plural) {
        add_library(m, 0);
    }
}

/* A thread that was made without libc may be anywhere in its code. */
static bool is_alone(uintptr_t sp)
{
    return sp >= first_lo && sp < first_hi && base_sys_threads() <= 1;
}

/* What was not asked about at start is known for functions that have not run yet. */
static void ask_late(void)
{
    preload_atomics_ask(true);
    for (unsigned i = 0; i < preload_modules.count; i++) {
        struct preload_module *m = &preload_modules.list[i];
        struct rewrite_module r = { 0 };

        if (!m->rewritten || !m->checked || m->gone)
            continue;
        preload_atomics_code(m, &r);
        rewrite_module_atomics(m->number, &r);
        preload_atomics_declare(m);
    }
}

void preload_instrument_libraries(uintptr_t sp)
{
    if (plural || !able)
        return;
    plural = true;
    ask_late();
    if (!is_alone(sp)) {
        base_log_at(
            1, "what libraries order by their own atomics is not seen: there is a thread already");
        return;
    }
    for (unsigned i = 0; i < preload_modules.count; i++) {
        struct preload_module *m = &preload_modules.list[i];

        if (m->sync_only && !m->rewritten && !m->gone)
            add_library(m, sp);
    }
}

static void add_stats(struct rewrite_stats *to, const struct rewrite_stats *s)
{
    to->functions += s->functions;
    to->accesses += s->accesses;
    to->own_jump += s->own_jump;
    to->entered += s->entered;
    for (unsigned i = 0; i < REWRITE_REASONS; i++)
        to->skipped[i] += s->skipped[i];
}

void preload_instrument_forget(struct preload_module *m)
{
    struct rewrite_stats s;

    if (m->compiled)
        preload_compiled_forget(m->lo, m->hi);
    if (!m->rewritten)
        return;
    rewrite_module_stats(m->number, &s);
    if (m->checked)
        add_stats(&unloaded, &s);
    rewrite_module_remove(m->number);
    m->rewritten = false;
}

static void log_module(const char *path, const struct rewrite_stats *s)
{
    uint64_t all = s->accesses ? s->accesses : 1, done = s->accesses ? s->own_jump + s->entered : 1;

    base_log_at(1, "%s: %lu functions, %lu instructions and %lu accesses in the %lu rewritten",
                path, s->functions, s->instructions, s->accesses, s->rewritten);
    base_log_at(1, "%s: %lu own jump, %lu entered otherwise, %lu.%lu%lu%% instrumented", path,
                s->own_jump, s->entered, done * 100 / all, done * 1000 / all % 10,
                done * 10000 / all % 10);
    base_log_at(1, "%s: %lu of %lu bytes rewritten, %lu bytes of copies, %lu us", path,
                s->rewritten_bytes, s->text_bytes, s->copy_bytes, s->nanoseconds / 1000);
    base_log_at(1, "%s: %lu checks dropped, %lu merged, %lu moved off live flags", path, s->dropped,
                s->merged, s->moved);
    if (s->functions_skipped)
        base_log_at(1, "%s: %lu functions left as they are", path, s->functions_skipped);
    for (unsigned reason = 0; reason < REWRITE_REASONS; reason++)
        if (s->skipped[reason])
            base_log_at(1, "%s: %lu skipped: %s", path, s->skipped[reason],
                        rewrite_reason_text((enum rewrite_reason)reason));
}

static void fill(struct report_summary *sum, const struct rewrite_stats *s)
{
    sum->modules = instrumented_modules;
    sum->functions = s->functions;
    sum->accesses = s->accesses;
    sum->instrumented = s->own_jump + s->entered;
    for (unsigned reason = 0; reason < REWRITE_REASONS; reason++) {
        if (!s->skipped[reason] || sum->nskips == sizeof(sum->skips) / sizeof(sum->skips[0]))
            continue;
        sum->skipped += s->skipped[reason];
        sum->skips[sum->nskips].reason = rewrite_reason_text((enum rewrite_reason)reason);
        sum->skips[sum->nskips++].count = s->skipped[reason];
    }
}

void preload_instrument_summary(struct report_summary *sum)
{
    struct rewrite_stats all = unloaded, s;
    uint64_t bytes, maps;

    for (unsigned i = 0; i < preload_modules.count; i++) {
        const struct preload_module *m = &preload_modules.list[i];

        if (!m->rewritten)
            continue;
        rewrite_module_stats(m->number, &s);
        if (m->checked)
            add_stats(&all, &s);
        log_module(m->path, &s);
    }
    fill(sum, &all);
    rewrite_stub_stats(&bytes, &maps);
    base_log_at(1, "stubs: %lu KiB in %lu mappings", bytes / 1024, maps);
}
