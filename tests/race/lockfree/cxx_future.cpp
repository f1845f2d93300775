// A promise carries a vector to whoever waits for the future.
// Racy: the vector's owner writes to it after the promise was kept.
// seeded: keep,read_result
#include <future>
#include <vector>

#include "cxx_handover.h"

static std::vector<long> result(8);

NOINLINE static void keep(std::promise<std::vector<long> *> &promise)
{
	UNLESS_RACY(result[3] = 3;)
	promise.set_value(&result);
	IF_RACY(result[3] = 3;)
}

NOINLINE static long read_result(std::future<std::vector<long> *> &future)
{
	return (*future.get())[3];
}

int main()
{
	std::promise<std::vector<long> *> promise;
	auto future = promise.get_future();

	hand_over([&] { keep(promise); }, [&] { MUST(read_result(future) == 3); });
}
