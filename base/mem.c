/*
 * base/mem.c - bytes and strings without libc, see base/mem.h.
 *
 * Pure functions of their arguments: no locks, no state, signal-safe. Copies use the string instructions, which
 * touch no vector register: the callers may be stubs that saved only the general ones.
 */
#include "base/mem.h"

#include <stdint.h>

void base_mem_copy_long(void *dst, const void *src, size_t len)
{
    __asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(len) : : "memory");
}

/* Backwards, for a destination that lies within the source. */
static void copy_down(char *dst, const char *src, size_t len)
{
    while (len > 0) {
        len--;
        dst[len] = src[len];
    }
}

void base_mem_move(void *dst, const void *src, size_t len)
{
    if ((uintptr_t)dst - (uintptr_t)src >= len)
        base_mem_copy(dst, src, len);
    else
        copy_down(dst, src, len);
}

void base_mem_set(void *dst, int byte, size_t len)
{
    __asm__ volatile("rep stosb" : "+D"(dst), "+c"(len) : "a"(byte) : "memory");
}

int base_mem_compare(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;

    for (size_t i = 0; i < len; i++) {
        if (x[i] != y[i])
            return x[i] - y[i];
    }
    return 0;
}

size_t base_str_length(const char *s)
{
    size_t len = 0;

    while (s[len])
        len++;
    return len;
}

int base_str_compare(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

bool base_str_equal(const char *a, const char *b)
{
    return base_str_compare(a, b) == 0;
}

bool base_str_starts(const char *s, const char *prefix)
{
    while (*prefix && *s == *prefix) {
        s++;
        prefix++;
    }
    return *prefix == '\0';
}

const char *base_str_basename(const char *path)
{
    const char *name = path;

    for (; *path; path++) {
        if (*path == '/' && path[1])
            name = path + 1;
    }
    return name;
}

size_t base_str_copy(char *dst, const char *src, size_t size)
{
    size_t len = 0;

    if (size == 0)
        return 0;
    for (; len < size - 1 && src[len]; len++)
        dst[len] = src[len];
    dst[len] = '\0';
    return len;
}

/* Greedy with one point of return: only the last '*' ever needs to take one more byte. */
bool base_str_glob(const char *pattern, const char *s)
{
    const char *star = NULL, *resume = NULL;

    while (*s) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = s;
        } else if (*pattern == '?' || *pattern == *s) {
            pattern++;
            s++;
        } else if (star) {
            pattern = star;
            s = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
