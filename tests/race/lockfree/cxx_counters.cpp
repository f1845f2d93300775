// Statistics in relaxed counters, printed while they grow; a high-water mark by compare-and-swap.
// Racy: one of them is a plain long.
// seeded: note,show
#include <atomic>

#include "cxx_handover.h"

static std::atomic<long> calls{0}, most{0};
IF_RACY(long bytes;)
UNLESS_RACY(static std::atomic<long> bytes{0};)

NOINLINE static void note(long n)
{
	long seen = most.load(std::memory_order_relaxed);

	calls.store(calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
	IF_RACY(bytes += n;)
	UNLESS_RACY(bytes.fetch_add(n, std::memory_order_relaxed);)
	while (seen < n && !most.compare_exchange_weak(seen, n, std::memory_order_relaxed))
		;
}

NOINLINE static long show()
{
	IF_RACY(return bytes + 1;)
	UNLESS_RACY(return calls.load(std::memory_order_relaxed) + bytes.load(std::memory_order_relaxed) + most.load(std::memory_order_relaxed);)
}

int main()
{
	hand_over([] { for (long i = 0; i < 100; i++) note(i); }, [] { MUST(show() > 0); });
}
