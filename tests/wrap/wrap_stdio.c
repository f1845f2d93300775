/* Formats and streams, with what they print, read and return. */
#include <errno.h>
#include <printf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <wchar.h>

#include "wrap.h"

/* The fortified forms and the old ones are declared nowhere; macros of stdio would not come to the wrappers. */
#undef putc
#undef getc
int _IO_putc(int c, FILE *f);
int _IO_getc(FILE *f);
ssize_t __getdelim(char **line, size_t *n, int end, FILE *f);
char *__fgets_unlocked_chk(char *b, size_t room, int n, FILE *f);
size_t __fread_unlocked_chk(void *b, size_t room, size_t size, size_t n, FILE *f);
wchar_t *__fgetws_chk(wchar_t *b, size_t room, int n, FILE *f);
int __printf_chk(int flag, const char *format, ...);
int __fprintf_chk(FILE *f, int flag, const char *format, ...);
int __dprintf_chk(int fd, int flag, const char *format, ...);
int __sprintf_chk(char *b, int flag, size_t room, const char *format, ...);
int __snprintf_chk(char *b, size_t n, int flag, size_t room, const char *format, ...);
int __asprintf_chk(char **b, int flag, const char *format, ...);
void __syslog_chk(int level, int flag, const char *format, ...);
int __vprintf_chk(int flag, const char *format, va_list ap);
int __vfprintf_chk(FILE *f, int flag, const char *format, va_list ap);
int __vdprintf_chk(int fd, int flag, const char *format, va_list ap);
int __vsprintf_chk(char *b, int flag, size_t room, const char *format, va_list ap);
int __vsnprintf_chk(char *b, size_t n, int flag, size_t room, const char *format, va_list ap);
int __vasprintf_chk(char **b, int flag, const char *format, va_list ap);
void __vsyslog_chk(int level, int flag, const char *format, va_list ap);
int __wprintf_chk(int flag, const wchar_t *format, ...);
int __fwprintf_chk(FILE *f, int flag, const wchar_t *format, ...);
int __swprintf_chk(wchar_t *b, size_t n, int flag, size_t room, const wchar_t *format, ...);
int __vwprintf_chk(int flag, const wchar_t *format, va_list ap);
int __vfwprintf_chk(FILE *f, int flag, const wchar_t *format, va_list ap);
int __vswprintf_chk(wchar_t *b, size_t n, int flag, size_t room, const wchar_t *format, va_list ap);
int isoc99_scanf(const char *format, ...) __asm__("__isoc99_scanf");
int isoc99_vscanf(const char *format, va_list ap) __asm__("__isoc99_vscanf");
int old_scanf(const char *format, ...) __asm__("scanf");
int old_vscanf(const char *format, va_list ap) __asm__("vscanf");
int old_fscanf(FILE *f, const char *format, ...) __asm__("fscanf");
int old_vfscanf(FILE *f, const char *format, va_list ap) __asm__("vfscanf");
int old_sscanf(const char *s, const char *format, ...) __asm__("sscanf");
int old_vsscanf(const char *s, const char *format, va_list ap) __asm__("vsscanf");
int old_swscanf(const wchar_t *s, const wchar_t *format, ...) __asm__("swscanf");
int old_vswscanf(const wchar_t *s, const wchar_t *format, va_list ap) __asm__("vswscanf");

static char b[128], c[128];
static wchar_t w[128];

/* Each conversion that takes an argument of another kind, by turns and out of turn. */
static void formats(void)
{
    int n = 0;

    MUST(sprintf(b, "%d %s %c %5.2f %Lf %-8s|%n", 7, "text", 'x', 1.5, 2.5L, "left", &n) == n);
    MUST(strcmp(b, "7 text x  1.50 2.500000 left    |") == 0);
    MUST(snprintf(b, 8, "%*d%%%.*s", 4, 42, 3, "abcdef") == 8 && strcmp(b, "  42%ab") == 0);
    MUST(sprintf(b, "%2$s %1$d %2$.1s %3$ls", 1, "two", L"wide") == 12 &&
         strcmp(b, "two 1 t wide") == 0);
    MUST(sprintf(b, "%hhd %hd %ld %lld %zu %jd %td %p", 1, 2, 3l, 4ll, (size_t)5, (intmax_t)6,
                 (ptrdiff_t)7, (void *)0) == 19);
    MUST(sprintf(b, "%s", (char *)NULL) == 6 && swprintf(w, 128, L"%s-%ls-%d", "a", L"b", 3) == 5);
    MUST(wcscmp(w, L"a-b-3") == 0);
}

