/* flags: -mcx16 -fomit-frame-pointer
 * Registers and flags across checked accesses: red zone, DF, x87, MMX, SSE, AVX, cmpxchg16b, adc chains, MXCSR. */
#include "torture.h"

static uint64_t cells[64] __attribute__((aligned(64)));

static NOINLINE uint64_t red_zone(uint64_t *p)
{
    uint64_t out;

    __asm__ volatile(
        "movq $0x1111,-8(%%rsp)\n\tmovq $0x2222,-120(%%rsp)\n\tmovq $0x3333,-128(%%rsp)\n\t"
        "movq (%1),%%rax\n\tmovq %%rax,8(%1)\n\tmovb $7,17(%1)\n\tmovw %%ax,21(%1)\n\t"
        "addq -8(%%rsp),%%rax\n\taddq -120(%%rsp),%%rax\n\taddq -128(%%rsp),%%rax\n\tmovq %%rax,%0"
        : "=r"(out)
        : "r"(p)
        : "rax", "memory", "cc");
    return out;
}

static NOINLINE uint64_t carry_chain(const uint64_t *a, const uint64_t *b, uint64_t *out,
                                     uint64_t n)
{
    uint64_t carry;

    __asm__ volatile(
        "xorl %%eax,%%eax\n\tclc\n1:\tmovq (%1),%%rdx\n\tadcq (%2),%%rdx\n\tmovq %%rdx,(%3)\n\t"
        "leaq 8(%1),%1\n\tleaq 8(%2),%2\n\tleaq 8(%3),%3\n\tdecq %4\n\tjnz 1b\n\tsetc %%al\n\tmovq %%rax,%0"
        : "=r"(carry), "+r"(a), "+r"(b), "+r"(out), "+r"(n)::"rax", "rdx", "memory", "cc");
    return carry;
}

/* All six flags, set to every value that sahf and an overflow can give, through loads, stores and a call-out size. */
static NOINLINE uint64_t flags(uint64_t *p, unsigned char ah, int overflow)
{
    uint64_t out, rax = (uint64_t)ah << 8 | (unsigned)overflow;

    __asm__ volatile(
        "addb $0x7f,%%al\n\tsahf\n\t"
        "movq (%2),%%rcx\n\tmovl %%ecx,12(%2)\n\tmovb 3(%2),%%cl\n\tmovw %%cx,33(%2)\n\tmovups (%2),%%xmm0\n\t"
        "pushfq\n\tpopq %0"
        : "=&r"(out), "+a"(rax)
        : "r"(p)
        : "rcx", "xmm0", "memory", "cc");
    return (out & 0x8d5) + (rax & 0xffff);
}

static NOINLINE uint64_t backwards(uint64_t *p)
{
    uint64_t out;

    __asm__ volatile(
        "std\n\tmovq (%1),%%rax\n\tmovq %%rax,24(%1)\n\tmovb $1,(%1)\n\tpushfq\n\tcld\n\tpopq %0"
        : "=r"(out)
        : "r"(p)
        : "rax", "memory", "cc");
    return out & 0x400;
}

static NOINLINE double x87(double *v, int n)
{
    long double x = 1;

    __asm__ volatile("fld1\n\tfldpi" ::: "st", "st(1)");
    for (int i = 0; i < n; i++)
        v[i] += 1;
    __asm__ volatile("faddp\n\tfstpt %0" : "=m"(x)::"st", "st(1)", "memory");
    return (double)x;
}

static NOINLINE uint64_t mmx(uint64_t *p)
{
    uint64_t out;

    __asm__ volatile(
        "movq (%1),%%mm0\n\tmovq 8(%1),%%mm1\n\tpaddb %%mm1,%%mm0\n\tmovq %%mm0,16(%1)\n\t"
        "movb $9,1(%1)\n\tmovq %%mm0,%0\n\temms"
        : "=r"(out)
        : "r"(p)
        : "mm0", "mm1", "memory");
    return out;
}

__attribute__((target("avx2"))) static NOINLINE uint64_t avx(uint64_t *p)
{
    uint64_t out;

    __asm__ volatile(
        "vmovdqu (%1),%%ymm0\n\tvpaddq 32(%1),%%ymm0,%%ymm15\n\tmovl $5,4(%1)\n\tmovb $6,66(%1)\n\t"
        "vmovdqu %%ymm15,70(%1)\n\tvextracti128 $1,%%ymm15,%%xmm1\n\tvmovq %%xmm1,%0\n\tvzeroupper"
        : "=r"(out)
        : "r"(p)
        : "xmm0", "xmm1", "xmm15", "memory");
    return out;
}

