// The destructor of a class without a base stores the pointer that is there already, while another thread calls through it.
// expect: none
#include <new>

#include "race.h"

struct Alone {
    virtual ~Alone() {}
    virtual int kind() { return 2; }
};

static Alone *object;

NOINLINE static void call() { MUST(object->kind() == 2); }

NOINLINE static void destroy() { object->~Alone(); }

static void *early(void *arg)
{
    call();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    destroy();
    return arg;
}

alignas(16) static char place[64];

int main()
{
    object = new (place) Alone;
    race_two(early, late, nullptr);
    return 0;
}
