// Lengths that the kernel refuses: nothing is unmapped, and looking through so much memory must not take for ever.
// expect: none
#include <errno.h>
#include <sys/mman.h>

#include "race.h"

static void refuse(void *addr, size_t len)
{
    errno = 0;
    MUST(munmap(addr, len) == -1 && errno == EINVAL);
}

int main(void)
{
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(page != MAP_FAILED);
    page[0] = 1;
    refuse(NULL, SIZE_MAX);
    refuse(page, (size_t)1 << 60);
    refuse(page, SIZE_MAX - 4096);
    refuse(page, 0);
    MUST(page[0] == 1 && munmap(page, 4096) == 0);
    return 0;
}
