/*
 * preload/requests.h - what programs tell Valgrind's tools by client requests.
 */
#ifndef PRELOAD_REQUESTS_H
#define PRELOAD_REQUESTS_H

#include <stdint.h>

#include "shadow/shadow.h"

/* By the cold path, before the request's instructions run. block: its number and five arguments. The result, which the program has put
 * in place for a run without Valgrind, is left alone: whatever it asks, it is told that there is no Valgrind. */
void preload_request(struct shadow_thread *t, const uint64_t *block, struct base_where *at);

#endif
