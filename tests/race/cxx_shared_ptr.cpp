// Copies of a std::shared_ptr in four threads; the last one to let go destroys the object.
// expect: none
#include <memory>
#include <thread>
#include <vector>

struct object {
	long value = 1;
	~object() { value = 0; }
};

int main()
{
	std::vector<std::thread> threads;
	auto shared = std::make_shared<object>();

	for (int i = 0; i < 4; i++) {
		threads.emplace_back([copy = shared] {
			for (int n = 0; n < 50; n++) {
				auto inner = copy;
				if (inner->value != 1)
					__builtin_trap();
			}
		});
	}
	shared.reset();
	for (auto &thread : threads)
		thread.join();
	return 0;
}
