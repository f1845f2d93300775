/*
 * base/text.c - bounded text formatting, see base/text.h.
 *
 * The writer always leaves a NUL behind the text, so the buffer is a string at any time. No locks, no
 * state, no locale; signal-safe.
 */
#include "base/text.h"

#include <limits.h>

#include "base/mem.h"

enum { DIGITS = 20 /* of 2^64 in decimal */, LETTERS = 32 };

void base_text_init(struct base_text *t, char *buf, size_t size)
{
    t->buf = buf;
    t->size = size;
    t->len = 0;
    if (size)
        buf[0] = '\0';
}

void base_text_char(struct base_text *t, char c)
{
    if (t->len + 1 >= t->size)
        return;
    t->buf[t->len++] = c;
    t->buf[t->len] = '\0';
}

void base_text_str(struct base_text *t, const char *s)
{
    for (s = s ? s : "(null)"; *s; s++)
        base_text_char(t, *s);
}

static void number(struct base_text *t, uint64_t value, unsigned base)
{
    char digits[DIGITS];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n > 0)
        base_text_char(t, digits[--n]);
}

void base_text_u64(struct base_text *t, uint64_t value)
{
    number(t, value, 10);
}

void base_text_hex(struct base_text *t, uint64_t value)
{
    base_text_str(t, "0x");
    number(t, value, 16);
}

static void signed_number(struct base_text *t, int64_t value)
{
    if (value < 0)
        base_text_char(t, '-');
    number(t, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* The argument list by reference: a va_list parameter that is read leaves the caller's undefined. */
struct arguments {
    va_list ap;
};

static int64_t next_signed(struct arguments *args, bool is_long)
{
    return is_long ? va_arg(args->ap, long) : va_arg(args->ap, int);
}

static uint64_t next_unsigned(struct arguments *args, bool is_long)
{
    return is_long ? va_arg(args->ap, unsigned long) : va_arg(args->ap, unsigned);
}

static void conversion(struct base_text *t, char kind, bool is_long, struct arguments *args)
{
    switch (kind) {
    case 's': base_text_str(t, va_arg(args->ap, const char *)); break;
    case 'c': base_text_char(t, (char)va_arg(args->ap, int)); break;
    case 'd':
    case 'i': signed_number(t, next_signed(args, is_long)); break;
    case 'u': number(t, next_unsigned(args, is_long), 10); break;
    case 'x': number(t, next_unsigned(args, is_long), 16); break;
    case 'p': base_text_hex(t, (uintptr_t)va_arg(args->ap, void *)); break;
    default: base_text_char(t, kind); break; /* %% and what we do not know */
    }
}

void base_text_vformat(struct base_text *t, const char *fmt, va_list ap)
{
    struct arguments args;

    va_copy(args.ap, ap);
    for (; *fmt; fmt++) {
        bool is_long = false;

        if (*fmt != '%') {
            base_text_char(t, *fmt);
            continue;
        }
        for (fmt++; *fmt == 'l' || *fmt == 'z' || *fmt == 'j'; fmt++)
            is_long = true;
        if (*fmt == '\0')
            break;
        conversion(t, *fmt, is_long, &args);
    }
    va_end(args.ap);
}

void base_text_format(struct base_text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    base_text_vformat(t, fmt, ap);
    va_end(ap);
}

/* The digit's value, or 16 where c is none. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

bool base_text_parse_u64(const char *s, uint64_t *value)
{
    bool hex = base_str_starts(s, "0x") || base_str_starts(s, "0X");
    unsigned base = hex ? 16 : 10;
    uint64_t sum = 0;

    s += hex ? 2 : 0;
    if (*s == '\0')
        return false;
    for (; *s; s++) {
        unsigned d = digit(*s);

        if (d >= base || __builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
            __builtin_add_overflow(sum, (uint64_t)d, &sum))
            return false;
    }
    *value = sum;
    return true;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    a = a < b ? a : b;
    return a < c ? a : c;
}

/* Levenshtein's distance, one row at a time. */
unsigned base_text_distance(const char *a, const char *b)
{
    unsigned row[LETTERS + 1];
    size_t len = base_str_length(b);

    if (len > LETTERS || base_str_length(a) > LETTERS)
        return UINT_MAX;

    for (size_t j = 0; j <= len; j++)
        row[j] = (unsigned)j;
    for (; *a; a++) {
        unsigned diagonal = row[0]++;

        for (size_t j = 1; j <= len; j++) {
            unsigned above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (*a != b[j - 1]));
            diagonal = above;
        }
    }
    return row[len];
}