static NOINLINE uint64_t swap16(uint64_t *p, uint64_t lo, uint64_t hi)
{
    uint8_t done;

    __asm__ volatile("lock cmpxchg16b (%1)\n\tsete %0"
                     : "=q"(done), "+r"(p), "+a"(lo), "+d"(hi)
                     : "b"(lo + 1), "c"(hi + 2)
                     : "memory", "cc");
    return mix(lo, hi) + done;
}

/* Of 0 the destination stays. */
static NOINLINE uint64_t lowest(const uint64_t *p, uint64_t none)
{
    __asm__ volatile("bsfq %1,%0" : "+r"(none) : "m"(*p) : "cc");
    return none;
}

/* Every general register live across loads and stores, rsp included as a base. */
static NOINLINE uint64_t crowded(uint64_t *p)
{
    uint64_t out = (uint64_t)p;

    __asm__ volatile(
        "leaq -128(%%rsp),%%rsp\n\tpushq %%rbp\n\tpushq %%rax\n\tmovq %%rax,%%rbp\n\tmovl $1,%%eax\n\tmovl $2,%%ebx\n\tmovl $3,%%ecx\n\t"
        "movl $4,%%edx\n\tmovl $5,%%esi\n\tmovl $6,%%edi\n\tmovl $8,%%r9d\n\tmovl $9,%%r10d\n\t"
        "movl $10,%%r11d\n\tmovl $11,%%r12d\n\tmovl $12,%%r13d\n\tmovl $13,%%r14d\n\tmovl $14,%%r15d\n\t"
        "cmpq $3,%%rcx\n\tmovq %%rcx,40(%%rbp)\n\tmovb %%al,51(%%rbp,%%rbx,1)\n\tmovl %%edx,(%%rbp,%%r12,8)\n\t"
        "jne 1f\n\taddq 40(%%rbp),%%rax\n1:\tadcq %%rbx,%%rax\n\taddq %%rcx,%%rax\n\taddq %%rdx,%%rax\n\t"
        "addq %%rsi,%%rax\n\taddq %%rdi,%%rax\n\taddq %%r9,%%rax\n\taddq %%r10,%%rax\n\taddq %%r11,%%rax\n\t"
        "addq %%r12,%%rax\n\taddq %%r13,%%rax\n\taddq %%r14,%%rax\n\taddq %%r15,%%rax\n\tmovq (%%rsp),%%r8\n\t"
        "addq (%%r8),%%rax\n\tpopq %%r8\n\tpopq %%rbp\n\tleaq 128(%%rsp),%%rsp"
        : "+a"(out)
        :
        : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
          "memory", "cc");
    return out;
}

static uint64_t zero; /* never written, and writable: so it is checked */

static uint64_t all(uint64_t h)
{
    uint64_t out[8];
    double v[8] = { 0 };

    for (int i = 0; i < 64; i++)
        cells[i] = mix(h, (uint64_t)i);
    h = mix(h, red_zone(cells));
    h = mix(h, carry_chain(cells, cells + 8, out, 8));
    for (unsigned ah = 0; ah < 256; ah++)
        h = mix(h, flags(cells, (unsigned char)ah, ah & 1) +
                       flags(cells, (unsigned char)ah, !(ah & 1)));
    h = mix(h, backwards(cells));
    h = mix(h, (uint64_t)(x87(v, 8) * 1000));
    h = mix(h, mmx(cells));
    if (__builtin_cpu_supports("avx2"))
        h = mix(h, avx(cells));
    h = mix(h, swap16(cells, cells[0], cells[1]));
    h = mix(h, swap16(cells, cells[0] + 1, cells[1]));
    h = mix(h, crowded(cells));
    h = mix(h, lowest(&zero, h) + lowest(cells, h));
    for (int i = 0; i < 64; i++)
        h = mix(h, cells[i]);
    return h;
}

static volatile sig_atomic_t ticks;
static uint64_t elsewhere[64];
static void tock(int sig, siginfo_t *info, void *context)
{
    ticks++;
    churn(elsewhere, 64, 1);
}

int main(void)
{
    uint64_t h = 1, first;
    unsigned different = 0;

    for (int i = 0; i < 20; i++)
        h = all(h);
    say("%llx\n", (unsigned long long)h);
    first = all(5);
    on_signal(SIGALRM, tock, 0);
    tick(ITIMER_REAL, 300);
    for (int i = 0; i < 400 || ticks < 20; i++)
        different += all(5) != first;
    tick(ITIMER_REAL, 0);
    say("different %u\n", different);
    return 0;
}
