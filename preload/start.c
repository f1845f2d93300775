/*
 * preload/start.c - the constructor: brings the parts up in order, OFF -> BOOT -> ON.
 *
 * The library is linked -z initfirst, so nothing of the program has run yet and there is one thread. Where something
 * cannot be had one line says so and the state stays BOOT: every wrapper then only calls its original.
 */
#include <stddef.h>

#include "base/log.h"
#include "base/options.h"
#include "base/sys.h"
#include "preload/cold.h"
#include "preload/facts.h"
#include "preload/gate.h"
#include "preload/instrument.h"
#include "preload/loader.h"
#include "preload/modules.h"
#include "preload/real.h"
#include "preload/handlers.h"
#include "preload/state.h"
#include "preload/stop.h"
#include "preload/thread.h"
#include "preload/tls.h"
#include "report/report.h"
#include "shadow/shadow.h"

static void preload_start_bad_option(const char *line)
{
    base_log("%s", line);
}

static void preload_start_options(const char *text)
{
    base_log_init();
    base_options_defaults(&base_options);
    if (text)
        base_options_parse(&base_options, text, preload_start_bad_option);
    base_log_set_verbosity(base_options.verbosity);
}

/* The detector and the first thread; false where Seance is to stay out of the way. */
static bool preload_start_detector(const struct preload_facts *facts, struct shadow_layout *layout)
{
    struct preload_tls *self = preload_self();
    int err = preload_layout_choose(&facts->layout, layout);

    if (!err)
        err = shadow_init(layout);
    if (err) {
        base_log(
            "not enough address space for the shadow memory (error %d): the program runs without checks",
            -err);
        return false;
    }
    self->thread = shadow_thread_first(&self->in, facts->stack_lo, facts->layout.stack_hi);
    if (!self->thread) {
        base_log("not enough memory: the program runs without checks");
        return false;
    }
    return true;
}

static bool preload_start_parts(const struct preload_facts *facts)
{
    const struct preload_module *own = preload_modules_at(A(&preload_state));
    struct shadow_layout layout = { 0 };
    unsigned i;

    if (preload_thread_init() != 0 || preload_stop_init() != 0 || preload_fork_init() != 0) {
        base_log("libc gives no key, exit or fork handler: the program runs without checks");
        return false;
    }
    if (!preload_start_detector(facts, &layout))
        return false;
    report_init(facts->program, own ? own->path : "");
    for (i = 0; i < preload_modules.count; i++)
        preload_modules_tell(&preload_modules.list[i]);
    if (!preload_thread_arm()) {
        base_log("not enough memory: the program runs without checks");
        return false;
    }
    preload_handlers_init();
    if (preload_instrument_init(layout.form == SHADOW_FORM_GS, facts->traced, facts->stack_lo,
                                facts->layout.stack_hi))
        preload_loader_init();
    if (!preload_checked_pc(A(preload_real.free)))
        shadow_heap_watch();
    return true;
}

static __attribute__((constructor)) void preload_start(int argc, char **argv, char **envp)
{
    static struct preload_facts facts;
    struct preload_tls *self = preload_self();
    int saved = errno;

    __atomic_store_n(&preload_state, PRELOAD_BOOT, __ATOMIC_RELAXED);
    preload_enter(self);
    preload_facts_read(envp, &facts);
    preload_start_options(facts.options);
    if (base_options.debugger ||
        facts.traced) /* ptrace(2) refuses to write back the base that the GS form needs */
        facts.layout.fsgsbase = false;
    if (preload_real_init() != 0) {
        base_log("this is not a C library that Seance knows: the program runs without checks");
    } else {
        struct preload_modules_hints hints = { facts.program, facts.loader, facts.vdso };

        preload_modules_find(&hints);
        preload_facts_mappings(&facts);
        if (preload_start_parts(&facts)) {
            preload_thread_watch();
            __atomic_store_n(&preload_state, PRELOAD_ON, __ATOMIC_RELEASE);
        }
    }
    preload_leave(self);
    errno = saved;
}
