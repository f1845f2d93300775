// An object is destroyed while another thread calls its virtual function: the table's pointer changes under the call.
// flags: -O0
// expect: data-race in=destroy,call
#include <new>

#include "race.h"

struct Base {
    virtual ~Base() { MUST(kind() == 1); }
    virtual int kind() { return 1; }
};
struct Derived : Base {
    long more = 0;
    ~Derived() override { more = 1; }
    int kind() override { return 2; }
};

static Base *object;

NOINLINE static void call() { MUST(object->kind() == 2); }

NOINLINE static void destroy() { object->~Base(); }

static void *early(void *arg)
{
    call();
    unseen_step();
    return arg;
}

static void *late(void *arg)
{
    unseen_until(1);
    destroy();
    return arg;
}

alignas(16) static char place[64];

int main()
{
    object = new (place) Derived;
    race_two(early, late, nullptr);
    return 0;
}
