// An element is read as Rust's core::ptr::read_volatile() does, before it is known whether it was the reader's to take; a thief of
// crossbeam's deque reads so. No atomic access, and meant to be.
// expect: data-race var=element in=peek,put confidence=likely
// exit: 0
#include "race.h"

namespace core::ptr
{
__attribute__((always_inline)) inline long read_volatile(const long *at)
{
    return *const_cast<const volatile long *>(at);
}
} // namespace core::ptr

static long element;

NOINLINE static long peek()
{
    return core::ptr::read_volatile(&element);
}

NOINLINE static void put(long value)
{
    element = value;
}

static void *early(void *arg)
{
    put(1);
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    return peek() == 1 ? arg : nullptr;
}

int main()
{
    race_two(early, late, nullptr);
    return 0;
}