static void by_list(FILE *f, const char *format, ...)
{
    char *made;
    va_list ap;

#define WITH(call)                                                                                 \
    va_start(ap, format);                                                                          \
    MUST((call) == 6);                                                                             \
    va_end(ap)
    WITH(vprintf(format, ap));
    WITH(__vprintf_chk(1, format, ap));
    WITH(vfprintf(f, format, ap));
    WITH(__vfprintf_chk(f, 1, format, ap));
    WITH(vdprintf(fileno(f), format, ap));
    WITH(__vdprintf_chk(fileno(f), 1, format, ap));
    WITH(vsprintf(b, format, ap));
    WITH(__vsprintf_chk(b, 1, 128, format, ap));
    WITH(vsnprintf(b, 128, format, ap));
    WITH(__vsnprintf_chk(b, 128, 1, 128, format, ap));
    WITH(vasprintf(&made, format, ap));
    free(made);
    WITH(__vasprintf_chk(&made, 1, format, ap));
    free(made);
    va_start(ap, format);
    vsyslog(LOG_DEBUG, format, ap);
    va_end(ap);
    va_start(ap, format);
    __vsyslog_chk(LOG_DEBUG, 1, format, ap);
    va_end(ap);
    MUST(strcmp(b, "  6:xy") == 0);
}

static void printed(FILE *f)
{
    char *made;

    by_list(f, "%3d:%s", 6, "xy");
    MUST(printf("%s\n", "printed") == 8 && __printf_chk(1, "%s\n", "printed") == 8);
    MUST(fprintf(f, "%d", 12) == 2 && __fprintf_chk(f, 1, "%d", 12) == 2);
    MUST(dprintf(fileno(f), "%d", 12) == 2 && __dprintf_chk(fileno(f), 1, "%d", 12) == 2);
    MUST(__sprintf_chk(b, 1, 128, "%d", 12) == 2 && __snprintf_chk(b, 128, 1, 128, "%d", 12) == 2);
    MUST(asprintf(&made, "%d", 12) == 2 && strcmp(made, "12") == 0);
    free(made);
    MUST(__asprintf_chk(&made, 1, "%d", 12) == 2);
    free(made);
    syslog(LOG_DEBUG, "%s", "nothing");
    __syslog_chk(LOG_DEBUG, 1, "%s", "nothing");
}

static void by_wide_list(FILE *f, const wchar_t *format, ...)
{
    va_list ap;

    MUST(freopen("/dev/null", "w", stdout));
    WITH(vwprintf(format, ap));
    WITH(__vwprintf_chk(1, format, ap));
    WITH(vfwprintf(f, format, ap));
    WITH(__vfwprintf_chk(f, 1, format, ap));
    WITH(vswprintf(w, 128, format, ap));
    WITH(__vswprintf_chk(w, 128, 1, 128, format, ap));
    MUST(wcscmp(w, L"  6:xy") == 0);
}

