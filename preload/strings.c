/*
 * preload/strings.c - ranges of string functions that take more than an expression. See strings.h.
 */
#include "preload/strings.h"

struct preload_statics preload_statics;

void preload_append(struct shadow_thread *t, const char *d, size_t n, const struct base_where *at)
{
    size_t have = PRELOAD_REAL(strlen)(d);

    preload_range(t, A(d), have, SHADOW_PLAIN, at);
    preload_range(t, A(d) + have, n, SHADOW_PLAIN | SHADOW_WRITE, at);
}

static unsigned char preload_fold(char c, bool fold)
{
    return fold && c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : (unsigned char)c;
}

void preload_same(struct shadow_thread *t, const char *a, const char *b, size_t n, bool fold,
                  const struct base_where *at)
{
    size_t i = 0;

    while (i < n && a[i] && preload_fold(a[i], fold) == preload_fold(b[i], fold))
        i++;
    if (i < n)
        i++;
    preload_range(t, A(a), i, SHADOW_PLAIN, at);
    preload_range(t, A(b), i, SHADOW_PLAIN, at);
}

void preload_token(struct shadow_thread *t, const char *token, const char *rest,
                   const struct base_where *at)
{
    size_t len = PRELOAD_REAL(strlen)(token);

    preload_range(t, A(token), len + 1, SHADOW_PLAIN, at);
    if (rest > token + len)
        preload_range(t, A(token) + len, 1, SHADOW_PLAIN | SHADOW_WRITE, at);
}

void preload_gather(struct shadow_thread *t, const struct iovec *v, int n, size_t bytes,
                    uint32_t flags, const struct base_where *at)
{
    for (int i = 0; i < n && bytes; i++) {
        size_t len = v[i].iov_len < bytes ? v[i].iov_len : bytes;

        preload_range(t, A(v[i].iov_base), len, SHADOW_PLAIN | flags, at);
        bytes -= len;
    }
}

void preload_parsed(struct shadow_thread *t, uintptr_t s, uintptr_t end, size_t unit, void **out,
                    const struct base_where *at)
{
    if (!end)
        return;
    preload_range(t, s, end - s + unit, SHADOW_PLAIN, at);
    if (out) {
        *out = (void *)end;
        preload_range(t, A(out), sizeof(*out), SHADOW_PLAIN | SHADOW_WRITE, at);
    }
}

void preload_number(struct shadow_thread *t, const char *s, const struct base_where *at)
{
    size_t n = 0;

    while (s[n] == ' ' || (s[n] >= '\t' && s[n] <= '\r'))
        n++;
    n += s[n] == '-' || s[n] == '+';
    while ((s[n] >= '0' && s[n] <= '9') || s[n] == '.')
        n++;
    preload_range(t, A(s), n + 1, SHADOW_PLAIN, at);
}

void preload_same_wide(struct shadow_thread *t, const wchar_t *a, const wchar_t *b, size_t n,
                       const struct base_where *at)
{
    size_t i = 0;

    while (i < n && a[i] && a[i] == b[i])
        i++;
    if (i < n)
        i++;
    preload_range(t, A(a), i * sizeof(*a), SHADOW_PLAIN, at);
    preload_range(t, A(b), i * sizeof(*b), SHADOW_PLAIN, at);
}
