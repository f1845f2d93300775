/* An allocator to be preloaded behind Seance: libc's own, with a count of the calls that reached it. */
#include <malloc.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

unsigned long counting_calls(void);

/* Atomic: the program's threads allocate too. */
static unsigned long calls;

unsigned long counting_calls(void)
{
    return __atomic_load_n(&calls, __ATOMIC_RELAXED);
}

static void count(void)
{
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    count();
    return __libc_realloc(block, size);
}

void free(void *block)
{
    count();
    __libc_free(block);
}
