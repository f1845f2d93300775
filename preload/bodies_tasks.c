/*
 * preload/bodies_tasks.c - tasks of libgomp. See openmp.h.
 *
 * libgomp copies a task's data into memory of its own and calls the task's function with that, some time, on some thread
 * of the team. What it is given here is a description instead, whose copy routine lays this out:
 *
 *      head | addresses it depends on | the program's data, copied as the program wants it
 *
 * and a stand-in for the function. libgomp itself writes to the first words of what it is given, or of the copy: the event
 * of a detached task, the bounds of a part of a taskloop; and it reads the third. Those words are handed on.
 */
#include "preload/openmp.h"

#include "base/arena.h"
#include "base/mem.h"
#include "preload/gate.h"
#include "preload/objects.h"

/* The ABI's bits in `flags`. */
#define TASK_DEPEND (1u << 3)
#define TASK_NOGROUP (1u << 11)
#define TASK_DETACH (1u << 13)

struct head {
    uintptr_t words[2]; /* a taskloop's bounds */
    void (*fn)(void *);
    struct preload_team *team;
    struct preload_group *group;
    uintptr_t parent; /* object: its children's ends */
    size_t size;      /* bytes up to the program's data */
    bool loop;
    uint32_t nwrite, ndepend;
    uintptr_t depend[]; /* those that it writes first */
};

/* Given to libgomp in place of the program's data; on the stack of who creates the task. */
struct description {
    uintptr_t words[3];
    void (*fn)(void *);
    void *data;
    void (*copy)(void *, void *);
    size_t size, head_size;
    void **depend; /* NULL: none */
    bool loop, detached;
    struct preload_group *group;
};

static struct base_pool groups = BASE_POOL_INIT(sizeof(struct preload_group));
static uint64_t events; /* object: omp_fulfill_event() */

void preload_task_fork_child(void)
{
    groups.lock = (struct base_lock)BASE_LOCK_INIT;
}

/* ---- dependences ----------------------------------------------------------------------------------------- */

/*
 * The ABI's two layouts:
 *
 *      n, of them written, addresses: written, read
 *      0, n, of them written, mutexinoutset, read, addresses: in that order, then objects that hold an address each
 */
struct dependences {
    size_t n, write, read_from, read_to;
    void **at;
};

static struct dependences dependences_of(void **depend)
{
    struct dependences d = { 0 };
    uintptr_t first = depend ? A(depend[0]) : 0;

    if (!depend)
        return d;
    d.n = first ? first : A(depend[1]);
    d.at = depend + (first ? 2 : 5);
    d.write = first ? A(depend[1]) : A(depend[2]) + A(depend[3]);
    d.read_from = d.write;
    d.read_to = first ? d.n : d.write + A(depend[4]);
    return d;
}

/* The i-th address; those that are written come before those that are read. */
static uint32_t spread(const struct dependences *d, uintptr_t *to)
{
    uint32_t n = 0, nwrite;

    for (size_t i = 0; i < d->write; i++)
        to[n++] = A(d->at[i]);
    for (size_t i = d->read_to; i < d->n; i++)
        to[n++] = *(const uintptr_t *)d->at[i];
    nwrite = n;
    for (size_t i = d->read_from; i < d->read_to; i++)
        to[n++] = A(d->at[i]);
    return nwrite;
}

static uintptr_t written(uintptr_t addr)
{
    return preload_object(PRELOAD_OBJECT_DEPEND, preload_object_mix(addr, 0));
}

static uintptr_t read_of(uintptr_t addr)
{
    return preload_object(PRELOAD_OBJECT_DEPEND, preload_object_mix(addr, 1));
}

/* Who reads waits for those that wrote; who writes for those that read, too. */
static void depend_acquire(struct shadow_thread *t, const uintptr_t *depend, uint32_t nwrite,
                           uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        shadow_acquire(t, written(depend[i]));
        if (i < nwrite)
            shadow_acquire(t, read_of(depend[i]));
    }
}

static void depend_release(struct shadow_thread *t, const struct head *h)
{
    for (uint32_t i = 0; i < h->ndepend; i++)
        shadow_release(t, i < h->nwrite ? written(h->depend[i]) : read_of(h->depend[i]));
}

/* ---- a task's life ----------------------------------------------------------------------------------------- */

/* Called by libgomp on the creator's thread: the copy routine of the task. */
static void task_copy(void *to, void *from)
{
    struct description *d = from;
    struct head *h = to;
    struct dependences depend = dependences_of(d->depend);
    struct preload_tls *self = preload_self();
    struct shadow_thread *t;

    if (d->detached && d->data)
        *(uintptr_t *)d->data = d->words[0];
    *h = (struct head){ .fn = d->fn,
                        .team = preload_task_now->team,
                        .group = d->group,
                        .parent = A(&preload_task_now->children),
                        .size = d->head_size,
                        .loop = d->loop,
                        .ndepend = (uint32_t)depend.n };
    h->nwrite = spread(&depend, h->depend);
    if (d->copy)
        d->copy((char *)to + d->head_size, d->data);
    else
        base_mem_copy((char *)to + d->head_size, d->data, d->size);
    t = preload_gate(self);
    if (t)
        PRELOAD_INSIDE(self, shadow_release(t, A(h)));
}

static void task_in(struct head *h)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_acquire(t, A(h)); shadow_sync_forget(A(h));
                       depend_acquire(t, h->depend, h->nwrite, h->ndepend));
}

static void task_out(const struct head *h, struct preload_task *task)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_release(t, h->parent);
                       if (h->group) shadow_release(t, A(&h->group->done));
                       shadow_release(t, A(&h->team->tasks)); depend_release(t, h);
                       shadow_sync_forget(A(&task->children)));
}

