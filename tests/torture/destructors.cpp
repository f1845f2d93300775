// Order of construction and destruction: statics, thread_local in threads and in main, atexit between them.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <unistd.h>

struct Said {
    std::string name;
    explicit Said(const char *n) : name(n) { printf("+%s\n", name.c_str()); }
    ~Said() { printf("-%s\n", name.c_str()); fflush(stdout); }
};

static Said first("first");
static thread_local Said local("local");
static void registered() { printf("atexit\n"); }

static Said &lazily()
{
    static Said lazy("lazy");
    return lazy;
}

int main()
{
    std::atexit(registered);
    for (int i = 0; i < 3; i++)
        std::thread([] { local.name += "-thread"; lazily().name += "."; }).join();
    local.name += "-main";
    std::thread([] { usleep(1000); }).detach();
    return 6;
}
