// std::atomic_ref on a plain int.
// Racy: one side uses the int itself.
// seeded: publish,lookup
// only: g++
#include <atomic>

#include "cxx_handover.h"

static int ready;
static long payload;

NOINLINE static void publish()
{
	payload = 6;
	UNLESS_RACY(std::atomic_ref<int>(ready).store(1, std::memory_order_release);)
	IF_RACY(ready = 1;)
}

NOINLINE static long lookup()
{
	return std::atomic_ref<int>(ready).load(std::memory_order_acquire) ? payload : 0;
}

int main()
{
	hand_over(publish, [] { MUST(lookup() == 6); });
}
