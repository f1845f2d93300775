// std::atomic_flag: test_and_set as a lock, test (C++20) while waiting.
// Racy: the total is changed outside too.
// seeded: add,add_bare
// seeded: add_bare,add_bare
#include <atomic>

#include "cxx_handover.h"

static std::atomic_flag taken;
long total;

NOINLINE static void add()
{
	while (taken.test_and_set(std::memory_order_acquire))
		while (taken.test(std::memory_order_relaxed))
			relax();
	total++;
	taken.clear(std::memory_order_release);
}

NOINLINE void add_bare()
{
	total += 0;
	__asm__ volatile("" ::: "memory");
	total += 1;
}

int main()
{
	hand_over([] { for (int i = 0; i < 300; i++) add(); IF_RACY(add_bare();) },
		  [] { IF_RACY(add_bare();) for (int i = 0; i < 300; i++) add(); });
	return total >= 600 ? 0 : 1;
}
