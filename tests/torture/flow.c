/* Control flow: computed goto, jump tables, varargs, structs by value, function pointers, IFUNC, weak symbols, early threads. */
#include "torture.h"

struct big {
    uint64_t a[12];
    double d;
    char c[17];
};
static uint64_t early_sum;
static pthread_t early;
extern int nowhere(void) __attribute__((weak));
__attribute__((weak)) int overridden(void)
{
    return 1;
}

static void *early_work(void *arg)
{
    static uint64_t memory[64];

    return (void *)churn(memory, 64, 30);
}

__attribute__((constructor)) static void before_main(void)
{
    void *h;

    pthread_create(&early, NULL, early_work, NULL);
    pthread_join(early, &h);
    early_sum = (uint64_t)h;
}

static int fast(int x)
{
    return x * 3;
}
static int (*choose(void))(int)
{
    return fast;
}
int chosen(int x) __attribute__((ifunc("choose")));

static NOINLINE uint64_t interpret(const uint8_t *code, uint64_t *stack)
{
    static const void *const ops[] = { &&push, &&add, &&mul, &&dup, &&dec, &&jnz, &&drop, &&halt };
    uint64_t *sp = stack, steps = 0;

#define NEXT                                                                                       \
    do {                                                                                           \
        steps++;                                                                                   \
        goto *ops[*code++ & 7];                                                                    \
    } while (0)
    NEXT;
push:
    *sp++ = *code++;
    NEXT;
add:
    sp--;
    sp[-1] += sp[0];
    NEXT;
mul:
    sp--;
    sp[-1] = sp[-1] * sp[0] + 1;
    NEXT;
dup:
    sp[0] = sp[-1];
    sp++;
    NEXT;
dec:
    stack[0]--;
    NEXT;
jnz:
    if (stack[0])
        code -= *code;
    else
        code++;
    NEXT;
drop:
    sp--;
    NEXT;
halt:
    return mix(steps, sp[-1]);
}

static NOINLINE int table(unsigned x, int *state)
{
    switch (x) {
    case 0: return *state += 3;
    case 1: return *state *= 5;
    case 2: *state ^= 0x55; /* fall through */
    case 3: return *state -= 7;
    case 4: return state[0] << 1;
    case 5: return *state = -*state;
    case 6: return *state % 17;
    case 7: *state |= 64; return 1;
    case 8: return chosen(*state);
    case 9: return (*state)++;
    default: return -1;
    }
}

static NOINLINE struct big turned(struct big b, int by, ...)
{
    va_list args;

    va_start(args, by);
    for (int i = 0; i < by; i++) {
        b.a[i % 12] += va_arg(args, uint64_t);
        b.d += va_arg(args, double);
    }
    va_end(args);
    b.c[by % 17]++;
    return b;
}

/* The branch leads past the LOCK prefix, into the middle of an instruction. */
static NOINLINE long counted(long *word, long by, int alone)
{
    __asm__ volatile("test %2, %2; jne 1f; lock; 1: xaddq %0, %1"
                     : "+r"(by), "+m"(*word)
                     : "r"(alone)
                     : "memory", "cc");
    return by;
}

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

int main(void)
{
    /* counter 200; top of stack: 1, then times and plus until the counter is 0 */
    static const uint8_t code[] = { 0, 200, 0, 1, 3, 0, 3, 2, 1, 4, 5, 7, 7 };
    uint64_t stack[64] = { 0 }, h = interpret(code, stack);
    struct big b = { { 1, 2, 3 }, 1.5, "structs by value" };
    int state = 1, numbers[500];
    long word = 5;

    for (unsigned i = 0; i < 5000; i++)
        h = mix(h, (uint64_t)(uint32_t)table(i * 7 % 12, &state));
    for (int i = 0; i < 20; i++)
        h = mix(h, (uint64_t)counted(&word, i, i & 1));
    for (int i = 0; i < 40; i++)
        b = turned(b, i % 4, h, 0.25, h + 1, 0.5, h + 2, 0.75);
    for (int i = 0; i < 500; i++)
        numbers[i] = i * 7919 % 1009;
    qsort(numbers, 500, sizeof(int), order);
    for (int i = 0; i < 500; i++)
        h = mix(h, (uint64_t)numbers[i]);
    say("%llx %llx %g %s %d %d early %llx\n", (unsigned long long)h, (unsigned long long)b.a[2],
        b.d, b.c, nowhere ? nowhere() : -1, overridden(), (unsigned long long)early_sum);
    return (int)(h & 63);
}
