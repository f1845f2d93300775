// std::mutex and std::shared_mutex, taken by guards in opposite orders.
// expect: lock-order-inversion in=pay,refund
#include <mutex>
#include <shared_mutex>
#include <thread>

static std::mutex from_lock;
static std::shared_mutex to_lock;

__attribute__((noipa)) static void pay()
{
    std::lock_guard<std::mutex> from(from_lock);
    std::unique_lock<std::shared_mutex> to(to_lock);
}

__attribute__((noipa)) static void refund()
{
    std::shared_lock<std::shared_mutex> to(to_lock);
    std::lock_guard<std::mutex> from(from_lock);
}

int main()
{
    std::thread(pay).join();
    std::thread(refund).join();
    return 0;
}
