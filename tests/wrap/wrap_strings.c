/* Bytes and strings, with what they return. Built without builtins, so that each is a call. */
#include <string.h>
#include <strings.h>

#include "wrap.h"

void *__memcpy_chk(void *d, const void *s, size_t n, size_t room);
void *__memmove_chk(void *d, const void *s, size_t n, size_t room);
void *__mempcpy_chk(void *d, const void *s, size_t n, size_t room);
void *__memset_chk(void *d, int c, size_t n, size_t room);
char *__strcpy_chk(char *d, const char *s, size_t room);
char *__stpcpy_chk(char *d, const char *s, size_t room);
char *__strncpy_chk(char *d, const char *s, size_t n, size_t room);
char *__stpncpy_chk(char *d, const char *s, size_t n, size_t room);
char *__strcat_chk(char *d, const char *s, size_t room);
char *__strncat_chk(char *d, const char *s, size_t n, size_t room);

static char a[64], b[64];

static void bytes(void)
{
    MUST(memset(a, 'x', 64) == a && memcpy(b, a, 64) == b && memcmp(a, b, 64) == 0);
    MUST(memmove(b + 1, b, 8) == b + 1 && mempcpy(b, "hello", 6) == b + 6);
    MUST(bcmp(b, "hello", 6) == 0 && memchr(b, 'l', 6) == b + 2 && memrchr(b, 'l', 6) == b + 3);
    MUST(memchr(b, 'q', 6) == NULL && memrchr(b, 'q', 6) == NULL && rawmemchr(b, 'o') == b + 4);
    MUST(memmem(b, 6, "ll", 2) == b + 2 && memccpy(a, b, 'l', 6) == a + 3);
    bcopy(b, a, 6);
    bzero(a, 6);
    explicit_bzero(a, 6);
    MUST(a[0] == 0);
    MUST(__memset_chk(a, 'y', 64, 64) == a && __memcpy_chk(b, a, 64, 64) == b);
    MUST(__memmove_chk(b, a, 64, 64) == b && __mempcpy_chk(b, a, 4, 64) == b + 4);
}

static void copies(void)
{
    MUST(strcpy(a, "one") == a && stpcpy(b, "two") == b + 3 && strcat(a, b) == a);
    MUST(strcmp(a, "onetwo") == 0 && strncat(a, "three", 2) == a && strcmp(a, "onetwoth") == 0);
    MUST(strncpy(b, "abcdef", 3) == b && stpncpy(b, "ab", 8) == b + 2);
    MUST(__strcpy_chk(a, "one", 64) == a && __stpcpy_chk(b, "two", 64) == b + 3);
    MUST(__strcat_chk(a, b, 64) == a && __strncat_chk(a, "three", 2, 64) == a);
    MUST(strcmp(a, "onetwoth") == 0);
    MUST(__strncpy_chk(b, "abc", 8, 64) == b && __stpncpy_chk(b, "ab", 8, 64) == b + 2);
    free(strdup(a));
    free(strndup(a, 3));
}

static void searches(void)
{
    char *save, text[] = "k=v;w";

    strcpy(a, "hello world");
    MUST(strlen(a) == 11 && strnlen(a, 5) == 5 && strchr(a, 'o') == a + 4 && !strchr(a, 'q'));
    MUST(strrchr(a, 'o') == a + 7 && *strchrnul(a, 'q') == 0 && strstr(a, "wor") == a + 6);
    MUST(strstr(a, "nope") == NULL && strspn(a, "hel") == 4 && strcspn(a, " ") == 5);
    MUST(strpbrk(a, "xw") == a + 6 && strncmp(a, "hell!", 4) == 0 && strcmp(a, "hello") > 0);
    MUST(strcasecmp(a, "HELLO WORLD") == 0 && strncasecmp(a, "HELL!", 4) == 0);
    MUST(strcmp(strtok_r(text, "=;", &save), "k") == 0);
    MUST(strcmp(strtok_r(NULL, "=;", &save), "v") == 0);
    MUST(strcmp(strtok_r(NULL, "=;", &save), "w") == 0 && !strtok_r(NULL, "=;", &save));
}

void wrap_strings(void)
{
    bytes();
    copies();
    searches();
}
