/*
 * tests/format/host.c - plays the host: hands findings about itself to report/ as shadow/ would, without any race.
 *
 *   host fixed        a finding whose pcs lie in no module: its text and JSON are the goldens
 *   host own          findings with this program's functions, a packed member, heap and global
 *   host kill         as own, then SIGKILL: what was found must be there, in whole lines
 *   host children     as own; the program's wait(-1) must see no child, no SIGCHLD
 *   host fork         as own, in the parent and in a forked child
 *   host quiet        no finding
 */
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "report/report.h"

struct stats {
    int version;
    long hits;
} __attribute__((packed));

static long request_count;
static struct stats table[4] __attribute__((aligned(64)));
static volatile sig_atomic_t children;
static const char *self_path;

#define HERE(w)                                                                                    \
    __asm__ volatile("leaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"                       \
                     : "=r"((w)->pc), "=r"((w)->sp), "=r"((w)->bp))

static uint32_t stack_here(const struct base_where *at)
{
    static struct report_walker walker;

    return report_stack(&walker, at);
}

__attribute__((noinline)) static uint32_t handle(void)
{
    struct base_where at;

    request_count++;
    HERE(&at);
    return stack_here(&at);
}

__attribute__((noinline)) static uint32_t flush(void)
{
    struct base_where at;

    request_count = 0;
    HERE(&at);
    return stack_here(&at);
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
    struct report_module m = { .path = info->dlpi_name,
                               .base = info->dlpi_addr,
                               .lo = UINTPTR_MAX };

    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];

        if (p->p_type != PT_LOAD)
            continue;
        if (info->dlpi_addr + p->p_vaddr < m.lo)
            m.lo = info->dlpi_addr + p->p_vaddr;
        m.hi = info->dlpi_addr + p->p_vaddr + p->p_memsz;
    }
    if (m.path[0] == '\0')
        m.path = self_path;
    report_module_add(&m);
    return 0;
}

static struct report_finding race(uint64_t addr, uint32_t size, uint32_t a, uint32_t b, bool plain)
{
    struct report_finding f = { .kind = REPORT_DATA_RACE, .addr = addr, .size = size, .nsides = 2 };

    f.sides[0] = (struct report_side){ .role = REPORT_ACCESS,
                                       .op = REPORT_WRITE,
                                       .plain = plain,
                                       .size = size,
                                       .addr = addr,
                                       .thread = 2,
                                       .stack = a,
                                       .nlocks = 1,
                                       .locks = { 7 } };
    f.sides[1] = (struct report_side){ .role = REPORT_PREVIOUS,
                                       .op = REPORT_READ,
                                       .size = size,
                                       .addr = addr,
                                       .thread = 1,
                                       .stack = b };
    f.threads[f.nthreads++] =
        (struct report_thread){ .id = 2, .created = report_stack_site(0x3003), .name = "worker" };
    f.threads[f.nthreads++] =
        (struct report_thread){ .id = 1, .created = report_stack_site(0x3005) };
    f.locks[f.nlocks++] =
        (struct report_lock){ .id = 7, .addr = 0x9000, .created = report_stack_site(0x3007) };
    return f;
}

static void emit_fixed(void)
{
    struct report_finding f =
        race(0x5ffc, 8, report_stack_site(0x1001), report_stack_site(0x2001), true);

    f.location = (struct report_location){ .type = REPORT_PLACE_HEAP,
                                           .block = 0x5ff0,
                                           .block_size = 32,
                                           .thread = 1,
                                           .stack = report_stack_site(0x4001) };
    report_emit(&f);
    f = race(0x6004, 8, report_stack_site(0x1003), 0, false);
    f.kind = REPORT_MISALIGNED_ATOMIC;
    f.nsides = 1;
    f.sides[0].op = REPORT_ATOMIC_RMW;
    report_emit(&f);
}

static void emit_own(void)
{
    struct report_finding f = race((uintptr_t)&request_count, 8, handle(), flush(), true);
    uint32_t again = f.sides[0].stack;

    report_emit(&f);
    report_emit(&f);
    f = race((uintptr_t)&table[2].hits, 8, again, again, false);
    report_emit(&f);
}

static void on_child(int sig)
{
    children++;
}

static int check_children(void)
{
    if (wait(NULL) != -1 || errno != ECHILD || children)
        return 3;
    return 0;
}

static void fork_and_emit(void)
{
    pid_t child;

    emit_own();
    report_fork_prepare();
    child = fork();
    if (child > 0) {
        report_fork_parent();
        waitpid(child, NULL, 0);
        return;
    }
    report_fork_child();
    emit_own();
    _exit((int)report_fini(&(struct report_summary){ .modules = 2 }));
}

int main(int argc, char **argv)
{
    struct report_summary summary = { .modules = 3,
                                      .functions = 40,
                                      .accesses = 500,
                                      .instrumented = 490,
                                      .skipped = 10,
                                      .threads = 2,
                                      .nskips = 1 };
    char path[4096] = "";
    int status = 0;
    unsigned errors;

    summary.skips[0].reason = "short";
    summary.skips[0].count = 10;
    if (argc < 3 || !realpath("/proc/self/exe", path))
        return 2;
    self_path = path;
    base_log_init();
    base_options_defaults(&base_options);
    if (getenv("SEANCE_OPTIONS"))
        base_options_parse(&base_options, getenv("SEANCE_OPTIONS"), NULL);
    signal(SIGCHLD, on_child);
    report_init(strcmp(argv[1], "fixed") == 0 ? "/fixed/program" : path, argv[2]);
    if (strcmp(argv[1], "fixed") == 0) {
        emit_fixed();
    } else if (strcmp(argv[1], "fork") == 0) {
        dl_iterate_phdr(add_module, NULL);
        fork_and_emit();
    } else if (strcmp(argv[1], "quiet") != 0) {
        dl_iterate_phdr(add_module, NULL);
        emit_own();
    }
    if (strcmp(argv[1], "kill") == 0)
        raise(SIGKILL);
    if (strcmp(argv[1], "children") == 0)
        status = check_children();
    errors = report_fini(&summary);
    if (strcmp(argv[1], "children") == 0 && status == 0)
        status = check_children();
    printf("%u errors\n", errors);
    return status;
}
