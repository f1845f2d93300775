/*
 * base/text.h - bounded text formatting into the caller's buffer. No locale, no malloc; signal-safe.
 *
 * Text that does not fit is cut; the buffer always ends in a NUL.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct base_text {
    char *buf;
    size_t size;
    size_t len;
};

void base_text_init(struct base_text *t, char *buf, size_t size);
void base_text_char(struct base_text *t, char c);
void base_text_str(struct base_text *t, const char *s);
void base_text_u64(struct base_text *t, uint64_t value);
void base_text_hex(struct base_text *t, uint64_t value); /* with 0x */
/* %s %d %u %ld %lu %lx %x %p %c %% only, no widths. */
void base_text_format(struct base_text *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void base_text_vformat(struct base_text *t, const char *fmt, va_list ap);
/* Decimal or 0x-hex number; false if s is not wholly a number or too large. */
bool base_text_parse_u64(const char *s, uint64_t *value);
/* How many letters a must change to be b; UINT_MAX where one has more than 32. */
unsigned base_text_distance(const char *a, const char *b);

#endif
