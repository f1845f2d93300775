// std::atomic: a pointer published with release, read with acquire; a flag spun on.
// expect: none
#include <atomic>
#include <thread>

struct node {
	long value;
	node *next;
};

static std::atomic<node *> head{nullptr};
static std::atomic<bool> stop{false};
static long summary;

static void push(long value)
{
	node *fresh = new node{value, head.load(std::memory_order_relaxed)};

	while (!head.compare_exchange_weak(fresh->next, fresh, std::memory_order_release))
		;
}

int main()
{
	std::thread writer([] {
		for (long i = 0; i < 100; i++)
			push(i);
		summary = 4950;
		stop.store(true, std::memory_order_release);
	});
	std::thread reader([] {
		while (!stop.load(std::memory_order_acquire))
			std::this_thread::yield();
		long sum = 0;
		for (node *n = head.load(std::memory_order_acquire); n; n = n->next)
			sum += n->value;
		if (sum != summary)
			__builtin_trap();
	});
	writer.join();
	reader.join();
	while (node *n = head.load()) {
		head = n->next;
		delete n;
	}
	return 0;
}
