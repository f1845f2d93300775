// std::atomic_load and atomic_store of a shared_ptr: the library's own locks.
// Racy: the pointer is read without them.
// seeded: replace,read_value
#include <memory>

#include "cxx_handover.h"

static std::shared_ptr<long> shared = std::make_shared<long>(1);

NOINLINE static void replace(long value)
{
	std::atomic_store(&shared, std::make_shared<long>(value));
}

NOINLINE static long read_value()
{
	UNLESS_RACY(return *std::atomic_load(&shared);)
	IF_RACY(return shared ? 2 : 0;)
}

int main()
{
	hand_over([] { for (long i = 2; i < 50; i++) replace(i); }, [] { MUST(read_value() > 1); });
}
