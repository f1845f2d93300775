/*
 * preload/handlers.c - every handler of the program runs behind one dispatcher.
 *
 * The dispatcher: a fault inside an inlined check goes on in the check's cold stub; a signal that arrives inside
 * Seance is kept, with all signals blocked, until the thread leaves (preload_handlers_deliver); otherwise the
 * program's handler runs with the original pc in its ucontext and the emitted code's scratch slots saved around it.
 * Signals reach the program between two of its instructions only: one that arrives inside a check, a cold stub or
 * code of ours is kept too, and the thread single-steps (the trap flag, SIGTRAP) until it is out. So handlers, unwinders and
 * what longjmps away find registers and stack as the program has them. libc's own handler for pthread_cancel() runs
 * behind cancel() for the same reason.
 *
 * Checks may fault, so SIGSEGV is never blocked while the program runs: where it blocks SIGSEGV, by call or by a handler's
 * mask, STAND_IN is blocked instead. The kernel keeps that over siglongjmp(), clone() and exec() as it would keep SIGSEGV.
 *
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
#include "preload/compiled.h"
#include "preload/edges.h"
#include "preload/gate.h"
#include "preload/real.h"
#include "preload/state.h"
#include "preload/strip.h"
#include "preload/tls.h"
#include "rewrite/rewrite.h"

struct preload_deferred {
    siginfo_t info;
    int sig;
};

#define STAND_IN SIGSTKFLT /* no kernel sends it */
#define SIGCANCEL 32       /* nptl */
#define TRAP_FLAG 0x100
/* Never blocked by us: checks fault, and stepping traps. */
#define FAULTS                                                                                     \
    (1ull << (SIGSEGV - 1) | 1ull << (SIGBUS - 1) | 1ull << (SIGFPE - 1) | 1ull << (SIGILL - 1) |  \
     1ull << (SIGTRAP - 1))

/* The kernel's struct sigaction, which libc's sigaction() does not give for SIGCANCEL. */
struct kernel_action {
    void (*handler)(int, siginfo_t *, void *);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

extern const char __ehdr_start[]
    __attribute__((visibility("hidden"))); /* this object's text lies between these */
extern const char etext[] __attribute__((visibility("hidden")));

static void (*libc_cancel)(int, siginfo_t *,
                           void *); /* written once, before SIGCANCEL leads to us */
static struct base_lock lock = BASE_LOCK_INIT;
static struct sigaction actions[_NSIG]; /* what the program asked for */

static bool is_fault(int sig, const siginfo_t *info)
{
    return (sig == SIGSEGV || sig == SIGBUS || sig == SIGFPE || sig == SIGILL || sig == SIGTRAP) &&
           info->si_code > 0;
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
    sigdelset(&uc->uc_sigmask, SIGTRAP);
    return true;
}

/* True where the program's registers or stack are not as its own instruction at this place expects them. */
static bool inside(uintptr_t pc)
{
    return (pc >= (uintptr_t)__ehdr_start && pc < (uintptr_t)etext) || rewrite_pc_inside(pc);
}

/* True if the signal is kept until the thread is out of our code. */
static bool keep(struct preload_tls *self, int sig, const siginfo_t *info, ucontext_t *uc)
{
    if (!self->depth && !inside((uintptr_t)uc->uc_mcontext.gregs[REG_RIP]))
        return false;
    if (!defer(self, sig, info, uc))
        return false;
    if (!self->depth) {
        uc->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
        self->stepping = true;
    }
    return true;
}

static void send_deferred(struct preload_tls *self)
{
    uint32_t n = self->ndeferred;

    self->ndeferred = 0;
    for (uint32_t i = 0; i < n; i++)
        base_syscall(SYS_rt_tgsigqueueinfo, base_sys_getpid(), base_sys_gettid(),
                     self->deferred[i].sig, (long)&self->deferred[i].info, 0, 0);
}

/* After one instruction with the trap flag set. Inside Seance, leaving delivers. */
static void step(struct preload_tls *self, ucontext_t *uc)
{
    greg_t *flags = &uc->uc_mcontext.gregs[REG_EFL];

    if (!self->depth && inside((uintptr_t)uc->uc_mcontext.gregs[REG_RIP]))
        return;
    *flags &= ~(greg_t)TRAP_FLAG;
    self->stepping = false;
    if (self->depth)
        return;
    base_mem_copy(&uc->uc_sigmask, &self->saved_mask, sizeof(self->saved_mask));
    send_deferred(self); /* they arrive when the dispatcher returns */
}

void preload_handlers_deliver(struct preload_tls *self)
{
    uint64_t mask = self->saved_mask;

    if (self->stepping) /* it arrived after the depth fell, and the steps end in a delivery */
        return;
    send_deferred(self);
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
    if (!is_fault(sig, info) || sig == SIGTRAP) /* a breakpoint is past when it is told */
        base_syscall(SYS_rt_tgsigqueueinfo, base_sys_getpid(), base_sys_gettid(), sig, (long)info,
                     0, 0);
}

static void call_handler(const struct sigaction *act, int sig, siginfo_t *info, ucontext_t *uc)
{
    if (act->sa_flags & SA_SIGINFO)
        act->sa_sigaction(sig, info, uc);
    else
        act->sa_handler(sig);
}

static uint64_t bit(int sig)
{
    return 1ull << (sig - 1);
}

/* What the kernel would block for this handler beside what is blocked already. */
static uint64_t handler_mask(int sig, const struct sigaction *act)
{
    uint64_t mask;

    base_mem_copy(&mask, &act->sa_mask, sizeof(mask));
    if (!(act->sa_flags & SA_NODEFER))
        mask |= bit(sig);
    return mask & bit(SIGSEGV) ? (mask & ~bit(SIGSEGV)) | bit(STAND_IN) : mask;
}

/* The dispatchers run with all signals blocked, so that none finds them half-way; the handler must not. */
static void unblock(const ucontext_t *uc, uint64_t more)
{
    uint64_t mask;

    base_mem_copy(&mask, &uc->uc_sigmask, sizeof(mask));
    mask |= more;
    base_sys_restore_signals(&mask);
}

/* Who sent the signal, installed the handler or set the timer did that before. */
static void order(struct preload_tls *self, int sig)
{
    if (!self->thread || self->depth || !preload_is_on())
        return;
    preload_enter(self);
    preload_signal_take(self->thread, sig);
    preload_signal_take_later(self->thread);
    preload_leave(self);
}

/* A handler's own accesses and synchronisation count, whatever the code says that it interrupts. */
static bool pause_ignoring(struct preload_tls *self, uint32_t kept[SHADOW_IGNORES])
{
    struct shadow_thread *t = preload_gate(self);
    bool any = false;

    if (t)
        PRELOAD_INSIDE(self, any = shadow_ignore_pause(t, kept));
    return any;
}

static void resume_ignoring(struct preload_tls *self, const uint32_t kept[SHADOW_IGNORES])
{
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_ignore_resume(t, kept));
}

