// A destructor makes an object one of its base class, while another thread calls a virtual function of it.
// expect: data-race in=call location=global
#include <new>

#include "race.h"

struct Base {
    virtual ~Base();
    virtual int kind() { return 1; }
};

struct Job : Base {
    int kind() override { return 2; }
};

NOINLINE static void call(Base *object, int kind)
{
    MUST(object->kind() == kind);
}

Base::~Base()
{
    call(this, 1);
}

NOINLINE static void destroy(Job *object)
{
    object->~Job();
}

static void *early(void *arg)
{
    call(static_cast<Base *>(arg), 2);
    unseen_step();
    return nullptr;
}

static void *late(void *arg)
{
    unseen_until(1);
    destroy(static_cast<Job *>(arg));
    return nullptr;
}

alignas(16) static char place[64];

int main()
{
    race_two(early, late, new (place) Job);
    return 0;
}
