// Every size of access, aligned, misaligned and of ranges, races with another of its kind, each found by itself.
// expect: data-race var=one in=first_1,second_1
// expect: data-race var=two in=first_2,second_2
// expect: data-race var=four in=first_4,second_4
// expect: data-race var=eight in=first_8,second_8
// expect: data-race var=sixteen in=first_16,second_16
// expect: data-race var=odd in=first_odd_2,second_odd_2
// expect: data-race var=odd in=first_odd_4,second_odd_4
// expect: data-race var=odd in=first_odd_8,second_odd_8
// expect: data-race var=big in=first_big,second_big
// expect: data-race var=text in=first_text,second_text
#include "access_sizes.h"

int main(void)
{
    race_two(early, late, NULL);
    return 0;
}
