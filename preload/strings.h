/*
 * preload/strings.h - the words that wrap.def uses for byte and string ranges. Only for wrap.c.
 *
 * All run inside Seance. Lengths come from libc's own functions, so that they cost what libc's cost.
 */
#ifndef PRELOAD_STRINGS_H
#define PRELOAD_STRINGS_H

#include "preload/gate.h"

/* Reads and writes of n bytes by libc on behalf of the caller: evidence of plainness, libc's are vector moves. */
#define R(p, n) preload_range(t, A(p), (n), SHADOW_PLAIN, &at)
#define W(p, n) preload_range(t, A(p), (n), SHADOW_PLAIN | SHADOW_WRITE, &at)
/* From p to q, or n where q is NULL. */
#define SPAN(p, q, n) ((q) ? (size_t)((const char *)(q) - (const char *)(p)) : (n))
#define LEN(s) PRELOAD_REAL(strlen)(s)
/* Characters that an n-bounded function takes of s, without and with its terminator. */
#define NTEXT(s, n) PRELOAD_REAL(strnlen)((s), (n))
#define NLEN(s, n) preload_bounded((s), (n))
#define APPEND(d, n) preload_append(t, (d), (n), &at)
#define SAME(a, b, n, ci) preload_same(t, (a), (b), (n), (ci), &at)
/* What a call that returns a count or -1 has read. */
#define GOT ((size_t)(ret > 0 ? ret : 0))
#define LESS(a, b) ((a) < (b) ? (a) : (b))
#define VECTOR(n) ((n) > 0 ? (size_t)(n) * sizeof(struct iovec) : 0)
#define GATHER(v, n, bytes, flags) preload_gather(t, (v), (n), (bytes), (flags), &at)
#define TOKEN(token, rest) preload_token(t, (token), (rest), &at)

static inline void preload_range(struct shadow_thread *t, uintptr_t p, size_t n, uint32_t flags,
                                 const struct base_where *at)
{
    if (n)
        shadow_range(t, p, n, flags, at);
}

static inline size_t preload_bounded(const char *s, size_t n)
{
    size_t len = PRELOAD_REAL(strnlen)(s, n);

    return len < n ? len + 1 : n;
}

/* strcat: the text at d is read, n bytes are written over and after its terminator. */
void preload_append(struct shadow_thread *t, const char *d, size_t n, const struct base_where *at);
/* strcmp and its kin: both are read up to the first difference or terminator. Letters are folded as in ASCII. */
void preload_same(struct shadow_thread *t, const char *a, const char *b, size_t n, bool fold,
                  const struct base_where *at);
/* readv and writev: the first `bytes` bytes of n pieces. */
void preload_gather(struct shadow_thread *t, const struct iovec *v, int n, size_t bytes,
                    uint32_t flags, const struct base_where *at);
/* strtok_r: the token is read and, where text follows it, its end was overwritten. */
void preload_token(struct shadow_thread *t, const char *token, const char *rest,
                   const struct base_where *at);

#endif
