/*
 * report/report.c - the life of reporting in the host: findings in, records out.
 *
 * `lock` guards everything here, the handover and the plain writer; the depot, the rules and the table of what
 * was sent are lock-free and stay out of it. Callers are inside Seance with their signals deferred.
 */
#include "report/report.h"

#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/sys.h"
#include "report/atomics.h"
#include "report/dedupe.h"
#include "report/depot.h"
#include "report/files.h"
#include "report/handover.h"
#include "report/modules.h"
#include "report/plain.h"
#include "report/rules.h"

enum { FINISH_MS = 60000, ANSWER_MS = 60000, STACKS = 64, PCS = 128 };

static struct {
    struct base_lock lock;
    bool ready, tried; /* tried: the renderer was started, or could not be */
    char program[RECORD_PATH];
    struct report_files files;
    void (*halt)(void);
    uint32_t sent; /* findings given to the renderer */
    struct record_counts answered;
    uint64_t lost;            /* findings that a file does not have */
    struct report_counts own; /* of findings that the host wrote itself */
} state = { .lock = BASE_LOCK_INIT };

static union {
    struct record_finding finding;
    struct record_summary summary;
    char bytes[RECORD_MAX];
} packet; /* guarded by state.lock */

static uint64_t wall_clock(void)
{
    struct timespec now = { 0, 0 };

    base_syscall(SYS_clock_gettime, CLOCK_REALTIME, (long)&now, 0, 0, 0, 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t peak_memory(void)
{
    struct rusage usage;

    if (base_syscall(SYS_getrusage, RUSAGE_SELF, (long)&usage, 0, 0, 0, 0) < 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}

int report_init(const char *program, const char *self)
{
    base_str_copy(state.program, program, sizeof state.program);
    report_handover_init(self);
    report_modules_hide_own();
    report_files_open(&state.files, program, false);
    if (base_options.sarif[0] || base_options.html[0])
        base_log("sarif, html: this version does not write them yet; json and text are written");
    state.ready = true;
    return 0;
}

void report_on_halt(void (*halt)(void))
{
    state.halt = halt;
}

void report_module_add(const struct report_module *m)
{
    base_lock_acquire(&state.lock);
    if (report_modules_put(m) && report_handover_running())
        report_handover_send_module(m);
    base_lock_release(&state.lock);
}

void report_module_gone(uintptr_t lo, uintptr_t hi)
{
    base_lock_acquire(&state.lock);
    report_modules_leave(lo, hi);
    base_lock_release(&state.lock);
    report_rules_forget(lo, hi);
}

/* The renderer's processes are started one at a time. */
void report_atomics(const struct report_atomics *ask)
{
    base_lock_acquire(&state.lock);
    if (state.ready && !report_handover_running())
        report_atomics_ask(ask);
    base_lock_release(&state.lock);
}

/* ---- one finding into one packet --------------------------------------------------------------------- */

/* Appends the stack unless it is there already or does not fit. */
static void add_stack(uint32_t id)
{
    struct record_head *head = &packet.finding.head;
    struct record_stack *s = (struct record_stack *)(packet.bytes + sizeof packet.finding);

    if (id == 0)
        return;
    for (uint32_t i = 0; i < packet.finding.nstacks; i++) {
        if (s->id == id)
            return;
        s = (struct record_stack *)&s->pcs[s->npcs];
    }
    if ((char *)&s->pcs[PCS] > packet.bytes + sizeof packet)
        return;
    s->id = id;
    s->npcs = report_plain_frames(id, s->pcs, PCS);
    packet.finding.nstacks++;
    head->size = (uint32_t)((char *)&s->pcs[s->npcs] - packet.bytes);
}

static void fill_packet(const struct report_finding *f, uint32_t index, uint64_t time)
{
    packet.finding = (struct record_finding){
        .head = { RECORD_FINDING, RECORD_VERSION, sizeof packet.finding },
        .index = index,
        .time = time,
        .finding = *f,
    };
    for (unsigned i = 0; i < f->nsides && i < REPORT_SIDES; i++)
        add_stack(f->sides[i].stack);
    add_stack(f->location.stack);
    for (unsigned i = 0; i < f->nthreads && i < REPORT_THREADS; i++)
        add_stack(f->threads[i].created);
    for (unsigned i = 0; i < f->nlocks && i < REPORT_NAMED_LOCKS; i++)
        add_stack(f->locks[i].created);
}

static bool is_error(const struct report_finding *f)
{
    static const char *const severities[] = {
#define KIND(constant, name, title, prefix, severity) #severity,
#include "report/kinds.def"
#undef KIND
    };

    return f->kind < REPORT_KINDS && severities[f->kind][0] == 'E';
}

/* True if it counts for the exit status. */
static bool write_by_hand(const struct report_finding *f, uint64_t time)
{
    bool certain = report_plain_certain(f), counts;

    counts = is_error(f) && (certain || base_str_equal(base_options.exit_on, "likely"));
    state.own.findings++;
    state.own.certain += certain;
    state.own.likely += !certain;
    state.own.errors += counts;
    if (state.own.findings <= base_options.max_reports &&
        !report_plain_finding(&state.files, state.program, f, time))
        state.lost++;
    return counts;
}

/* Sends, to a new renderer where the program has closed the socket to the old one, which ends by that. */
static bool deliver(struct record_head *record)
{
    if (report_handover_send(record))
        return true;
    if (!report_handover_closed()) {
        report_handover_stop(false);
        return false;
    }
    report_handover_stop(false);
    state.answered.read = state.sent;
    return report_handover_start(state.program, &state.files, &state.answered) &&
           report_handover_send(record);
}

/* Waits until the renderer has written it: what follows may be abort(), exec() or SIGKILL. *counts: it counts for the
 * exit status. */
static enum report_verdict hand_over(const struct report_finding *f, uint32_t index, bool *counts)
{
    struct record_answer answer;
    uint64_t time = wall_clock();
    uint32_t before = state.answered.errors;

    *counts = false;
    if (!state.tried) {
        state.tried = true;
        report_handover_start(state.program, &state.files, &state.answered);
    }
    fill_packet(f, index, time);
    if (!deliver(&packet.finding.head)) {
        *counts = write_by_hand(f, time);
        return report_plain_certain(f) ? REPORT_STANDS : REPORT_UNPROVEN;
    }
    state.sent++;
    if (!report_handover_wait(state.sent, false, ANSWER_MS, &answer))
        return REPORT_STANDS;
    state.answered = answer.counts;
    *counts = answer.counts.errors > before;
    return answer.atomic ? REPORT_ATOMIC : answer.unproven ? REPORT_UNPROVEN : REPORT_STANDS;
}

static void halt(void)
{
    struct report_summary none = { .modules = 0 };

    if (state.halt)
        state.halt();
    report_fini(&none);
    base_sys_exit_group((int)base_options.exitcode);
}

static uintptr_t leaf(uint32_t stack)
{
    uint32_t callers;

    return stack ? report_depot_get(stack, &callers) : 0;
}

void report_emit(const struct report_finding *f)
{
    uintptr_t a = f->same ? f->same : leaf(f->sides[0].stack);
    uintptr_t b = !f->same && f->nsides > 1 ? leaf(f->sides[1].stack) : 0;
    enum report_verdict verdict;
    uint32_t index;
    bool counts;

    if (!state.ready || !report_dedupe_first(f->kind, a, b, &index))
        return;
    base_lock_acquire(&state.lock);
    verdict = hand_over(f, index, &counts);
    base_lock_release(&state.lock);
    report_dedupe_verdict(f->kind, a, b, verdict);
    if (counts && base_options.halt_on_error)
        halt();
}

/* ---- the end ------------------------------------------------------------------------------------------ */

static void add_repeat(uint32_t index, uint32_t count, void *arg)
{
    struct record_summary *s = arg;

    s->repeats[s->nrepeats].index = index;
    s->repeats[s->nrepeats].count = count;
    s->nrepeats++;
}

static void fill_summary(const struct report_summary *counts)
{
    struct record_summary *s = &packet.summary;

    base_mem_set(s, 0, sizeof *s);
    s->counts = *counts;
    for (unsigned i = 0; i < counts->nskips && i < 16; i++) {
        s->counts.skips[i].reason = NULL;
        base_str_copy(s->reasons[i], counts->skips[i].reason ? counts->skips[i].reason : "other",
                      sizeof s->reasons[i]);
    }
    s->peak_memory = peak_memory();
    s->lost = state.lost + report_depot_lost();
    report_dedupe_repeats(add_repeat, s, RECORD_REPEATS);
    s->head = (struct record_head){ RECORD_SUMMARY, RECORD_VERSION,
                                    (uint32_t)(sizeof *s + s->nrepeats * sizeof s->repeats[0]) };
}

static unsigned finish_by_hand(const struct report_summary *s)
{
    struct report_counts counts = state.own;

    counts.findings += state.answered.reported;
    counts.errors += state.answered.errors;
    counts.certain += state.answered.certain;
    counts.likely += state.answered.likely;
    counts.suppressed += state.answered.suppressed;
    counts.repeats = report_dedupe_total_repeats();
    counts.lost = state.lost + state.answered.unwritten + (state.sent - state.answered.read);
    if (state.sent > state.answered.read)
        base_log("the symboliser ended early: up to %u findings were not written",
                 state.sent - state.answered.read);
    report_plain_summary(&state.files, state.program, s, &counts, peak_memory(), wall_clock());
    return (unsigned)counts.errors;
}

unsigned report_fini(const struct report_summary *s)
{
    struct record_answer answer;
    unsigned errors;

    if (!state.ready)
        return 0;
    base_lock_acquire(&state.lock);
    fill_summary(s);
    if (report_handover_running() && deliver(&packet.summary.head) &&
        report_handover_wait(0, true, FINISH_MS, &answer)) {
        errors = answer.counts.errors + (unsigned)state.own.errors;
        report_handover_stop(true);
    } else {
        report_handover_stop(false);
        errors = finish_by_hand(s);
    }
    report_files_close(&state.files);
    state.ready = false;
    base_lock_release(&state.lock);
    return errors;
}

/* ---- fork ---------------------------------------------------------------------------------------------- */

void report_fork_prepare(void)
{
    base_lock_acquire(&state.lock);
}

void report_fork_parent(void)
{
    base_lock_release(&state.lock);
}

void report_fork_child(void)
{
    if (state.ready) {
        report_handover_forget();
        report_files_close(&state.files);
        report_files_open(&state.files, state.program, true);
        report_dedupe_reset();
        state.tried = false;
        state.sent = 0;
        state.answered = (struct record_counts){ 0 };
        state.lost = 0;
        state.own = (struct report_counts){ 0 };
    }
    base_lock_release(&state.lock);
}
