/*
 * preload/stop.c - makes the summary at the end, and the exit status out of it.
 *
 * libc runs exit handlers in the reverse order of their registration, and the loader's own, which runs all
 * destructors, is registered after ours: the constructor of an initfirst library comes before everything. So our
 * handler is the very last one, and findings in exit handlers and destructors count. A status is changed by calling
 * exit() again from there: nothing is left to run but the flushing of the streams.
 *
 *   exit(0) -> program's handlers -> loader: destructors -> ours: summary, exit(66) -> streams flushed -> _exit(66)
 */
#include "preload/stop.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/options.h"
#include "base/sys.h"
#include "preload/compiled.h"
#include "preload/gate.h"
#include "preload/instrument.h"

int preload_pid;
uint32_t preload_state;

static struct report_summary preload_summary;
/* Between quick_exit() and its handler; one thread comes through. */
static int preload_quick_status;

static void preload_stop_tiers(const struct shadow_stats *s)
{
    base_log_at(1, "tier 2: %lu, tier 3: %lu, inflations: %lu, sync operations: %lu", s->tier2,
                s->tier3, s->inflations, s->sync_ops);
    base_log_at(
        1,
        "threads: %lu, epochs: %lu, lost history: %lu, resets: %lu, dropped: %lu, own memory: %lu KiB",
        s->threads, s->epochs, s->lost_history, s->resets, s->dropped, base_arena_mapped() / 1024);
}

static unsigned preload_stop_summary(void)
{
    struct report_summary *r = &preload_summary;
    struct shadow_stats s = { 0 };

    shadow_stats(&s);
    r->tier2 = s.tier2;
    r->tier3 = s.tier3;
    r->sync_ops = s.sync_ops;
    r->lost_history = s.lost_history;
    r->threads = s.threads;
    preload_stop_tiers(&s);
    preload_instrument_summary(r);
    return report_fini(r);
}

int preload_stop_status(int status)
{
    struct preload_tls *self = preload_self();
    uint32_t on = PRELOAD_ON;
    unsigned errors;

    if (base_sys_getpid() != preload_pid)
        return status;
    if (!__atomic_compare_exchange_n(&preload_state, &on, PRELOAD_DONE, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
        return status;
    PRELOAD_INSIDE(self, shadow_thread_leaks(self->thread); errors = preload_stop_summary());
    errors = preload_compiled_failed(errors != 0);
    return status == 0 && errors ? (int)base_options.exitcode : status;
}

static void preload_stop_handler(int status, void *arg)
{
    int final = preload_stop_status(status);

    if (final != status)
        exit(final);
}

static void preload_stop_quick_handler(void)
{
    int final = preload_stop_status(preload_quick_status);

    if (final != preload_quick_status)
        PRELOAD_REAL(_exit)(final);
}

void preload_stop_note_quick(int status)
{
    preload_quick_status = status;
}

int preload_stop_init(void)
{
    preload_pid = base_sys_getpid();
    if (on_exit(preload_stop_handler, NULL) != 0 || at_quick_exit(preload_stop_quick_handler) != 0)
        return -ENOMEM;
    return 0;
}
