/* Small and large stacks: recursion near the limit, PTHREAD_STACK_MIN, own stacks, overflow caught on sigaltstack. */
#include "torture.h"
#include <alloca.h>
#include <limits.h>
#include <sys/resource.h>

static sigjmp_buf place;

static NOINLINE long recurse(long n, char *above)
{
    char frame[200];

    memset(frame, (int)n, sizeof(frame));
    if (n == 0)
        return above ? above[3] : 0;
    return recurse(n - 1, frame) + frame[n % 200];
}

static void overflow(int sig, siginfo_t *info, void *context)
{
    siglongjmp(place, 1);
}

static NOINLINE long forever(long n)
{
    volatile char frame[4000];

    frame[n % 4000] = (char)n;
    return forever(n + 1) + frame[(n * 7) % 4000];
}

static void overflows(void)
{
    stack_t alt = { .ss_sp = malloc(65536), .ss_size = 65536 };
    volatile int n = 0;

    sigaltstack(&alt, NULL);
    on_signal(SIGSEGV, overflow, SA_ONSTACK);
    while (n < 3)
        if (sigsetjmp(place, 1))
            n++;
        else
            forever(0);
    say("overflows %d\n", n);
}

static void *small(void *arg)
{
    uint64_t memory[64] = { 0 };

    return (void *)(churn(memory, 64, 3) + (uintptr_t)recurse(20, NULL));
}

static NOINLINE unsigned arrays(unsigned n)
{
    unsigned vla[n + 1], *more = alloca((n + 1) * sizeof(*more)), sum = 0;

    for (unsigned i = 0; i <= n; i++)
        vla[n - i] = i * i, more[i] = i;
    for (unsigned i = 0; i <= n; i++)
        sum = sum * 3 + vla[i] + more[i];
    return sum;
}

int main(void)
{
    pthread_attr_t attr;
    pthread_t t;
    void *ret, *own;
    unsigned sum = 0;

    say("recursion %ld\n", recurse(28000, NULL)); /* about 7 of 8 MB at -O0 */
    overflows();
    pthread_attr_init(&attr);
    say("stack size %d\n", pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + 16384));
    for (int i = 0; i < 5; i++) {
        pthread_create(&t, &attr, small, NULL);
        pthread_join(t, &ret);
        say("small %p\n", ret);
    }
    own = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_setstack(&attr, own, 1 << 16);
    for (int i = 0; i < 3; i++) {
        pthread_create(&t, &attr, small, NULL);
        pthread_join(t, &ret);
        say("own %p\n", ret);
    }
    for (unsigned i = 0; i < 300; i++)
        sum = sum * 5 + arrays(i);
    say("arrays %u\n", sum);
    return 0;
}
