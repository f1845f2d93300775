// An observer locks a weak_ptr; it gets the object whole or not at all.
// Racy: the owner changes the object while it is observed.
// seeded: change,observe
#include <memory>

#include "cxx_handover.h"

struct object {
	long value = 1;
};

NOINLINE static void change(object &o)
{
	o.value = 2;
}

NOINLINE static long observe(const std::weak_ptr<object> &weak)
{
	auto o = weak.lock();

	return o ? o->value : 1;
}

int main()
{
	auto owner = std::make_shared<object>();
	std::weak_ptr<object> weak = owner;

	change(*owner);
	hand_over([&] { IF_RACY(change(*owner);) UNLESS_RACY(owner.reset(new object);) },
		  [weak, kept = IF_RACY(owner) UNLESS_RACY(weak.lock())] { MUST(observe(weak) == 2); });
}
