// A function static is initialised safely, but then changed by two threads without a lock.
// expect: data-race in=next_number,next_number var=number location=global
#include <thread>

#include "unseen.h"

static long start()
{
	return unseen_call(UNSEEN_LSEEK, unseen_file, 0, 1);
}

[[gnu::noinline]] static long next_number()
{
	static long number = start();
	return ++number;
}

int main()
{
	unseen_open();
	std::thread early([] {
		next_number();
		unseen_step();
	});
	std::thread late([] {
		unseen_until(1);
		next_number();
	});
	early.join();
	late.join();
	return 0;
}
