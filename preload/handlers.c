/*
 * preload/handlers.c - every handler of the program runs behind one dispatcher.
 *
 * The dispatcher: a fault inside an inlined check goes on in the check's cold stub; a signal that arrives inside
 * Seance is kept, with all signals blocked, until the thread leaves (preload_handlers_deliver); otherwise the
 * program's handler runs with the original pc in its ucontext and the emitted code's scratch slots saved around it.
 * The action table is written under `lock` with signals blocked and read without it: an entry is published whole
 * by the kernel's own sigaction behind it.
 */
#include "preload/handlers.h"

#include <errno.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/sys.h"
#include "preload/real.h"
#include "preload/tls.h"
#include "rewrite/rewrite.h"

struct preload_deferred {
    siginfo_t info;
    int sig;
};

static struct base_lock lock = BASE_LOCK_INIT;
static struct sigaction actions[_NSIG]; /* what the program asked for */

static bool is_fault(int sig, const siginfo_t *info)
{
    return (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP) && info->si_code > 0;
}

/* Kept for preload_handlers_deliver(); false: no room, deliver now. */
static bool defer(struct preload_tls *self, int sig, const siginfo_t *info, ucontext_t *uc)
{
    if (!self->deferred)
        self->deferred = base_arena_alloc(PRELOAD_DEFERRED * sizeof(*self->deferred));
    if (!self->deferred || self->ndeferred == PRELOAD_DEFERRED)
        return false;
    if (self->ndeferred == 0)
        base_mem_copy(&self->saved_mask, &uc->uc_sigmask, sizeof(self->saved_mask));
    self->deferred[self->ndeferred].sig = sig;
    base_mem_copy(&self->deferred[self->ndeferred].info, info, sizeof(*info));
    self->ndeferred++;
    base_mem_set(&uc->uc_sigmask, 0xff, sizeof(uint64_t));
    sigdelset(&uc->uc_sigmask, SIGSEGV);
    sigdelset(&uc->uc_sigmask, SIGBUS);
    return true;
}

void preload_handlers_deliver(struct preload_tls *self)
{
    uint32_t n = self->ndeferred;
    uint64_t mask = self->saved_mask;

    self->ndeferred = 0;
    for (uint32_t i = 0; i < n; i++)
        base_syscall(SYS_rt_tgsigqueueinfo, base_sys_getpid(), base_sys_gettid(), self->deferred[i].sig,
                     (long)&self->deferred[i].info, 0, 0);
    base_sys_restore_signals(&mask);
}

/* The default action, for a signal that we only watch. A fault happens again when its instruction does, and is not
 * caught then; what kill() sent is sent again, and arrives when the dispatcher returns. */
static void fall_back(int sig, const siginfo_t *info)
{
    struct sigaction plain = { .sa_handler = SIG_DFL };

    if (!is_fault(sig, info) && actions[sig].sa_handler == SIG_IGN)
        return;
    preload_real_sigaction(sig, &plain, NULL);
    if (!is_fault(sig, info))
        base_syscall(SYS_rt_tgsigqueueinfo, base_sys_getpid(), base_sys_gettid(), sig, (long)info, 0, 0);
}

static void call_handler(const struct sigaction *act, int sig, siginfo_t *info, ucontext_t *uc)
{
    if (act->sa_flags & SA_SIGINFO)
        act->sa_sigaction(sig, info, uc);
    else
        act->sa_handler(sig);
}

static void run_handler(struct preload_tls *self, int sig, siginfo_t *info, ucontext_t *uc)
{
    struct sigaction act = actions[sig];
    greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP];
    greg_t copy = *rip, original = (greg_t)rewrite_pc_original((uintptr_t)copy);
    uint64_t spill[4];

    if (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN) {
        fall_back(sig, info);
        return;
    }
    if (act.sa_flags & (int)SA_RESETHAND)
        actions[sig].sa_handler = SIG_DFL;
    base_mem_copy(spill, self->in.spill, sizeof(spill));
    *rip = original;
    call_handler(&act, sig, info, uc);
    if (*rip == original)
        *rip = copy;
    base_mem_copy(self->in.spill, spill, sizeof(spill));
}

static void dispatch(int sig, siginfo_t *info, void *context)
{
    struct preload_tls *self = preload_self();
    ucontext_t *uc = context;
    uintptr_t cold = 0;

    if (is_fault(sig, info))
        cold = rewrite_pc_cold((uintptr_t)uc->uc_mcontext.gregs[REG_RIP]);
    if (cold)
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)cold;
    else if (!self->depth || is_fault(sig, info) || !defer(self, sig, info, uc))
        run_handler(self, sig, info, uc);
}

static bool watched(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS;
}

/* What the kernel is told: our dispatcher with the program's flags and mask. */
static struct sigaction behind(int sig, const struct sigaction *act)
{
    struct sigaction kernel = *act;

    if ((act->sa_handler == SIG_DFL || act->sa_handler == SIG_IGN) && !watched(sig))
        return kernel;
    kernel.sa_sigaction = dispatch;
    kernel.sa_flags |= SA_SIGINFO;
    if (act->sa_handler == SIG_DFL)
        kernel.sa_flags |= SA_ONSTACK;
    if (watched(sig))
        kernel.sa_flags &= ~(int)SA_RESETHAND;
    return kernel;
}

int preload_handlers_action(int sig, const struct sigaction *act, struct sigaction *old)
{
    struct sigaction kernel, before;
    uint64_t mask;
    int ret;

    if (sig <= 0 || sig >= _NSIG)
        return preload_real_sigaction(sig, act, old);
    base_sys_block_signals(&mask);
    base_lock_acquire(&lock);
    before = actions[sig];
    if (act) {
        kernel = behind(sig, act);
        actions[sig] = *act;
    }
    ret = preload_real_sigaction(sig, act ? &kernel : NULL, old);
    if (ret != 0 && act)
        actions[sig] = before;
    if (ret == 0 && old && (old->sa_flags & SA_SIGINFO) && old->sa_sigaction == dispatch)
        *old = before;
    base_lock_release(&lock);
    base_sys_restore_signals(&mask);
    return ret;
}

void preload_handlers_init(void)
{
    static const int faults[] = { SIGSEGV, SIGBUS };

    for (unsigned i = 0; i < 2; i++) {
        struct sigaction now;

        if (preload_real_sigaction(faults[i], NULL, &now) == 0)
            preload_handlers_action(faults[i], &now, NULL);
    }
}
