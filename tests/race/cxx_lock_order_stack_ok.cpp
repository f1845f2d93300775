// Each function has mutexes of its own, which std::mutex makes without a call, in the same place of the stack.
// expect: none
#include <mutex>

#include "race.h"

NOINLINE static void up(int *sum)
{
    std::mutex first, second;
    std::lock_guard<std::mutex> outer(first);
    std::lock_guard<std::mutex> inner(second);

    ++*sum;
}

NOINLINE static void down(int *sum)
{
    std::mutex first, second;
    std::lock_guard<std::mutex> outer(second);
    std::lock_guard<std::mutex> inner(first);

    ++*sum;
}

static void *both(void *arg)
{
    int sum = 0;

    up(&sum);
    down(&sum);
    return sum == 2 ? arg : nullptr;
}

int main()
{
    both(nullptr);
    race_two(both, both, nullptr);
    return 0;
}
