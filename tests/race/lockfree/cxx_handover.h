/* C++ programs in which one thread hands something over and the other one takes it, in this order. */
#ifndef RACE_LOCKFREE_CXX_HANDOVER_H
#define RACE_LOCKFREE_CXX_HANDOVER_H

#include <thread>

#include "lockfree.h"

template <typename Hand, typename Take> static void hand_over(Hand hand, Take take)
{
    unseen_open();
    std::thread first([&] {
        hand();
        unseen_step();
    });
    std::thread second([&] {
        unseen_until(1);
        take();
    });
    first.join();
    second.join();
}

#endif