static void run_handler(struct preload_tls *self, int sig, siginfo_t *info, ucontext_t *uc)
{
    struct sigaction act = actions[sig];
    greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP];
    greg_t copy = *rip, original = (greg_t)rewrite_pc_original((uintptr_t)copy);
    uint64_t spill[4];
    uint32_t ignored[SHADOW_IGNORES];
    bool any;

    if (act.sa_handler == SIG_DFL || act.sa_handler == SIG_IGN) {
        fall_back(sig, info);
        return;
    }
    if (act.sa_flags & (int)SA_RESETHAND)
        actions[sig].sa_handler = SIG_DFL;
    base_mem_copy(spill, self->in.spill, sizeof(spill));
    *rip = original;
    any = pause_ignoring(self, ignored);
    order(self, sig);
    unblock(uc, handler_mask(sig, &act));
    call_handler(&act, sig, info, uc);
    if (any)
        resume_ignoring(self, ignored);
    *rip = *rip == original ? copy : (greg_t)rewrite_pc_copy((uintptr_t)*rip);
    base_mem_copy(self->in.spill, spill, sizeof(spill));
    self->in.spill[PRELOAD_SPILL_STRIP] = 0; /* the handler may have ended the epoch */
}

/* SIGSEGV while the program blocks it: a fault kills, anything else waits until it is unblocked. True if dealt with. */
static bool blocked(int sig, siginfo_t *info, ucontext_t *uc)
{
    uint64_t segv = bit(SIGSEGV);

    if (sig != SIGSEGV || sigismember(&uc->uc_sigmask, STAND_IN) != 1)
        return false;
    if (is_fault(sig, info)) {
        fall_back(sig, info);
        return true;
    }
    sigaddset(&uc->uc_sigmask, SIGSEGV);
    base_syscall(SYS_rt_sigprocmask, SIG_BLOCK, (long)&segv, 0, sizeof(segv), 0, 0);
    if (info->si_code == SI_TKILL)
        base_syscall(SYS_rt_tgsigqueueinfo, base_sys_getpid(), base_sys_gettid(), sig, (long)info,
                     0, 0);
    else
        base_syscall(SYS_rt_sigqueueinfo, base_sys_getpid(), sig, (long)info, 0, 0, 0);
    return true;
}

