// A destructor that waits for another thread has stored the pointer to the virtual functions before, which is there already: the
// thread may call through it until then.
// expect: none
#include "race.h"

struct Base {
    virtual ~Base() {}
    virtual int kind() { return 1; }
};

struct Job : Base {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t done_now = PTHREAD_COND_INITIALIZER;
    bool done = false;

    int kind() override { return 2; }

    void tell()
    {
        pthread_mutex_lock(&lock);
        done = true;
        pthread_cond_signal(&done_now);
        pthread_mutex_unlock(&lock);
    }

    ~Job() override
    {
        pthread_mutex_lock(&lock);
        while (!done)
            pthread_cond_wait(&done_now, &lock);
        pthread_mutex_unlock(&lock);
    }
};

NOINLINE static int call(Base *object)
{
    return object->kind();
}

static void *early(void *arg)
{
    auto *job = static_cast<Job *>(arg);

    MUST(call(job) == 2);
    unseen_step();
    unseen_until(2);
    MUST(call(job) == 2);
    job->tell();
    return nullptr;
}

NOINLINE static void destroy(Base *object)
{
    delete object;
}

static void *late(void *arg)
{
    unseen_until(1);
    unseen_step();
    destroy(static_cast<Job *>(arg));
    return nullptr;
}

int main()
{
    race_two(early, late, new Job);
    return 0;
}
