// std::call_once from two threads.
// Racy: one of them writes once more.
// seeded: prepare,use
#include <mutex>

#include "cxx_handover.h"

static std::once_flag once;
static long value;

NOINLINE static void prepare()
{
	std::call_once(once, [] { value = 5; });
	IF_RACY(value = 6;)
}

NOINLINE static long use()
{
	std::call_once(once, [] { value = 5; });
	return value;
}

int main()
{
	hand_over(prepare, [] { MUST(use() >= 5); });
}
