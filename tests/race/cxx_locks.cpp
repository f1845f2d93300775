// std::scoped_lock takes its locks in any order and backs off; recursive, timed and shared mutexes; a condition.
// expect: none
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::mutex a, b;
static std::recursive_mutex again;
static std::timed_mutex timed;
static std::shared_mutex shared;
static std::condition_variable_any any;
static long total, passed;

static void both(std::mutex &first, std::mutex &second)
{
    for (int i = 0; i < 100; i++) {
        std::scoped_lock guard(first, second);
        total++;
    }
    std::lock_guard<std::recursive_mutex> outer(again), inner(again);
    std::unique_lock<std::timed_mutex> lock(timed, std::chrono::seconds(50));
    passed++;
    any.wait(lock, [] { return passed >= 1; });
    std::shared_lock<std::shared_mutex> reader(shared);
}

int main()
{
    std::thread first([] { both(a, b); }), second([] { both(b, a); });

    first.join();
    second.join();
    return total == 200 && passed == 2 ? 0 : 1;
}
