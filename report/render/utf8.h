/*
 * report/render/utf8.h - which bytes are well-formed UTF-8 (Unicode 15, table 3-7).
 */
#ifndef REPORT_RENDER_UTF8_H
#define REPORT_RENDER_UTF8_H

#include <stdbool.h>

/* Bytes of the character at s, or 0 where it is malformed. */
static inline unsigned render_utf8_length(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    unsigned len = u[0] < 0x80   ? 1
                   : u[0] < 0xc2 ? 0
                   : u[0] < 0xe0 ? 2
                   : u[0] < 0xf0 ? 3
                   : u[0] < 0xf5 ? 4
                                 : 0;

    for (unsigned i = 1; i < len; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
        (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f))
        return 0;
    return len;
}

/* C1 controls, and the marks that reorder text on a terminal. */
static inline bool render_utf8_is_control(const char *s, unsigned len)
{
    const unsigned char *u = (const unsigned char *)s;

    if (len == 2)
        return u[0] == 0xc2 && u[1] < 0xa0;
    return len == 3 && u[0] == 0xe2 &&
           ((u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae) ||
            (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));
}

#endif