/* Stands in for the task's function. */
static void task_run(void *arg)
{
    struct head *h = arg;
    struct preload_task task = { h->team, h->group, 0 }, *outer = preload_task_now;
    uintptr_t *data = (uintptr_t *)((char *)arg + h->size);

    task_in(h);
    if (h->loop) {
        data[0] = h->words[0];
        data[1] = h->words[1];
    }
    preload_task_now = &task;
    h->fn(data);
    preload_task_now = outer;
    task_out(h, &task);
}

static void describe(struct description *d, size_t align)
{
    const uintptr_t *words = d->data;
    size_t head = sizeof(struct head) + dependences_of(d->depend).n * sizeof(uintptr_t);

    d->head_size = (head + align - 1) & ~(align - 1);
    for (unsigned i = 0; i < 3 && (i + 1) * sizeof(*words) <= d->size; i++)
        d->words[i] = words[i];
}

static size_t alignment(long align)
{
    return align > (long)sizeof(uintptr_t) ? (size_t)align : sizeof(uintptr_t);
}

void GOMP_task(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long align,
               bool now, unsigned flags, void **depend, int priority, void *detach);

PRELOAD_EXPORT void GOMP_task(void (*fn)(void *), void *data, void (*copy)(void *, void *),
                              long size, long align, bool now, unsigned flags, void **depend,
                              int priority, void *detach)
{
    struct description d = { .fn = fn,
                             .data = data,
                             .copy = copy,
                             .size = (size_t)size,
                             .depend = flags & TASK_DEPEND ? depend : NULL,
                             .detached = flags & TASK_DETACH };

    if (!preload_gate(preload_self()) || !preload_task_now) {
        PRELOAD_REAL(GOMP_task)
        (fn, data, copy, size, align, now, flags, depend, priority, detach);
        return;
    }
    preload_engage(PRELOAD_ROW_GOMP_task);
    d.group = preload_task_now->group;
    describe(&d, alignment(align));
    PRELOAD_REAL(GOMP_task)
    (task_run, &d, task_copy, (long)d.head_size + size, (long)alignment(align), now, flags, depend,
     priority, detach);
}

static void group_waited(struct preload_group *group)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_acquire(t, A(&group->done));
                       shadow_sync_forget(A(&group->done)));
}

/* Without `nogroup` a taskloop is a taskgroup of its own. */
#define TASKLOOP(name, number)                                                                     \
    void name(void (*fn)(void *), void *data, void (*copy)(void *, void *), long size, long align, \
              unsigned flags, unsigned long tasks, int priority, number start, number end,         \
              number step);                                                                        \
    PRELOAD_EXPORT void name(void (*fn)(void *), void *data, void (*copy)(void *, void *),         \
                             long size, long align, unsigned flags, unsigned long tasks,           \
                             int priority, number start, number end, number step)                  \
    {                                                                                              \
        struct preload_group group = { NULL, 0 };                                                  \
        struct description d = {                                                                   \
            .fn = fn, .data = data, .copy = copy, .size = (size_t)size, .loop = true               \
        };                                                                                         \
                                                                                                   \
        if (!preload_gate(preload_self()) || !preload_task_now) {                                  \
            PRELOAD_REAL(name)                                                                     \
            (fn, data, copy, size, align, flags, tasks, priority, start, end, step);               \
            return;                                                                                \
        }                                                                                          \
        preload_engage(PRELOAD_ROW_##name);                                                        \
        d.group = flags & TASK_NOGROUP ? preload_task_now->group : &group;                         \
        describe(&d, alignment(align));                                                            \
        PRELOAD_REAL(name)                                                                         \
        (task_run, &d, task_copy, (long)d.head_size + size, (long)alignment(align), flags, tasks,  \
         priority, start, end, step);                                                              \
        group_waited(&group);                                                                      \
    }

TASKLOOP(GOMP_taskloop, long)
TASKLOOP(GOMP_taskloop_ull, unsigned long long)

/* ---- waiting for tasks ------------------------------------------------------------------------------------- */

/* A detached task is done when its event came too; which one that was is not known. */
static void take_events(struct shadow_thread *t)
{
    if (preload_engaged[PRELOAD_ROW_omp_fulfill_event])
        shadow_acquire(t, A(&events));
}

void preload_task_fulfil(struct shadow_thread *t)
{
    shadow_release(t, A(&events));
}

void preload_task_waited(struct shadow_thread *t)
{
    if (preload_task_now)
        shadow_acquire(t, A(&preload_task_now->children));
    take_events(t);
}

/* Each address as if it were written: what a task that depends on it would have to wait for. */
void preload_task_depended(struct shadow_thread *t, void **depend)
{
    struct dependences d = dependences_of(depend);

    for (size_t i = 0; i < d.n; i++) {
        uintptr_t addr = i < d.read_to ? A(d.at[i]) : *(const uintptr_t *)d.at[i];

        depend_acquire(t, &addr, i < d.read_from || i >= d.read_to, 1);
    }
    take_events(t);
}

void preload_group_start(void)
{
    struct preload_group *group = preload_task_now ? base_pool_get(&groups) : NULL;

    if (!group)
        return;
    group->outer = preload_task_now->group;
    preload_task_now->group = group;
}

void preload_group_end(struct shadow_thread *t)
{
    struct preload_group *group = preload_task_now ? preload_task_now->group : NULL;

    if (!group)
        return;
    shadow_acquire(t, A(&group->done));
    take_events(t);
    shadow_sync_forget(A(&group->done));
    preload_task_now->group = group->outer;
    base_pool_put(&groups, group);
}
