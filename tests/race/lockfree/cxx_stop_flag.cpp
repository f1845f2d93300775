// A flag on the stack of main stops a worker; what the worker has counted is read when it was joined.
// Racy: it is read before.
// seeded: count_one,read_count
#include <atomic>

#include "cxx_handover.h"

NOINLINE static void count_one(long &count)
{
	count = count + 1;
}

NOINLINE static long read_count(const long &count)
{
	return count;
}

int main()
{
	std::atomic<bool> stop{false};
	long count = 0, seen = 1;

	unseen_open();
	std::thread worker([&] {
		count_one(count);
		unseen_step();
		while (!stop.load(std::memory_order_relaxed))
			count_one(count);
	});
	unseen_until(1);
	unseen_nap(1000);
	stop.store(true, std::memory_order_relaxed);
	IF_RACY(seen = read_count(count);)
	worker.join();
	UNLESS_RACY(seen = read_count(count);)
	return seen > 0 ? 0 : 1;
}
