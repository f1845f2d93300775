/*
 * shadow/cycle.c - cycles of lock orders: see order.h. Slow: where an order is new. All here is under the graph's lock.
 *
 * First backwards from the lock that is held, through the edges that lead there, for how far each lock is from it: if the
 * one that is wanted is not met, there is no cycle. Then forwards from that one, along edges that lead nearer, in contexts
 * that go together; the length that is allowed grows. Both have a budget of steps, since all ways together may be very
 * many: large where little was spent, so that only a graph that keeps being large is searched in part.
 */
#include "shadow/finding.h"
#include "shadow/order.h"

#define PURSE 20000000u /* steps, of all searches together */
#define LEAST 512u      /* of each one, however empty the purse */
#define MOST 1000000u
#define REPORTED 4096u

static uint32_t serial;
static uint64_t spent;
static uint64_t reported[REPORTED]; /* sums of the edges of cycles; 0: none */
static uint32_t nreported;
static struct shadow_cycle cycle;

static uint32_t budget(void)
{
    return spent < PURSE ? MOST : LEAST;
}

/* ---- can it deadlock? ------------------------------------------------------------------------------------- */

/* True if no lock keeps the two apart. */
static bool can_meet(const struct shadow_order_context *a, const struct shadow_order_context *b)
{
    uint32_t i = 0, k = 0;

    while (i < a->nheld && k < b->nheld) {
        uint32_t x = a->held[i] >> 1, y = b->held[k] >> 1;

        if (x == y && !(a->held[i] & b->held[k] & 1))
            return false;
        i += x <= y;
        k += y <= x;
    }
    return true;
}

/* True if who wants the lock in `wants` waits for who holds it in `holds`. */
static bool waits(const struct shadow_order_context *wants,
                  const struct shadow_order_context *holds)
{
    return !wants->to_shared || !holds->from_shared || wants->waits;
}

/* ---- the search ------------------------------------------------------------------------------------------- */

/* The distances to home of all that lead there; true if `wanted` is among them. */
static bool measure(struct shadow_order_node *home, const struct shadow_order_node *wanted)
{
    struct shadow_order_node *first = home, *last = home;
    uint32_t steps = budget(), left = steps;

    serial++;
    home->seen = serial;
    home->distance = 0;
    home->queue = NULL;
    for (; first && left; first = first->queue)
        for (struct shadow_order_edge *e = first->in; e && left; e = e->next_in, left--)
            if (e->from->seen != serial) {
                e->from->seen = serial;
                e->from->distance = first->distance + 1;
                e->from->queue = NULL;
                last->queue = e->from;
                last = e->from;
            }
    spent += steps - left;
    return wanted->seen == serial;
}

/* True if the cycle's edge at level can follow those before it, and home is near enough. */
static bool fits(uint32_t level, uint32_t limit)
{
    const struct shadow_order_edge *e = cycle.edges[level];
    const struct shadow_order_context *c = cycle.contexts[level];
    const struct shadow_order_node *home = cycle.edges[0]->from;

    if (e->to->seen != serial || level + 1 + e->to->distance > limit ||
        !waits(cycle.contexts[level - 1], c) || (e->to == home && !waits(c, cycle.contexts[0])))
        return false;
    for (uint32_t i = 0; i < level; i++)
        if (cycle.edges[i]->to == e->to || !can_meet(cycle.contexts[i], c))
            return false;
    return true;
}

/* That edge's first context, or that of the next one that has any. */
static void choose(uint32_t level, struct shadow_order_edge *e)
{
    while (e && !e->contexts)
        e = e->next_out;
    cycle.edges[level] = e;
    cycle.contexts[level] = e ? e->contexts : NULL;
}

/* The next context of the edge, or the next edge. */
static void advance(uint32_t level)
{
    cycle.contexts[level] = cycle.contexts[level]->next;
    if (!cycle.contexts[level])
        choose(level, cycle.edges[level]->next_out);
}

/* The edges up to that level are one thread's doing, with a fleeting lock. */
static bool is_doubtful(uint32_t level)
{
    const struct shadow_identity *who = cycle.contexts[0]->who;
    bool any = false;

    for (uint32_t i = 0; i <= level; i++) {
        if (cycle.contexts[i]->who != who)
            return false;
        any |= cycle.contexts[i]->fleeting;
    }
    return any;
}

