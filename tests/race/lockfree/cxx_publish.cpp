// A pointer published through std::atomic with release and acquire.
// Racy: the object is completed afterwards.
// seeded: publish,lookup
#include <atomic>
#include <string>

#include "cxx_handover.h"

struct config {
	std::string name;
	long limit = 0;
};

static std::atomic<config *> current{nullptr};

NOINLINE static void publish()
{
	config *c = new config;

	c->name = "default configuration of this program";
	UNLESS_RACY(c->limit = 10;)
	current.store(c, std::memory_order_release);
	IF_RACY(c->limit = 10;)
}

NOINLINE static long lookup()
{
	config *c = current.load(std::memory_order_acquire);

	return c->limit + (long)c->name.size();
}

int main()
{
	hand_over(publish, [] { MUST(lookup() > 10); });
	delete current.load();
}
