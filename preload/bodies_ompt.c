/*
 * preload/bodies_ompt.c - libomp (clang -fopenmp) tells what it does: the tool interface of OpenMP 5.1, chapter 4 (OMPT).
 *
 * The runtime asks every process for ompt_start_tool(), and gets ours unless the program has a tool of its own. The callbacks
 * come on the threads that do what they tell of. Teams and tasks are records in pools, kept in the word that the runtime
 * gives each of them. Locks of omp_set_lock() and its kin have rows in wrap_openmp.def.
 */
#include "preload/openmp.h"

#include "base/arena.h"
#include "preload/gate.h"
#include "preload/objects.h"

/* The interface's numbers. */
enum { PARALLEL_BEGIN = 3, PARALLEL_END, TASK_CREATE, TASK_SCHEDULE, IMPLICIT_TASK };
enum {
    MUTEX_RELEASED = 17,
    DEPENDENCES = 18,
    SYNC_REGION = 23,
    MUTEX_ACQUIRED = 27,
    REDUCTION = 31
};
enum { SCOPE_BEGIN = 1, SCOPE_END = 2 };
enum { REGION_BARRIER_LAST_OLD = 4, REGION_TASKWAIT, REGION_TASKGROUP, REGION_REDUCTION };
enum { MUTEX_CRITICAL = 5 }; /* smaller ones are locks */
enum {
    STATUS_COMPLETE = 1,
    STATUS_CANCEL = 3,
    STATUS_DETACH,
    STATUS_EARLY,
    STATUS_LATE,
    STATUS_WAITED = 8
};
enum { DEPEND_IN = 1, DEPEND_SOURCE = 5, DEPEND_SINK = 6 };

union word { /* ompt_data_t */
    uint64_t value;
    void *ptr;
};

struct dependence { /* ompt_dependence_t */
    union word variable;
    int type;
};

struct start { /* ompt_start_tool_result_t */
    int (*initialize)(void *(*look_up)(const char *), int device, union word *tool);
    void (*finalize)(union word *tool);
    union word tool;
};

#define DEPENDS 8

struct task {
    struct preload_team *team; /* NULL: the initial task */
    struct preload_group *group;
    uint64_t children; /* object: their ends */
    uint64_t start;    /* object: its creation */
    uintptr_t parent;  /* object: its parent's children; 0: not an explicit task */
    bool started;
    bool many; /* more dependences than have room: one object stands for all of them */
    uint8_t ndepend;
    uint8_t reads; /* bit n: the n-th is read only */
    uintptr_t depend[DEPENDS];
};

_Static_assert(DEPENDS <= 8, "reads");

static struct base_pool teams = BASE_POOL_INIT(sizeof(struct preload_team));
static struct base_pool tasks = BASE_POOL_INIT(sizeof(struct task));
static struct base_pool groups = BASE_POOL_INIT(sizeof(struct preload_group));

void preload_ompt_fork_child(void)
{
    teams.lock = tasks.lock = groups.lock = (struct base_lock)BASE_LOCK_INIT;
}

/* Each callback: inside Seance, with the thread as t; nothing where that is not to be. */
#define CALLBACK(...)                                                                              \
    struct preload_tls *self = preload_self();                                                     \
    struct shadow_thread *t = preload_gate(self);                                                  \
                                                                                                   \
    if (t)                                                                                         \
    PRELOAD_INSIDE(self, __VA_ARGS__)

static struct task *task_of(const union word *data)
{
    return data ? data->ptr : NULL;
}

/* ---- teams ------------------------------------------------------------------------------------------------- */

static void fork_team(struct shadow_thread *t, union word *parallel)
{
    struct preload_team *team = parallel->ptr = base_pool_get(&teams);

    if (team)
        shadow_release(t, A(&team->start));
}

static void parallel_begin(union word *task, const void *frame, union word *parallel,
                           unsigned threads, int flags, const void *code)
{
    CALLBACK(fork_team(t, parallel));
}

static void join_team(struct shadow_thread *t, union word *parallel)
{
    struct preload_team *team = parallel->ptr;

    if (!team)
        return;
    shadow_acquire(t, A(&team->end));
    shadow_acquire(t, A(&team->tasks));
    preload_team_forget(team);
    base_pool_put(&teams, team);
    parallel->ptr = NULL;
}

static void parallel_end(union word *parallel, union word *task, int flags, const void *code)
{
    CALLBACK(join_team(t, parallel));
}

