/*
 * shadow/leak.c - threads that nobody joined: at the end of the process, once.
 *
 * Only threads that have ended: one that still runs may be meant to run as long as the process does.
 */
#include "shadow/finding.h"
#include "shadow/thread.h"
#include "shadow/world.h"

static void report(const struct shadow_identity *who)
{
    struct report_finding *f = shadow_finding_new(REPORT_THREAD_LEAK);
    struct report_side *s = f ? shadow_finding_side(f, REPORT_CREATED, REPORT_CREATE) : NULL;

    if (!s)
        return;
    s->thread = who->facts.parent;
    s->stack = who->facts.created;
    f->same = (uint64_t)who->facts.created + 1;
    shadow_finding_thread(f, who);
    report_emit(f);
    shadow_finding_del(f);
}

void shadow_thread_leaks(struct shadow_thread *t)
{
    const struct shadow_identity *who;

    if (!t || !shadow_world_enter(t))
        return;
    for (struct shadow_thread *u = __atomic_load_n(&shadow_threads, __ATOMIC_ACQUIRE); u;
         u = u->all) {
        who = shadow_thread_left(u);
        if (who && who->facts.id) /* the first thread is nobody's to join */
            report(who);
    }
    shadow_world_leave(t);
}
