/* The address space: brk of 1 GB, MAP_32BIT, fixed and far places, mremap, sparse maps, DONTNEED, /proc/self/maps. */
#include "torture.h"

/* Programs at fixed low addresses get less: copies of their code must lie within reach of a jump too. */
#ifdef __PIE__
#define ROOM (1000 << 20)
#else
#define ROOM (100 << 20)
#endif

static NOINLINE uint64_t stride(volatile char *p, size_t size, size_t step)
{
    uint64_t h = 0;

    for (size_t i = 0; i < size; i += step) {
        p[i] = (char)(i / step);
        h = mix(h, (uint64_t)(unsigned char)p[i] + (uint64_t)(unsigned char)p[i / 2]);
    }
    return h;
}

static void grow_brk(void)
{
    char *start = sbrk(0), *got = sbrk(ROOM);

    say("brk %s\n", got == start ? "grew" : strerror(errno));
    if (got == start) {
        say("brk hash %llx\n", (unsigned long long)stride(start, ROOM, ROOM >> 8));
        sbrk(-(ROOM));
    }
}

static void places(void)
{
    static const uintptr_t at[] = { 0x10000000,     0x20000000000,  0x200000000000,
                                    0x280000000000, 0x100000000000, 0x2d0000000000 };

    for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        char *p = mmap((void *)at[i], 1 << 20, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

        say("%lx %s\n", at[i], p == MAP_FAILED ? strerror(errno) : "mapped");
        if (p == MAP_FAILED)
            continue;
        say("hash %llx\n", (unsigned long long)stride(p, 1 << 20, 511));
        p = mremap(p, 1 << 20, 1 << 22, MREMAP_MAYMOVE);
        say("moved hash %llx\n", (unsigned long long)stride(p, 1 << 22, 8191));
        munmap(p, 1 << 22);
    }
}

static void sparse(void)
{
    size_t size = 1ul << 38;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    char *low =
        mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    char *fixed = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p != MAP_FAILED)
        say("sparse %llx\n", (unsigned long long)stride(p, size, 1ul << 31));
    else
        say("sparse: %s\n", strerror(errno));
    say("low %d %llx\n", (uintptr_t)low < 1ul << 31,
        (unsigned long long)stride(low, 1 << 20, 4097));
    madvise(low, 1 << 20, MADV_DONTNEED);
    say("zero again %d\n", low[0] + low[4097]);
    fixed = mmap(fixed + 4096, 1 << 16, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    say("fixed %llx\n", (unsigned long long)stride(fixed, 1 << 16, 7));
}

static void own_lines(void)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[600];
    unsigned long lo, hi;
    int local, stack = 0, heap = 0, text = 0, ordered = 1;
    unsigned long before = 0;
    void *block = malloc(10);

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%lx-%lx", &lo, &hi) != 2)
            continue;
        ordered &= lo >= before;
        before = hi;
        stack += strstr(line, "[stack]") && (uintptr_t)&local >= lo && (uintptr_t)&local < hi;
        heap += strstr(line, "[heap]") && (uintptr_t)block >= lo && (uintptr_t)block < hi;
        text +=
            (uintptr_t)own_lines >= lo && (uintptr_t)own_lines < hi && strstr(line, "r-xp") != NULL;
    }
    say("stack %d heap %d text %d ordered %d\n", stack, heap, text, ordered);
    if (f)
        fclose(f);
    free(block);
}

int main(void)
{
    own_lines();
    grow_brk();
    places();
    sparse();
    return 0;
}
