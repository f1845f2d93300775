// C++ exceptions: through instrumented frames, in threads, from constructors and destructors, nested, rethrown.
#include <cstdio>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Count {
    static thread_local int alive;
    Count() { alive++; }
    Count(const Count &) { alive++; }
    ~Count() { alive--; }
};
thread_local int Count::alive;

static __attribute__((noinline)) int dive(int n, std::vector<int> &seen)
{
    Count c;
    seen.push_back(n);
    if (n == 0)
        throw std::runtime_error("bottom " + std::to_string(seen.size()));
    if (n % 7 == 0) {
        try {
            return dive(n - 1, seen) + 1;
        } catch (std::runtime_error &e) {
            seen.push_back(-n);
            throw std::runtime_error(std::string(e.what()) + "/" + std::to_string(n));
        }
    }
    return dive(n - 1, seen) + n;
}

static std::string once(int n)
{
    std::vector<int> seen;
    try {
        dive(n, seen);
    } catch (const std::exception &e) {
        return std::string(e.what()) + " alive " + std::to_string(Count::alive) + " seen " +
               std::to_string(seen.size());
    }
    return "none";
}

struct Picky {
    Count a;
    std::string name;
    explicit Picky(int n) : name(40, 'x')
    {
        if (n & 1)
            throw n;
    }
};

int main()
{
    for (int i = 0; i < 40; i += 3)
        puts(once(i).c_str());
    int caught = 0;
    for (int i = 0; i < 200; i++)
        try {
            Picky p(i);
            std::vector<Picky> more(3, p);
        } catch (int n) {
            caught += n;
        }
    printf("caught %d alive %d\n", caught, Count::alive);
    std::vector<std::future<std::string>> jobs;
    for (int i = 0; i < 8; i++)
        jobs.push_back(std::async(std::launch::async, once, 10 + i));
    for (auto &j : jobs)
        puts(j.get().c_str());
    std::promise<int> p;
    std::thread([&] {
        try {
            throw std::out_of_range("thread");
        } catch (...) {
            p.set_exception(std::current_exception());
        }
    }).join();
    try {
        p.get_future().get();
    } catch (std::out_of_range &e) {
        printf("carried %s\n", e.what());
    }
    return 4;
}
