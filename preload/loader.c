/*
 * preload/loader.c - follows dlopen(3) and dlclose(3).
 *
 * The loader calls the empty function r_debug.r_brk whenever its list of modules changes, under its lock: where debuggers
 * put a breakpoint we put a jump (the protocol of <link.h>). When the list is consistent again the new modules are
 * mapped, but neither relocated nor run; what was closed is unmapped. Where the function is not empty (a debugger was
 * here first) modules that come later are not checked, which is said at verbosity 1.
 */
#include "preload/loader.h"

#include <link.h>

#include "base/log.h"
#include "preload/gate.h"
#include "preload/instrument.h"
#include "preload/modules.h"
#include "rewrite/rewrite.h"

static void preload_loader_loaded(struct preload_module *m)
{
    shadow_heap_used(m->lo, m->hi - m->lo);
    preload_modules_tell(m);
    preload_instrument_ask();
    preload_instrument_module(m);
}

static void preload_loader_unloaded(struct preload_module *m)
{
    struct shadow_thread *t = preload_self()->thread;

    preload_instrument_forget(m);
    report_module_gone(m->lo, m->hi);
    if (t)
        shadow_clear(t, m->lo, m->hi - m->lo);
}

/* In place of the loader's function. A call like any other: nothing but what a callee may change is changed. */
static void preload_loader_event(void)
{
    struct preload_tls *self = preload_self();

    if (_r_debug.r_state != RT_CONSISTENT || !preload_is_on() || self->depth)
        return;
    PRELOAD_INSIDE(self, preload_modules_update(preload_loader_loaded, preload_loader_unloaded));
}

void preload_loader_init(void)
{
    int err = rewrite_detour(_r_debug.r_brk, A(preload_loader_event));
    unsigned i;

    preload_instrument_ask();
    for (i = 0; i < preload_modules.count; i++)
        preload_instrument_module(&preload_modules.list[i]);
    if (err)
        base_log_at(1, "modules loaded later are not checked (error %d)", -err);
}
