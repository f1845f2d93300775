// Orders that the program tells Helgrind of, by its header's requests in machine code.
// expect: none
#include "requests_helgrind.h"
