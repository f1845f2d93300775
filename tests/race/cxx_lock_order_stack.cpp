// Mutexes on main's stack that two threads take in either order, as main did alone before, which counts for nothing.
// expect: lock-order-inversion
#include <mutex>

#include "race.h"

struct pair {
    std::mutex first, second;
};

NOINLINE static void *up(void *arg)
{
    pair *p = static_cast<pair *>(arg);
    std::lock_guard<std::mutex> outer(p->first);
    std::lock_guard<std::mutex> inner(p->second);

    unseen_step();
    return nullptr;
}

NOINLINE static void *down(void *arg)
{
    pair *p = static_cast<pair *>(arg);

    unseen_until(1);
    std::lock_guard<std::mutex> outer(p->second);
    std::lock_guard<std::mutex> inner(p->first);

    return nullptr;
}

int main()
{
    pair mutexes;

    {
        std::lock_guard<std::mutex> outer(mutexes.first);
        std::lock_guard<std::mutex> inner(mutexes.second);
    }
    {
        std::lock_guard<std::mutex> outer(mutexes.second);
        std::lock_guard<std::mutex> inner(mutexes.first);
    }
    race_two(up, down, &mutexes);
    return 0;
}
