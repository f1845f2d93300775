/*
 * preload/format.h - which memory a format of printf(3) or scanf(3) makes libc read and write. Only for wrap.c.
 *
 * The format is scanned here a second time; libc's own scan is not touched. What is not known ends the scan: what stands
 * behind it is not seen.
 */
#ifndef PRELOAD_FORMAT_H
#define PRELOAD_FORMAT_H

#include <stdarg.h>

#include "preload/strings.h"

#define FORMAT(format, ap) (S(format), preload_format_printed(t, (format), false, (ap), &at))
#define WFORMAT(format, ap)                                                                        \
    (RW((format), WLEN(format) + 1), preload_format_printed(t, (format), true, (ap), &at))
#define SCANNED(format, ap, gnu) preload_format_scanned(t, (format), false, (ap), (gnu), ret, &at)
#define WSCANNED(format, ap, gnu) preload_format_scanned(t, (format), true, (ap), (gnu), ret, &at)
/* Characters that were written, with the terminator, where n had room. */
#define PRINTED(n) (ret < 0 ? 0 : LESS((size_t)ret + 1, (n)))

/* Before the call: texts are read, %n writes. `format` is of wchar_t where wide. */
void preload_format_printed(struct shadow_thread *t, const void *format, bool wide, va_list ap,
                            const struct base_where *at);
/* After the call, which made `done` assignments. gnu: "%as" is GNU's own old "%ms". */
void preload_format_scanned(struct shadow_thread *t, const void *format, bool wide, va_list ap,
                            bool gnu, int done, struct base_where *at);
/* The program has conversions of its own (printf.h): no arguments are looked at from now on. */
void preload_format_unknown(void);

#endif
