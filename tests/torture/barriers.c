/* Write barriers with mprotect: the SIGSEGV handler notes the page, unprotects it and returns. */
#include "torture.h"

enum { PAGES = 256, PAGE = 4096 };

static uint8_t *heap;
static unsigned dirty[PAGES], order;

static void barrier(int sig, siginfo_t *info, void *context)
{
    uintptr_t page = ((uintptr_t)info->si_addr - (uintptr_t)heap) / PAGE;

    if (page >= PAGES)
        _exit(50);
    dirty[page] = ++order;
    mprotect(heap + page * PAGE, PAGE, PROT_READ | PROT_WRITE);
}

static NOINLINE void write_all(unsigned seed)
{
    for (unsigned i = 0; i < PAGES; i++) {
        uint8_t *p = heap + (i * 37 + seed) % PAGES * PAGE;

        switch (i % 6) {
        case 0: p[4095] = (uint8_t)i; break;
        case 1: *(uint64_t *)(p + 4088) += i; break;
        case 2: memset(p, (int)i, 4096); break;
        case 3: __sync_fetch_and_add((uint32_t *)(p + 64), i); break;
        case 4: *(uint16_t *)(p + 1) ^= (uint16_t)i; break;
        case 5: *(long double *)(p + 32) = i; break;
        }
    }
}

int main(void)
{
    uint64_t h = 0;

    heap = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    on_signal(SIGSEGV, barrier, 0);
    for (unsigned round = 0; round < 8; round++) {
        mprotect(heap, PAGES * PAGE, round % 2 ? PROT_NONE : PROT_READ);
        write_all(round * 5);
        for (unsigned i = 0; i < PAGES; i++)
            h = mix(h, dirty[i] + heap[i * PAGE + 4095] + heap[i * PAGE + 64]);
        say("round %u order %u hash %llx\n", round, order, (unsigned long long)h);
    }
    return 0;
}
