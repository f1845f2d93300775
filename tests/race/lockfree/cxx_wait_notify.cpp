// atomic::wait and notify_one of C++20.
// Racy: the payload is written after the notification.
// seeded: signal_it,wait_for_it
#include <atomic>

#include "cxx_handover.h"

static std::atomic<int> state{0};
static long payload;

NOINLINE static void signal_it()
{
	UNLESS_RACY(payload = 9;)
	state.store(1, std::memory_order_release);
	state.notify_one();
	IF_RACY(payload = 9;)
}

NOINLINE static long wait_for_it()
{
	state.wait(0, std::memory_order_acquire);
	return payload;
}

int main()
{
	hand_over(signal_it, [] { MUST(wait_for_it() == 9); });
}
