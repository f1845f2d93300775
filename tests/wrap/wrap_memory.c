/* The heap and mappings. */
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <unistd.h>

#include "wrap.h"

void *mmap64(void *addr, size_t len, int prot, int flags, int fd, off64_t off);

static void heap(void)
{
    char *p = hide(malloc(10));
    void *q = NULL;

    MUST(p && malloc_usable_size(p) >= 10);
    memcpy(p, "123456789", 10);
    p = hide(realloc(p, 100000));
    MUST(p && strcmp(p, "123456789") == 0);
    free(p);
    p = hide(calloc(3, 5));
    MUST(p && p[14] == 0);
    free(p);
    MUST(hide(calloc((size_t)hide((void *)(SIZE_MAX / 2)), 3)) == NULL);
    MUST(hide(realloc(NULL, 5)) != NULL);
    MUST(hide(reallocarray(NULL, 3, 7)) != NULL);
    MUST(posix_memalign(&q, 64, 10) == 0 && (uintptr_t)q % 64 == 0);
    free(q);
    free(hide(aligned_alloc(64, 128)));
    free(hide(memalign(64, 128)));
    free(hide(valloc(128)));
    free(hide(pvalloc(128)));
}

static void mappings(void)
{
    const int prot = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
    char *p = mmap(NULL, 8192, prot, flags, -1, 0);

    MUST(p != MAP_FAILED);
    p[5] = 7;
    p = mremap(p, 8192, 1 << 20, MREMAP_MAYMOVE);
    MUST(p != MAP_FAILED && p[5] == 7);
    MUST(munmap(p, 1 << 20) == 0);
    p = mmap64(NULL, 4096, prot, flags, -1, 0);
    MUST(p != MAP_FAILED && munmap(p, 4096) == 0);
}

static void kernel_memory(void)
{
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    char *end = sbrk(4096), *segment;

    MUST(end != (void *)-1 && sbrk(-4096) == end + 4096 && brk(end + 4096) == 0);
    end[0] = 'x';
    MUST(brk(end) == 0 && sbrk(0) == end);
    MUST(id >= 0 && (segment = shmat(id, NULL, 0)) != (void *)-1 &&
         shmctl(id, IPC_RMID, NULL) == 0);
    segment[0] = 'x';
    MUST(shmdt(segment) == 0);
}

/* A limit on data of 1 GiB is read back as it was set, and leaves room for it. */
static void limits(void)
{
    const struct rlimit64 wide = { RLIM64_INFINITY, RLIM64_INFINITY };
    struct rlimit limit = { 1ul << 30, RLIM_INFINITY }, now;
    struct rlimit64 now64;

    MUST(setrlimit(RLIMIT_DATA, &limit) == 0 && getrlimit(RLIMIT_DATA, &now) == 0);
    MUST(now.rlim_cur == limit.rlim_cur && now.rlim_max == limit.rlim_max);
    MUST(getrlimit64(RLIMIT_DATA, &now64) == 0 && now64.rlim_cur == 1ul << 30);
    free(hide(malloc(256ul << 20)));
    MUST(setrlimit64(RLIMIT_DATA, &wide) == 0);
    MUST(prlimit(0, RLIMIT_DATA, &limit, &now) == 0 && now.rlim_cur == RLIM_INFINITY);
    MUST(prlimit64(0, RLIMIT_DATA, &wide, &now64) == 0 && now64.rlim_cur == 1ul << 30);
    MUST(getrlimit(RLIMIT_STACK, &now) == 0);
}

void wrap_memory(void)
{
    heap();
    mappings();
    kernel_memory();
    limits();
}
