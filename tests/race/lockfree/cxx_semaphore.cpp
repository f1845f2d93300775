// A binary semaphore of C++20 hands a slot to and fro.
// Racy: the slot is read without waiting.
// seeded: put,get
// only: g++
#include <semaphore>

#include "cxx_handover.h"

static std::binary_semaphore full{0};
static long slot;

NOINLINE static void put()
{
	slot = 5;
	full.release();
}

NOINLINE static long get()
{
	UNLESS_RACY(full.acquire();)
	return slot;
}

int main()
{
	hand_over(put, [] { MUST(get() == 5); });
}
