// What goes through a pipe, a socket, an eventfd or a terminal is handed over by the bytes.
// expect: none
#include "streams.h"