/* Where a check goes on that has faulted at pc; 0: it is none. */
static uintptr_t cold_of(uintptr_t pc)
{
    uintptr_t cold = rewrite_pc_cold(pc);

    return cold ? cold : preload_compiled_slow(pc);
}

static void dispatch(int sig, siginfo_t *info, void *context)
{
    struct preload_tls *self = preload_self();
    ucontext_t *uc = context;
    uintptr_t cold = 0;

    if (sig == SIGTRAP && info->si_code > 0 && (self->stepping || self->ndeferred)) {
        step(self, uc);
        return;
    }
    if (is_fault(sig, info))
        cold = cold_of((uintptr_t)uc->uc_mcontext.gregs[REG_RIP]);
    if (cold)
        uc->uc_mcontext.gregs[REG_RIP] = (greg_t)cold;
    else if (!blocked(sig, info, uc) && (is_fault(sig, info) || !keep(self, sig, info, uc)))
        run_handler(self, sig, info, uc);
}

/* Before libc's handler, which may unwind this stack and never return. */
static void cancel(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP], copy = *rip;

    if (keep(preload_self(), sig, info, uc))
        return;
    *rip = (greg_t)rewrite_pc_original((uintptr_t)copy);
    unblock(uc, bit(SIGCANCEL));
    libc_cancel(sig, info, context);
    *rip = copy;
}

void preload_handlers_cancel(void)
{
    struct kernel_action act;

    if (base_syscall(SYS_rt_sigaction, SIGCANCEL, 0, (long)&act, sizeof(act.mask), 0, 0) != 0 ||
        (uintptr_t)act.handler <= (uintptr_t)SIG_IGN || act.handler == cancel)
        return;
    libc_cancel = act.handler;
    act.handler = cancel;
    act.mask = ~FAULTS;
    base_syscall(SYS_rt_sigaction, SIGCANCEL, (long)&act, 0, sizeof(act.mask), 0, 0);
}

/* SIGSEGV in a set that is to be blocked becomes STAND_IN. */
static void stand_in(sigset_t *set)
{
    if (sigismember(set, SIGSEGV) != 1)
        return;
    sigdelset(set, SIGSEGV);
    sigaddset(set, STAND_IN);
}

int preload_handlers_mask(int (*real)(int, const sigset_t *, sigset_t *), int how,
                          const sigset_t *set, sigset_t *old)
{
    sigset_t kernel;
    int ret;

    if (set) {
        base_mem_copy(&kernel, set, sizeof(kernel));
        if (how != SIG_UNBLOCK)
            stand_in(&kernel);
        else if (sigismember(set, SIGSEGV) == 1)
            sigaddset(&kernel, STAND_IN);
    }
    ret = real(how, set ? &kernel : NULL, old);
    if (ret == 0 && old && sigismember(old, STAND_IN) == 1)
        sigaddset(old, SIGSEGV);
    return ret;
}

static bool watched(int sig)
{
    return sig == SIGSEGV || sig == SIGBUS || sig == SIGTRAP;
}

/* What the kernel is told: our dispatcher with the program's flags and mask. */
static struct sigaction behind(int sig, const struct sigaction *act)
{
    struct sigaction kernel = *act;
    uint64_t all = ~FAULTS;

    if ((act->sa_handler == SIG_DFL || act->sa_handler == SIG_IGN) && !watched(sig))
        return kernel;
    kernel.sa_sigaction = dispatch;
    base_mem_copy(&kernel.sa_mask, &all, sizeof(all));
    kernel.sa_flags |= SA_SIGINFO;
    if (act->sa_handler == SIG_DFL)
        kernel.sa_flags |= SA_ONSTACK;
    if (watched(sig))
        kernel.sa_flags = (kernel.sa_flags & ~(int)SA_RESETHAND) | SA_NODEFER;
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
    static const int faults[] = { SIGSEGV, SIGBUS, SIGTRAP };
    uint64_t mask, segv = bit(SIGSEGV), other = bit(STAND_IN);

    base_syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)&mask, sizeof(mask), 0, 0);
    if (mask & segv) { /* inherited */
        mask = (mask & ~segv) | other;
        base_sys_restore_signals(&mask);
    }
    for (unsigned i = 0; i < 3; i++) {
        struct sigaction now;

        if (preload_real_sigaction(faults[i], NULL, &now) == 0)
            preload_handlers_action(faults[i], &now, NULL);
    }
}
