/*
 * rewrite/x86_64/request.h - Valgrind's client requests, as its headers write them into machine code.
 */
#ifndef REWRITE_X86_64_REQUEST_H
#define REWRITE_X86_64_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_BYTES 19
#define REQUEST_LAST 16 /* where its last instruction, an xchg, begins */

/* Whether a whole request begins at p, of which n bytes may be read. What is asked stands in memory, rax says where: the request's
 * number and five arguments, 8 bytes each. rdx, the result, is as the program wants it without Valgrind. */
bool request_at(const uint8_t *p, size_t n);

#endif
