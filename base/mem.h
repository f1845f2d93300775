/*
 * base/mem.h - byte and string helpers that call nothing a host could interpose.
 *
 * Compiled without SSE where the caller needs it (see the build files). Hot; no locks; signal-safe.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void base_mem_copy_long(void *dst, const void *src, size_t len); /* rep movsb */

/* No overlap. A word is moved as one: the string instruction takes longer to start. */
static inline __attribute__((always_inline)) void base_mem_copy(void *dst, const void *src,
                                                                size_t len)
{
    if (__builtin_constant_p(len) && (len == 2 || len == 4 || len == 8))
        __builtin_memcpy(dst, src, len);
    else
        base_mem_copy_long(dst, src, len);
}

void base_mem_move(void *dst, const void *src, size_t len); /* overlap allowed */
void base_mem_set(void *dst, int byte, size_t len);         /* rep stosb */
int base_mem_compare(const void *a, const void *b, size_t len);
size_t base_str_length(const char *s);
int base_str_compare(const char *a, const char *b);
bool base_str_equal(const char *a, const char *b);
bool base_str_starts(const char *s, const char *prefix);
/* Last path component; points into path. */
const char *base_str_basename(const char *path);
/* Copies at most size-1 bytes and a NUL; returns the bytes copied. */
size_t base_str_copy(char *dst, const char *src, size_t size);
/* Shell-like match of '*' and '?' over the whole string. */
bool base_str_glob(const char *pattern, const char *s);

#endif
