// Results handed over by std::future, std::async, std::call_once and std::condition_variable.
// expect: none
#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <thread>

static std::once_flag once;
static std::string greeting;
static std::mutex lock;
static std::condition_variable changed;
static bool ready;

int main()
{
	std::promise<std::string> promise;
	auto future = promise.get_future();
	std::thread sender([&] {
		std::call_once(once, [] { greeting = "a greeting that is not short"; });
		promise.set_value(greeting + "!");
		std::lock_guard<std::mutex> guard(lock);
		ready = true;
		changed.notify_one();
	});
	std::string got = future.get();
	std::call_once(once, [] { greeting = "a greeting that is not short"; });
	bool same = got == greeting + "!";
	{
		std::unique_lock<std::mutex> guard(lock);
		changed.wait(guard, [] { return ready; });
	}
	sender.join();
	auto task = std::async(std::launch::async, [&] { return got.size(); });
	return same && task.get() == got.size() ? 0 : 1;
}
