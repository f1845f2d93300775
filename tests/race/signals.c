// Who sends a signal or sets a timer comes before the handler and before the end of a wait for it.
// expect: none
#include "signals.h"
