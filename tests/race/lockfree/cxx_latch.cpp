// A latch of C++20.
// Racy: the part is written after the count.
// seeded: finish,gather
// only: g++
#include <latch>

#include "cxx_handover.h"

static std::latch latch{1};
static long part;

NOINLINE static void finish()
{
	UNLESS_RACY(part = 3;)
	latch.count_down();
	IF_RACY(part = 3;)
}

NOINLINE static long gather()
{
	latch.wait();
	return part;
}

int main()
{
	hand_over(finish, [] { MUST(gather() == 3); });
}
