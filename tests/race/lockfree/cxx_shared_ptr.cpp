// Copies of a shared_ptr in two threads; whoever drops the last one destroys the object.
// Racy: both write to the object.
// seeded: touch,touch
#include <memory>

#include "cxx_handover.h"

struct object {
	long marks[2] = {0, 0};
	~object() { MUST(marks[0] + marks[1] >= 0); }
};

NOINLINE static void touch(const std::shared_ptr<object> &o, int who)
{
	IF_RACY(who = 0;)
	o->marks[who] = who + 1;
}

int main()
{
	for (int i = 0; i < 20; i++) {
		auto first = std::make_shared<object>(), second = first;

		hand_over([o = std::move(first)]() mutable { touch(o, 0); o.reset(); },
			  [o = std::move(second)]() mutable { touch(o, 1); o.reset(); });
	}
}
