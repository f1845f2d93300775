/*
 * preload/bodies_signal.c - the program's signal handlers, all handed to preload/handlers.c.
 *
 * libc's signal() and its kin call sigaction() past our wrapper, so each is built from it here.
 */
#include "preload/gate.h"

#include "base/sys.h"
#include "preload/edges.h"
#include "preload/handlers.h"

/* The table of actions is this process's: a vfork'ed child shares our memory, but not the kernel's actions. */
static bool preload_signal_ours(void)
{
    return preload_is_started() && base_sys_getpid() == preload_pid;
}

/* What is ready for a handler when it is installed. */
static void preload_signal_install(int sig)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, preload_signal_give(t, sig));
}

PRELOAD_EXPORT int sigaction(int sig, const struct sigaction *restrict act,
                             struct sigaction *restrict old)
{
    if (!preload_signal_ours())
        return preload_real_sigaction(sig, act, old);
    preload_engage(PRELOAD_ROW_sigaction);
    if (act)
        preload_signal_install(sig);
    return preload_handlers_action(sig, act, old);
}

static sighandler_t preload_handlers_set(int sig, sighandler_t handler, int flags, bool masked)
{
    struct sigaction act = { .sa_handler = handler, .sa_flags = flags }, old;

    sigemptyset(&act.sa_mask);
    if (masked && sigaddset(&act.sa_mask, sig) != 0)
        return SIG_ERR;
    if (handler == SIG_ERR) {
        errno = EINVAL;
        return SIG_ERR;
    }
    preload_signal_install(sig);
    return preload_handlers_action(sig, &act, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* BSD's meaning: system calls are restarted, the signal is blocked in its handler. */
PRELOAD_EXPORT sighandler_t signal(int sig, sighandler_t handler)
{
    if (!preload_signal_ours())
        return PRELOAD_REAL(signal)(sig, handler);
    preload_engage(PRELOAD_ROW_signal);
    return preload_handlers_set(sig, handler, SA_RESTART, true);
}

/* System V's meaning: once, not blocked, not restarted. */
#define SYSV_FLAGS ((int)(SA_RESETHAND | SA_NODEFER))

PRELOAD_EXPORT sighandler_t sysv_signal(int sig, sighandler_t handler)
{
    if (!preload_signal_ours())
        return PRELOAD_REAL(sysv_signal)(sig, handler);
    preload_engage(PRELOAD_ROW_sysv_signal);
    return preload_handlers_set(sig, handler, SYSV_FLAGS, false);
}

PRELOAD_EXPORT sighandler_t __sysv_signal(int sig, sighandler_t handler)
{
    if (!preload_signal_ours())
        return PRELOAD_REAL(__sysv_signal)(sig, handler);
    preload_engage(PRELOAD_ROW___sysv_signal);
    return preload_handlers_set(sig, handler, SYSV_FLAGS, false);
}

PRELOAD_EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    if (!preload_signal_ours())
        return PRELOAD_REAL(pthread_sigmask)(how, set, old);
    preload_engage(PRELOAD_ROW_pthread_sigmask);
    return preload_handlers_mask(PRELOAD_REAL(pthread_sigmask), how, set, old);
}

PRELOAD_EXPORT int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    if (!preload_signal_ours())
        return PRELOAD_REAL(sigprocmask)(how, set, old);
    preload_engage(PRELOAD_ROW_sigprocmask);
    return preload_handlers_mask(PRELOAD_REAL(sigprocmask), how, set, old);
}
