// std::thread, std::mutex, exceptions thrown through checked frames, function statics.
// expect: none
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::mutex lock;
static std::vector<std::string> lines;
static long caught;

static const std::vector<int> &table()
{
	static const std::vector<int> numbers = {1, 2, 3, 4};
	return numbers;
}

[[gnu::noinline]] static void add(int number)
{
	std::lock_guard<std::mutex> guard(lock);
	lines.push_back("line " + std::to_string(number));
	if (number % 3 == 0)
		throw std::runtime_error("three");
}

static void work()
{
	for (int i = 0; i < 60; i++) {
		try {
			add(table()[i % 4] + i);
		} catch (const std::exception &) {
			std::lock_guard<std::mutex> guard(lock);
			caught++;
		}
	}
}

int main()
{
	std::thread a(work), b(work);

	a.join();
	b.join();
	return lines.size() == 120 && caught > 0 ? 0 : 1;
}