static void begin_share(struct shadow_thread *t, const union word *parallel, union word *data,
                        unsigned threads)
{
    struct task *task = data->ptr = base_pool_get(&tasks);

    if (!task)
        return;
    task->team = parallel ? parallel->ptr : NULL;
    if (!task->team)
        return;
    __atomic_store_n(&task->team->threads, threads, __ATOMIC_RELAXED);
    shadow_acquire(t, A(&task->team->start));
}

static void end_task(union word *data)
{
    struct task *task = data->ptr;

    if (!task)
        return;
    shadow_sync_forget(A(&task->children));
    shadow_sync_forget(A(&task->start));
    base_pool_put(&tasks, task);
    data->ptr = NULL;
}

/* The end of a share is told late, when the thread gets its next one: what it did is released at its last barrier. */
static void implicit_task(int endpoint, union word *parallel, union word *data, unsigned threads,
                          unsigned index, int flags)
{
    CALLBACK(if (endpoint == SCOPE_BEGIN) begin_share(t, parallel, data, threads);
             else if (endpoint == SCOPE_END) end_task(data));
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

static void enter_barrier(struct shadow_thread *t, struct preload_team *team)
{
    shadow_release(t, A(&team->end));
    shadow_barrier_expect(A(&team->barrier), __atomic_load_n(&team->threads, __ATOMIC_RELAXED));
    shadow_barrier_enter(t, A(&team->barrier));
}

/* `single` is what the reductions made inside the barrier. */
static void leave_barrier(struct shadow_thread *t, struct preload_team *team)
{
    shadow_barrier_leave(t, A(&team->barrier));
    shadow_acquire(t, A(&team->tasks));
    shadow_acquire(t, A(&team->single));
}

static void begin_group(struct task *task)
{
    struct preload_group *group = base_pool_get(&groups);

    if (!group)
        return;
    group->outer = task->group;
    task->group = group;
}

static void end_group(struct shadow_thread *t, struct task *task)
{
    struct preload_group *group = task->group;

    if (!group)
        return;
    shadow_acquire(t, A(&group->done));
    shadow_sync_forget(A(&group->done));
    task->group = group->outer;
    base_pool_put(&groups, group);
}

/* A thread that has gone back to the pool is told of the end without its team, which may be no more. */
static void await(struct shadow_thread *t, int kind, bool begin, const union word *parallel,
                  struct task *task)
{
    bool gone = !parallel || !parallel->ptr;

    if (kind == REGION_TASKWAIT) {
        if (!begin)
            shadow_acquire(t, A(&task->children));
    } else if (kind == REGION_TASKGROUP) {
        if (begin)
            begin_group(task);
        else
            end_group(t, task);
    } else if (kind != REGION_REDUCTION && task->team && begin) {
        enter_barrier(t, task->team);
    } else if (kind != REGION_REDUCTION && task->team && !gone) {
        leave_barrier(t, task->team);
    }
}

static void sync_region(int kind, int endpoint, union word *parallel, union word *data,
                        const void *code)
{
    struct task *task = task_of(data);

    CALLBACK(if (task && (endpoint == SCOPE_BEGIN || endpoint == SCOPE_END))
                 await(t, kind, endpoint == SCOPE_BEGIN, parallel, task));
}

/* Combines values of threads that are in the barrier already. */
static void reduction(int kind, int endpoint, union word *parallel, union word *data,
                      const void *code)
{
    struct task *task = task_of(data);

    CALLBACK(
        if (task && task->team && endpoint == SCOPE_BEGIN) shadow_acquire(t, A(&task->team->end));
        if (task && task->team && endpoint == SCOPE_END) shadow_release(t, A(&task->team->single)));
}

static void mutex_acquired(int kind, uint64_t lock, const void *code)
{
    CALLBACK(if (kind >= MUTEX_CRITICAL) shadow_acquire(t, lock));
}

static void mutex_released(int kind, uint64_t lock, const void *code)
{
    CALLBACK(if (kind >= MUTEX_CRITICAL) shadow_release(t, lock));
}

/* ---- tasks --------------------------------------------------------------------------------------------------- */

static void create(struct shadow_thread *t, struct task *by, union word *data)
{
    struct task *task = data->ptr = base_pool_get(&tasks);

    if (!task)
        return;
    task->team = by ? by->team : NULL;
    task->group = by ? by->group : NULL;
    task->parent = by ? A(&by->children) : 0;
    shadow_release(t, A(&task->start));
}

static void task_create(union word *by, const void *frame, union word *data, int flags,
                        int has_dependences, const void *code)
{
    CALLBACK(create(t, task_of(by), data));
}

static uintptr_t depend_object(const struct task *task, unsigned n, bool read)
{
    return preload_object(PRELOAD_OBJECT_DEPEND, preload_object_mix(task->depend[n], read));
}

static void depend(struct task *task, const struct dependence *d)
{
    if (task->ndepend == DEPENDS) {
        task->many = true;
        return;
    }
    if (d->type == DEPEND_IN)
        task->reads |= (uint8_t)(1u << task->ndepend);
    task->depend[task->ndepend++] = A(d->variable.ptr);
}

/* Of nested loops, with `source` and `sink`, or of a task that will be. */
static void depends(struct shadow_thread *t, struct task *task, const struct dependence *d, int n)
{
    for (int i = 0; i < n; i++) {
        if (d[i].type != DEPEND_SOURCE && d[i].type != DEPEND_SINK)
            depend(task, &d[i]);
        else if (task->team && d[i].type == DEPEND_SOURCE)
            shadow_release(t, A(&task->team->ordered));
        else if (task->team)
            shadow_acquire(t, A(&task->team->ordered));
    }
}

static void dependences(union word *data, const struct dependence *d, int n)
{
    struct task *task = task_of(data);

    CALLBACK(if (task) depends(t, task, d, n));
}

#define MANY preload_object(PRELOAD_OBJECT_DEPEND, 0)

static void take_dependences(struct shadow_thread *t, const struct task *task)
{
    for (unsigned i = 0; i < task->ndepend; i++) {
        shadow_acquire(t, depend_object(task, i, false));
        if (!(task->reads >> i & 1))
            shadow_acquire(t, depend_object(task, i, true));
    }
    if (task->ndepend)
        shadow_acquire(t, MANY);
}

static void begin(struct shadow_thread *t, struct task *task)
{
    if (task->started || !task->parent)
        return;
    task->started = true;
    shadow_acquire(t, A(&task->start));
    take_dependences(t, task);
}

static void finish(struct shadow_thread *t, struct task *task)
{
    if (task->parent)
        shadow_release(t, task->parent);
    if (task->group)
        shadow_release(t, A(&task->group->done));
    if (task->team)
        shadow_release(t, A(&task->team->tasks));
    for (unsigned i = 0; i < task->ndepend; i++)
        shadow_release(t, depend_object(task, i, task->reads >> i & 1));
    if (task->many)
        shadow_release(t, MANY);
}

static void schedule(struct shadow_thread *t, union word *prior, int status, struct task *next)
{
    struct task *task = task_of(prior);
    bool over = status == STATUS_COMPLETE || status == STATUS_CANCEL || status == STATUS_LATE;

    if (task && status == STATUS_WAITED)
        take_dependences(t, task);
    if (task && (over || status == STATUS_DETACH || status == STATUS_EARLY))
        finish(t, task);
    if (task && (over || status == STATUS_WAITED))
        end_task(prior);
    if (next)
        begin(t, next);
}

static void task_schedule(union word *prior, int status, union word *next)
{
    CALLBACK(schedule(t, prior, status, task_of(next)));
}

/* ---- the start ------------------------------------------------------------------------------------------------ */

static int initialize(void *(*look_up)(const char *), int device, union word *tool)
{
    static const struct {
        int event;
        void *callback;
    } all[] = {
        { PARALLEL_BEGIN, (void *)parallel_begin }, { PARALLEL_END, (void *)parallel_end },
        { TASK_CREATE, (void *)task_create },       { TASK_SCHEDULE, (void *)task_schedule },
        { IMPLICIT_TASK, (void *)implicit_task },   { MUTEX_RELEASED, (void *)mutex_released },
        { DEPENDENCES, (void *)dependences },       { SYNC_REGION, (void *)sync_region },
        { MUTEX_ACQUIRED, (void *)mutex_acquired }, { REDUCTION, (void *)reduction },
    };
    int (*set)(int event, void *callback) = (int (*)(int, void *))look_up("ompt_set_callback");

    for (unsigned i = 0; set && i < sizeof(all) / sizeof(all[0]); i++)
        set(all[i].event, all[i].callback);
    return set != NULL;
}

static void finalize(union word *tool) {}

void *ompt_start_tool(unsigned version, const char *runtime);

/* A tool of the program's comes first. */
PRELOAD_EXPORT void *ompt_start_tool(unsigned version, const char *runtime)
{
    static struct start start = { initialize, finalize, { 0 } };
    void *other = NULL;

    (void)PRELOAD_REAL(ompt_start_tool);
    if (preload_real.ompt_start_tool)
        other = preload_real.ompt_start_tool(version, runtime);
    if (other || !preload_gate(preload_self()))
        return other;
    preload_engage(PRELOAD_ROW_ompt_start_tool);
    return &start;
}