/* Of the streams that carry wide characters. */
static void wide(void)
{
    int out = dup(1);
    FILE *f = tmpfile();

    MUST(f && out >= 0);
    fflush(stdout);
    by_wide_list(f, L"%3d:%s", 6, "xy");
    MUST(wprintf(L"%d", 12) == 2 && __wprintf_chk(1, L"%d", 12) == 2 && putwchar(L'x') == L'x');
    MUST(fwprintf(f, L"%d", 12) == 2 && __fwprintf_chk(f, 1, L"%d", 12) == 2);
    MUST(__swprintf_chk(w, 128, 1, 128, L"%d", 12) == 2);
    rewind(f);
    MUST(fputws(L"abcd\nefgh\nij", f) >= 0 && fputwc(L'k', f) == L'k' && putwc(L'l', f) == L'l');
    rewind(f);
    MUST(fgetws(w, 128, f) == w && wcscmp(w, L"abcd\n") == 0);
    MUST(__fgetws_chk(w, 128, 128, f) == w && wcscmp(w, L"efgh\n") == 0);
    MUST(fgetwc(f) == L'i' && getwc(f) == L'j' && ungetwc(L'j', f) == L'j' && getwc(f) == L'j');
    fclose(f);
    MUST(freopen64("/dev/null", "w", stdout) && dup2(out, 1) == 1 && close(out) == 0);
}

static void scanned_list(int want, const char *s, const char *format, ...)
{
    FILE *f = tmpfile();
    va_list ap;

    MUST(f && fputs(s, f) >= 0);
    rewind(f);
    va_start(ap, format);
    MUST(vfscanf(f, format, ap) == want);
    va_end(ap);
    rewind(f);
    va_start(ap, format);
    MUST(old_vfscanf(f, format, ap) == want);
    va_end(ap);
    va_start(ap, format);
    MUST(vsscanf(s, format, ap) == want);
    va_end(ap);
    va_start(ap, format);
    MUST(old_vsscanf(s, format, ap) == want);
    va_end(ap);
    va_start(ap, format);
    MUST(isoc99_vscanf(format, ap) == EOF && old_vscanf("", ap) == 0);
    va_end(ap);
    fclose(f);
}

static void scanned_wide_list(const wchar_t *s, const wchar_t *format, ...)
{
    va_list ap;

    va_start(ap, format);
    MUST(vswscanf(s, format, ap) == 1);
    va_end(ap);
    va_start(ap, format);
    MUST(old_vswscanf(s, format, ap) == 1);
    va_end(ap);
}

static void scanned(void)
{
    int i = 0, n = 0;
    short h = 0;
    double d = 0;
    float g = 0;
    char *made = NULL, two[2];
    FILE *f = tmpfile();

    MUST(freopen("/dev/null", "r", stdin));
    MUST(sscanf("12 word 1.5", "%d %s %lf%n", &i, b, &d, &n) == 3 && i == 12 && d == 1.5 &&
         n == 11);
    MUST(sscanf("[ab]x 7", "[%[a-c]]%2c%hd", c, two, &h) == 3 && strcmp(c, "ab") == 0 &&
         two[1] == ' ');
    MUST(sscanf("5 made 2", "%*d %ms %f", &made, &g) == 2 && strcmp(made, "made") == 0 && g == 2);
    free(made);
    MUST(sscanf("1 2", "%2$d %1$d", &i, &n) == 2 && i == 2 && n == 1 && sscanf("x", "%d", &i) == 0);
    MUST(old_sscanf("text", "%as", &made) == 1 && strcmp(made, "text") == 0);
    free(made);
    MUST(f && fputs("3 4", f) >= 0);
    rewind(f);
    MUST(fscanf(f, "%d", &i) == 1 && old_fscanf(f, "%d", &n) == 1 && i == 3 && n == 4);
    fclose(f);
    MUST(isoc99_scanf("%d", &i) == EOF && old_scanf("%d", &i) == EOF);
    MUST(swscanf(L"8", L"%d", &i) == 1 && old_swscanf(L"9", L"%d", &n) == 1 && i == 8 && n == 9);
    scanned_list(2, "4 five", "%d %s", &i, b);
    scanned_wide_list(L"6", L"%d", &i);
}

