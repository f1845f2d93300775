/*
 * preload/bodies_limits.c - limits on memory are the program's: ours is not counted in.
 *
 * The planes are reserved address space, and count as data for the kernel. What the program sets for RLIMIT_AS and
 * RLIMIT_DATA is raised by what is ours at that time, and read back as it was set.
 */
#include "preload/gate.h"

#include "base/sys.h"

/* A limit as the program gave it, and as the kernel has it. The last one of each kind; 0, 0: none. */
struct told {
    rlim64_t program, kernel;
};

static struct told soft[RLIM_NLIMITS],
    hard[RLIM_NLIMITS]; /* a program that sets them in two threads at once has no order */

static bool ours(pid_t pid, unsigned what)
{
    return (what == RLIMIT_AS || what == RLIMIT_DATA) && preload_is_on() &&
           (pid == 0 || pid == base_sys_getpid());
}

static rlim64_t raise_limit(struct told *t, rlim64_t program, rlim64_t most)
{
    rlim64_t kernel = program + base_sys_mapped();

    if (program == RLIM64_INFINITY || kernel < program)
        return program;
    kernel = kernel < most ? kernel : most;
    *t = (struct told){ program, kernel };
    return kernel;
}

static rlim64_t read_back(const struct told *t, rlim64_t kernel)
{
    return t->kernel && kernel == t->kernel ? t->program : kernel;
}

/* The hard limit there is may not be raised. */
static struct rlimit64 to_kernel(unsigned what, const struct rlimit64 *limit)
{
    struct rlimit64 now, out = *limit;

    if (PRELOAD_REAL(prlimit64)(0, what, NULL, &now) != 0)
        return out;
    out.rlim_max = raise_limit(&hard[what], limit->rlim_max, now.rlim_max);
    out.rlim_cur = raise_limit(&soft[what], limit->rlim_cur, out.rlim_max);
    return out;
}

/* struct rlimit and struct rlimit64 are one on AMD64. */
static int limit_of(pid_t pid, unsigned what, const struct rlimit64 *limit, struct rlimit64 *old)
{
    struct rlimit64 changed;
    int ret;

    if (!ours(pid, what))
        return PRELOAD_REAL(prlimit64)(pid, what, limit, old);
    if (old && limit) {
        ret = limit_of(pid, what, NULL, old);
        old = NULL;
        if (ret != 0)
            return ret;
    }
    if (limit)
        changed = to_kernel(what, limit);
    ret = PRELOAD_REAL(prlimit64)(pid, what, limit ? &changed : NULL, old);
    if (ret == 0 && old) {
        old->rlim_cur = read_back(&soft[what], old->rlim_cur);
        old->rlim_max = read_back(&hard[what], old->rlim_max);
    }
    return ret;
}

_Static_assert(sizeof(struct rlimit) == sizeof(struct rlimit64), "AMD64");

#define AS64(limit) ((struct rlimit64 *)A(limit))

PRELOAD_EXPORT int setrlimit(__rlimit_resource_t what, const struct rlimit *limit)
{
    preload_engage(PRELOAD_ROW_setrlimit);
    return limit_of(0, what, AS64(limit), NULL);
}

PRELOAD_EXPORT int setrlimit64(__rlimit_resource_t what, const struct rlimit64 *limit)
{
    preload_engage(PRELOAD_ROW_setrlimit64);
    return limit_of(0, what, limit, NULL);
}

PRELOAD_EXPORT int getrlimit(__rlimit_resource_t what, struct rlimit *limit)
{
    preload_engage(PRELOAD_ROW_getrlimit);
    return limit_of(0, what, NULL, AS64(limit));
}

PRELOAD_EXPORT int getrlimit64(__rlimit_resource_t what, struct rlimit64 *limit)
{
    preload_engage(PRELOAD_ROW_getrlimit64);
    return limit_of(0, what, NULL, limit);
}

PRELOAD_EXPORT int prlimit(pid_t pid, __rlimit_resource_t what, const struct rlimit *limit,
                           struct rlimit *old)
{
    preload_engage(PRELOAD_ROW_prlimit);
    return limit_of(pid, what, AS64(limit), AS64(old));
}

PRELOAD_EXPORT int prlimit64(pid_t pid, __rlimit_resource_t what, const struct rlimit64 *limit,
                             struct rlimit64 *old)
{
    preload_engage(PRELOAD_ROW_prlimit64);
    return limit_of(pid, what, limit, old);
}
