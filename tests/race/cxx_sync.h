/* What the C++ library hands over with: C++20's and the older ones. See handover.h. */
#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>

#include "handover.h"

static std::promise<int> promise;
static std::future<int> future = promise.get_future();
static std::packaged_task<int()> task([] { return 5; });
static std::future<int> result = task.get_future();
static std::latch latch(1);
static std::barrier<> meeting(2);
static std::counting_semaphore<4> tokens(0);
static std::binary_semaphore token(0);
static std::atomic<int> number;
static std::atomic_flag flag;
static std::mutex lock;
static std::shared_mutex shared;
static std::timed_mutex timed;
static std::recursive_mutex recursive;
static std::condition_variable changed;
static std::condition_variable_any changed_any;
static std::stop_source stop;
static std::atomic<std::shared_ptr<int>> pointer;
static bool ready, ready_any, ready_shared, ready_timed, ready_recursive;

static void tell()
{
    std::lock_guard<std::mutex> guard(lock);
    ready = true;
    changed.notify_one();
}

static void wait()
{
    std::unique_lock<std::mutex> guard(lock);
    changed.wait(guard, [] { return ready; });
}

static void tell_any()
{
    std::lock_guard<std::mutex> guard(lock);
    ready_any = true;
    changed_any.notify_all();
}

static void wait_any()
{
    std::unique_lock<std::mutex> guard(lock);
    changed_any.wait_for(guard, std::chrono::seconds(20), [] { return ready_any; });
}

template <class Mutex> static void set(Mutex &mutex, bool &what)
{
    std::unique_lock<Mutex> guard(mutex);
    what = true;
}

template <class Lock, class Mutex> static void spin(Mutex &mutex, bool &what)
{
    for (bool seen = false; !seen;) {
        Lock guard(mutex);
        seen = what;
    }
}

static void called_back()
{
    std::atomic<bool> called(false);
    std::stop_callback callback(stop.get_token(), [&] { called = true; });
    while (!called)
        unseen_nap(100);
}

static void wait_pointer()
{
    while (!pointer.load())
        unseen_nap(100);
}

HANDOVER(future, promise.set_value(3), MUST(future.get() == 3))
HANDOVER(packaged, task(), MUST(result.get() == 5))
HANDOVER(latch, latch.count_down(), latch.wait())
HANDOVER(barrier, (void)meeting.arrive(), meeting.arrive_and_wait())
HANDOVER(tokens, tokens.release(), tokens.acquire())
HANDOVER(token, token.release(), MUST(token.try_acquire_for(std::chrono::seconds(20))))
HANDOVER(number, (number.exchange(1), number.notify_all()), number.wait(0))
HANDOVER(flag, (flag.test_and_set(), flag.notify_one()), flag.wait(false))
HANDOVER(condition, tell(), wait())
HANDOVER(any, tell_any(), wait_any())
HANDOVER(shared, set(shared, ready_shared),
         spin<std::shared_lock<std::shared_mutex>>(shared, ready_shared))
HANDOVER(timed, set(timed, ready_timed),
         spin<std::unique_lock<std::timed_mutex>>(timed, ready_timed))
HANDOVER(recursive, set(recursive, ready_recursive),
         spin<std::scoped_lock<std::recursive_mutex>>(recursive, ready_recursive))
HANDOVER(stop, stop.request_stop(), called_back())
HANDOVER(pointer, pointer.store(std::make_shared<int>(7)), wait_pointer())

int main()
{
    unseen_open();
    RUN(future);
    RUN(packaged);
    RUN(latch);
    RUN(barrier);
    RUN(tokens);
    RUN(token);
    RUN(number);
    RUN(flag);
    RUN(condition);
    RUN(any);
    RUN(shared);
    RUN(timed);
    RUN(recursive);
    RUN(stop);
    RUN(pointer);
    return 0;
}
