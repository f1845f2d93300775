// The race-free twin of access_sizes.c: the second thread comes behind the first.
// expect: none
#include "access_sizes.h"

int main(void)
{
    unseen_open();
    MUST(pthread_join(race_start(early, NULL), NULL) == 0);
    MUST(pthread_join(race_start(late, NULL), NULL) == 0);
    return 0;
}
