/*
 * preload/strings.h - the words that wrap.def uses for byte and string ranges. Only for wrap.c.
 *
 * All run inside Seance. Lengths come from libc's own functions, so that they cost what libc's cost.
 */
#ifndef PRELOAD_STRINGS_H
#define PRELOAD_STRINGS_H

#include "preload/gate.h"
#include "preload/statics.h"

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
/* A whole text, with its terminator; one object; a word of libc's own, see preload/statics.h. */
#define S(s) R(s, LEN(s) + 1)
#define WORD(p) W((p), sizeof(*(p)))
#define OBJECT(p) W((p), sizeof(uint64_t))
#define STATIC(name) WORD(&preload_statics.name)
#define STATIC_READ(name) R(&preload_statics.name, sizeof(preload_statics.name))
#define ENVIRON_READ R(&environ, sizeof(environ))
#define ENVIRON_WRITE WORD(&environ)
/* A function that returns 0 has filled the object at p. */
#define FILLS(p) (ret ? NOTHING : WORD(p))
/* libc has made a block for the caller, or is about to free one: as if the caller had done it. */
#define BLOCK(p, n) preload_heap_alloc(t, (p), (n), &at)
#define TEXT_BLOCK(p) ((p) ? BLOCK((p), LEN(p) + 1) : NOTHING)
#define FREES(p) preload_heap_free(t, (p), &at)
/* Where strtok_r() goes on. */
#define SAVED(s, save) ((s) ? NOTHING : R((save), sizeof(*(save))))
/* strtol() and its kin are given an `end` of ours, since they leave the caller's alone where the base is wrong. `kept` is
 * the caller's. */
#define END ((char **)&spare)
#define WEND ((wchar_t **)&spare)
#define PARSED(s) preload_parsed(t, A(s), A(spare), sizeof(char), (void **)kept, &at)
#define WPARSED(s) preload_parsed(t, A(s), A(spare), sizeof(wchar_t), (void **)kept, &at)
#define NUMBER(s) preload_number(t, (s), &at)
/* Wide characters. */
#define RW(p, n) R((p), (n) * sizeof(wchar_t))
#define WW(p, n) W((p), (n) * sizeof(wchar_t))
#define WLEN(s) PRELOAD_REAL(wcslen)(s)
#define WNTEXT(s, n) PRELOAD_REAL(wcsnlen)((s), (n))
#define WNLEN(s, n) preload_bounded_wide((s), (n))
#define WSAME(a, b, n) preload_same_wide(t, (a), (b), (n), &at)
/* Conversions: bytes read of s for one that gave `ret` characters, of at most n; `ok`: it has written. */
#define CONVERTED(s, ok, write)                                                                    \
    (ret != SIZE_MAX ? R((s), !d || ret < n ? LEN(s) + 1 : ret) : NOTHING, (ok) ? write : NOTHING)
#define CHAR_READ(ret, n) ((ret) > (n) ? ((ret) == SIZE_MAX - 1 ? (n) : 1) : (ret) + ((ret) == 0))
#define SHIFT(state, name) ((state) ? W((state), sizeof(*(state))) : STATIC(name))
#define SOURCE(from, s, d)                                                                         \
    (R((from), (d) && *(s) ? SPAN(from, *(s), 0) : LEN(from) + 1), (d) ? WORD(s) : NOTHING)
#define WSOURCE(from, s, d)                                                                        \
    (R((from), (d) && *(s) ? SPAN(from, *(s), 0) : (WLEN(from) + 1) * sizeof(wchar_t)),            \
     (d) ? WORD(s) : NOTHING)
#define CONVERTS(s, n, d, room)                                                                    \
    ((s) && *(s) ? (WORD(s), WORD(n), R(*(s), *(n))) : NOTHING,                                    \
     (d) && *(d) ? (WORD(d), WORD(room)) : NOTHING)

static inline void preload_range(struct shadow_thread *t, uintptr_t p, size_t n, uint32_t flags,
                                 const struct base_where *at)
{
    if (n)
        shadow_range(t, p, n, flags | (shadow_rewritten ? 0 : SHADOW_EXACT), at);
}

static inline size_t preload_bounded(const char *s, size_t n)
{
    size_t len = PRELOAD_REAL(strnlen)(s, n);

    return len < n ? len + 1 : n;
}

static inline size_t preload_bounded_wide(const wchar_t *s, size_t n)
{
    size_t len = PRELOAD_REAL(wcsnlen)(s, n);

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
/* A number was read from s to `end` and the character there, which was stored at *out unless out is NULL. end 0: no
 * number could be read at all. */
void preload_parsed(struct shadow_thread *t, uintptr_t s, uintptr_t end, size_t unit, void **out,
                    const struct base_where *at);
/* atoi: blanks, a sign, digits, and what ends them. */
void preload_number(struct shadow_thread *t, const char *s, const struct base_where *at);
void preload_same_wide(struct shadow_thread *t, const wchar_t *a, const wchar_t *b, size_t n,
                       const struct base_where *at);

#endif
