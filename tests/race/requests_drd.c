// Orders that the program tells DRD of, by its header's requests in machine code.
// expect: none
#include "requests_drd.h"