static void lives(void)
{
    static char room[BUFSIZ], text[64];
    char *made;
    size_t n;
    FILE *f;

    MUST((f = fopen("/dev/null", "w")) && fclose(f) == 0 && (f = fopen64("/dev/null", "r+")));
    setbuf(f, room);
    MUST(setvbuf(f, room, _IOFBF, sizeof(room)) == 0);
    setbuffer(f, NULL, 0);
    setlinebuf(f);
    MUST(fclose(f) == 0 && (f = fdopen(dup(1), "w")) && fclose(f) == 0);
    MUST((f = popen("exit 3", "r")) && pclose(f) == 3 << 8);
    MUST((f = tmpfile64()) && fclose(f) == 0 && (f = fmemopen(text, 64, "w")) && fclose(f) == 0);
    MUST((f = open_memstream(&made, &n)) && fputs("made", f) >= 0 && fclose(f) == 0);
    MUST(n == 4 && strcmp(made, "made") == 0);
    free(made);
    MUST((f = fopencookie(NULL, "r", (cookie_io_functions_t){ 0 })) && fclose(f) == 0);
}

static void characters(FILE *f)
{
    char *line = NULL;
    size_t n = 0;

    rewind(f);
    flockfile(f);
    MUST(ftrylockfile(f) == 0);
    funlockfile(f);
    funlockfile(f);
    MUST(fputs("one\n", f) >= 0 && fputs_unlocked("two\n", f) >= 0 && fputc('a', f) == 'a');
    MUST(putc('b', f) == 'b' && _IO_putc('\n', f) == '\n' && fputc_unlocked('c', f) == 'c');
    MUST(putc_unlocked('\n', f) == '\n' && fputs("five\nsix\nseven\neight\n", f) >= 0);
    MUST(puts("puts") >= 0 && putchar('\n') == '\n' && putchar_unlocked('\n') == '\n');
    MUST(fflush(f) == 0 && fflush_unlocked(f) == 0 && fseek(f, 0, SEEK_SET) == 0);
    MUST(fgetc(f) == 'o' && getc(f) == 'n' && _IO_getc(f) == 'e' && ungetc('e', f) == 'e');
    MUST(fgetc_unlocked(f) == 'e' && getc_unlocked(f) == '\n');
    MUST(getline(&line, &n, f) == 4 && strcmp(line, "two\n") == 0 &&
         getdelim(&line, &n, '\n', f) == 3);
    MUST(__getdelim(&line, &n, '\n', f) == 2 && strcmp(line, "c\n") == 0);
    MUST(fgets_unlocked(b, 128, f) == b && __fgets_unlocked_chk(b, 128, 128, f) == b);
    MUST(strcmp(b, "six\n") == 0 && __fread_unlocked_chk(b, 128, 1, 2, f) == 2 && b[1] == 'e');
    MUST(getchar() == EOF && getchar_unlocked() == EOF);
    free(line);
}

static void places(FILE *f)
{
    fpos_t p;
    fpos64_t p64;

    MUST(fseeko(f, 0, SEEK_SET) == 0 && fseeko64(f, 0, SEEK_SET) == 0 && ftell(f) == 0);
    MUST(putw(7, f) == 0);
    rewind(f);
    MUST(getw(f) == 7 && ftello(f) == 4 && ftello64(f) == 4 && !feof(f) && !ferror(f));
    MUST(fgetpos(f, &p) == 0 && fgetpos64(f, &p64) == 0 && fsetpos(f, &p) == 0 &&
         fsetpos64(f, &p64) == 0);
    clearerr(f);
    errno = 0;
    perror("no error at all");
}

static int print_nothing(FILE *f, const struct printf_info *info, const void *const *args)
{
    return 0;
}

static int takes_nothing(const struct printf_info *info, size_t n, int *types, int *size)
{
    return 0;
}

static int takes_none(const struct printf_info *info, size_t n, int *types)
{
    return 0;
}

/* Last, since no argument is looked at any more. */
static void own_conversions(void)
{
    MUST(register_printf_specifier('W', print_nothing, takes_nothing) == 0);
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    MUST(register_printf_function('V', print_nothing, takes_none) == 0);
    MUST(register_printf_modifier(L"QQ") >= 0);
    MUST(sprintf(b, "%W%s", "after") == 5 && strcmp(b, "after") == 0);
}

void wrap_stdio(void)
{
    FILE *f = tmpfile();

    MUST(f);
    formats();
    printed(f);
    scanned();
    lives();
    characters(f);
    places(f);
    fclose(f);
    wide();
    own_conversions();
}
