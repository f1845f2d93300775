// Objects of one thread are deleted and another thread gets their memory: new and delete in all their forms.
// expect: none
#include "race.h"

#include <malloc.h>
#include <new>

struct big {
    char bytes[2000];
};
struct alignas(64) wide {
    char bytes[2048];
};

NOINLINE static void fill(char *bytes, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (char)i;
}

NOINLINE static void use(void)
{
    big *one = new big, *tried = new (std::nothrow) big, *many = new big[3];
    wide *apart = new wide, *rows = new wide[2];

    MUST(one && tried && many && ((uintptr_t)apart & 63) == 0 && ((uintptr_t)rows & 63) == 0);
    fill(one->bytes, 2000);
    fill(tried->bytes, 2000);
    fill(many[2].bytes, 2000);
    fill(apart->bytes, 2048);
    fill(rows[1].bytes, 2048);
    delete one;
    delete tried;
    delete[] many;
    delete apart;
    delete[] rows;
}

static void *early(void *arg)
{
    use();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    use();
    return arg;
}

int main(void)
{
    mallopt(M_ARENA_MAX, 1);
    race_two(early, late, nullptr);
    return 0;
}
