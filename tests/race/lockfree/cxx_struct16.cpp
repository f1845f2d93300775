// std::atomic of a struct of 16 bytes.
// Racy: what its pointer leads to is written after the store.
// seeded: publish,use
// libs: -latomic
#include <atomic>

#include "cxx_handover.h"

struct pair {
	long *target;
	long version;
};

static std::atomic<pair> shared{pair{nullptr, 0}};
static long target;

NOINLINE static void publish()
{
	UNLESS_RACY(target = 4;)
	shared.store(pair{&target, 1}, std::memory_order_release);
	IF_RACY(target = 4;)
}

NOINLINE static long use()
{
	pair p = shared.load(std::memory_order_acquire);

	return p.target ? *p.target : 0;
}

int main()
{
	hand_over(publish, [] { MUST(use() == 4); });
}
