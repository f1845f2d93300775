// Two adjacent atomics, which the compiler makes by one store of 8 bytes at a multiple of 4: making one is no atomic access.
// expect: none
#include <atomic>
#include <new>

#include "race.h"

struct pair {
    unsigned before;
    std::atomic<unsigned> put, taken;

    pair() : put(0), taken(0) {}
};

NOINLINE static void make(void *at)
{
    new (at) pair;
}

static void *count(void *arg)
{
    pair *p = static_cast<pair *>(arg);

    p->put.fetch_add(1);
    p->taken.fetch_add(p->before);
    return nullptr;
}

int main()
{
    alignas(8) static char place[sizeof(pair)];

    make(place);
    reinterpret_cast<pair *>(place)->before = 1;
    race_two(count, count, place);
    return reinterpret_cast<pair *>(place)->taken == 2 ? 0 : 1;
}
