// A function-local static that is made by whoever comes first.
// Racy: it is changed after it was made.
// seeded: change,read_table
#include <vector>

#include "cxx_handover.h"

static std::vector<long> &table()
{
	static std::vector<long> made(100, 7);

	return made;
}

NOINLINE static void change()
{
	table()[5] = 8;
}

NOINLINE static long read_table()
{
	return table()[5];
}

int main()
{
	hand_over([] { IF_RACY(change();) UNLESS_RACY(MUST(read_table() == 7);) }, [] { MUST(read_table() >= 7); });
}
