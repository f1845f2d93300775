// Two threads push into one std::vector without a lock.
// expect: data-race in=remember,remember
// allow: data-race in=remember,remember
#include <thread>
#include <vector>

#include "unseen.h"

static std::vector<long> seen;

[[gnu::noinline]] static void remember(long number)
{
	seen.push_back(number);
}

int main()
{
	seen.reserve(16);
	unseen_open();
	std::thread early([] {
		remember(1);
		unseen_step();
	});
	std::thread late([] {
		unseen_until(1);
		remember(2);
	});
	early.join();
	late.join();
	return seen.size() == 2 ? 0 : 1;
}
