/* A system that lets nothing become executable that was writable: started again behind a filter that says so. */
#include "torture.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int seal(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = { 6, code };

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
    static uint64_t memory[256];
    char *again[] = { argv[0], "again", NULL };

    if (argc == 1) {
        dup2(open("/dev/null", O_WRONLY), 2); /* Seance says there that it only sees calls */
        if (seal() == 0)
            execv("/proc/self/exe", again);
        say("no filter here\n");
        return 0;
    }
    say("%llx\n", (unsigned long long)churn(memory, 256, 50));
    return 3;
}