/* A cycle of at most limit edges, of which the first is set. */
static bool search(uint32_t limit, uint32_t *steps)
{
    uint32_t level = 1;

    for (choose(1, cycle.edges[0]->to->out); *steps; (*steps)--) {
        if (!cycle.edges[level]) {
            if (--level == 0)
                return false;
            advance(level);
        } else if (!fits(level, limit) ||
                   (cycle.edges[level]->to == cycle.edges[0]->from && is_doubtful(level))) {
            advance(level);
        } else if (cycle.edges[level]->to == cycle.edges[0]->from) {
            cycle.length = level + 1;
            return true;
        } else {
            level++;
            choose(level, cycle.edges[level - 1]->to->out);
        }
    }
    return false;
}

static uint64_t sum_of(const struct shadow_cycle *c)
{
    uint64_t sum = 0, x;

    for (uint32_t i = 0; i < c->length; i++) {
        x = ((uint64_t)c->edges[i]->from->id << 32 | c->edges[i]->to->id) * 0x9E3779B97F4A7C15ull;
        sum += (x ^ x >> 29) * 0xD6E8FEB86659FD93ull;
    }
    return sum | 1;
}

/* True the first time; where no more can be noted, never. */
static bool is_first(const struct shadow_cycle *c)
{
    uint64_t sum = sum_of(c);
    uint32_t at = (uint32_t)(sum >> 1) % REPORTED;

    if (nreported > REPORTED - REPORTED / 4)
        return false;
    for (; reported[at]; at = (at + 1) % REPORTED)
        if (reported[at] == sum)
            return false;
    reported[at] = sum;
    nreported++;
    return true;
}

const struct shadow_cycle *shadow_cycle_find(struct shadow_order_edge *edge,
                                             struct shadow_order_context *context)
{
    uint32_t limit, steps = budget(), had = steps;
    bool found = false;

    if (!edge->from->in || !edge->to->out || !measure(edge->from, edge->to))
        return NULL;
    cycle.edges[0] = edge;
    cycle.contexts[0] = context;
    for (limit = edge->to->distance + 1; !found && steps && limit <= SHADOW_CYCLE_MAX; limit++) {
        uint32_t before = steps;

        found = search(limit, &steps);
        if (before - steps > had / 2)
            break;
    }
    spent += had - steps;
    return found && is_first(&cycle) ? &cycle : NULL;
}

/* ---- the finding ------------------------------------------------------------------------------------------ */

static void add_order(struct report_finding *f, const struct shadow_order_edge *e,
                      const struct shadow_order_context *c, bool both)
{
    struct report_side *s = shadow_finding_side(f, REPORT_LOCKED, REPORT_LOCK);

    shadow_finding_lock(f, e->from->id);
    if (!s)
        return;
    s->lock = e->to->id;
    s->under = e->from->id;
    s->thread = c->who->facts.id;
    s->stack = c->to_stack;
    for (uint32_t i = 0; i < c->nheld && s->nlocks < REPORT_LOCKS; i++) {
        s->locks[s->nlocks++] = c->held[i] >> 1;
        shadow_finding_lock(f, c->held[i] >> 1);
    }
    shadow_finding_thread(f, c->who);
    s = both ? shadow_finding_side(f, REPORT_LOCKED, REPORT_LOCK) : NULL;
    if (!s)
        return;
    s->lock = e->from->id;
    s->thread = c->who->facts.id;
    s->stack = c->from_stack;
}

struct report_finding *shadow_cycle_finding(const struct shadow_cycle *c)
{
    struct report_finding *f = shadow_finding_new(REPORT_LOCK_ORDER);

    if (!f)
        return NULL;
    f->length = (uint16_t)c->length;
    for (uint32_t i = 0; i < c->length; i++) {
        add_order(f, c->edges[i], c->contexts[i], 2 * c->length <= REPORT_SIDES);
        f->same += ((uint64_t)c->contexts[i]->from_stack << 32 | c->contexts[i]->to_stack) *
                   0x9E3779B97F4A7C15ull;
    }
    f->same |= 1;
    if (f->nlocks)
        f->addr = f->locks[0].addr;
    return f;
}
