/* Text: strings, numbers, sorting, random numbers, wide strings. */
#include <inttypes.h>
#include <locale.h>
#include <search.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>
#include <wchar.h>

#include "wrap.h"

/* Declared nowhere, or as macros. */
char *__strtok_r(char *s, const char *set, char **save);
char *__strdup(const char *s);
char *__strndup(const char *s, size_t n);
int __xpg_strerror_r(int error, char *b, size_t n);
void __explicit_bzero_chk(void *d, size_t n, size_t room);
char *__xpg_basename(char *s);
char *dirname(char *s);
wchar_t *__wcscpy_chk(wchar_t *d, const wchar_t *s, size_t room);
wchar_t *__wcpcpy_chk(wchar_t *d, const wchar_t *s, size_t room);
wchar_t *__wcsncpy_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wcpncpy_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wcscat_chk(wchar_t *d, const wchar_t *s, size_t room);
wchar_t *__wcsncat_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wmemcpy_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wmempcpy_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wmemmove_chk(wchar_t *d, const wchar_t *s, size_t n, size_t room);
wchar_t *__wmemset_chk(wchar_t *d, wchar_t c, size_t n, size_t room);
size_t __mbstowcs_chk(wchar_t *d, const char *s, size_t n, size_t room);
size_t __wcstombs_chk(char *d, const wchar_t *s, size_t n, size_t room);
size_t __wcrtomb_chk(char *d, wchar_t c, mbstate_t *state, size_t room);

static char a[64], b[64];
static wchar_t w[64], v[64];

static void strings(void)
{
    char text[] = "k=v", *rest = a, *save;

    MUST(strcmp(strtok(text, "="), "k") == 0 && strcmp(strtok(NULL, "="), "v") == 0);
    strcpy(a, "x:y");
    MUST(strcmp(strsep(&rest, ":"), "x") == 0 && strcmp(rest, "y") == 0);
    strcpy(a, "x:y");
    MUST(strcmp(__strtok_r(a, ":", &save), "x") == 0);
    strcpy(a, "Hello World");
    MUST(strcasestr(a, "WORLD") == a + 6 && !strcasestr(a, "moon") && index(a, 'W') == a + 6);
    MUST(rindex(a, 'o') == a + 7 && strcoll(a, "Hello") > 0 && strverscmp("a9", "a10") < 0);
    MUST(strxfrm(b, a, 64) == 11 && strcmp(a, b) == 0);
    MUST(strcmp(basename("/a/b"), "b") == 0);
    strcpy(b, "/a/b");
    MUST(strcmp(__xpg_basename(b), "b") == 0 && strcmp(dirname(b), "/a") == 0);
    free(__strdup(a));
    free(__strndup(a, 3));
    MUST(strerror_r(0, b, 64) && __xpg_strerror_r(0, b, 64) == 0);
    swab(a, b, 4);
    MUST(b[0] == 'e' && b[1] == 'H');
    memfrob(b, 4);
    MUST(strfry(b) == b);
    __explicit_bzero_chk(b, 8, 64);
}

static void in_locale(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", NULL);

    MUST(c && strcoll_l("a", "b", c) < 0 && strxfrm_l(b, "a", 64, c) == 1);
    MUST(strcasecmp_l("A", "a", c) == 0 && strncasecmp_l("Ab", "aC", 1, c) == 0);
    MUST(strtol_l("1", NULL, 10, c) == 1 && strtoul_l("1", NULL, 10, c) == 1);
    MUST(strtoll_l("1", NULL, 10, c) == 1 && strtoull_l("1", NULL, 10, c) == 1);
    MUST(strtod_l("1", NULL, c) == 1 && strtof_l("1", NULL, c) == 1 &&
         strtold_l("1", NULL, c) == 1);
    MUST(strftime_l(b, 64, "%Y", &(struct tm){ .tm_year = 99 }, c) == 4 && strcmp(b, "1999") == 0);
    freelocale(c);
}

static void numbers(void)
{
    static char *const keys[] = { "one", "two", NULL };
    char *end = NULL, options[] = "two=2", *rest = options;
    int point, sign;

    MUST(strtol(" 42x", &end, 10) == 42 && *end == 'x' && strtoul("42", NULL, 10) == 42);
    MUST(strtoll("-7,", &end, 0) == -7 && *end == ',' && strtoull("0x10", NULL, 16) == 16);
    MUST(strtol("none", &end, 10) == 0 && *end == 'n');
    end = a;
    MUST(strtol("1", &end, 99) == 0 && end == a); /* no such base: nothing is stored */
    MUST(strtoimax("1", NULL, 10) == 1 && strtoumax("1", NULL, 10) == 1);
    MUST(strtoq("1", NULL, 10) == 1 && strtouq("1", NULL, 10) == 1);
    MUST(strtod("1.5e1z", &end) == 15 && *end == 'z' && strtof("2", NULL) == 2);
    MUST(strtold("3", NULL) == 3 && atoi(" -12") == -12 && atol("5") == 5 && atoll("6") == 6);
    MUST(atof("0.5") == 0.5 && a64l("/") == 1 && strcmp(l64a(1), "/") == 0);
    MUST(strcmp(ecvt(1.5, 2, &point, &sign), "15") == 0 && point == 1 && !sign);
    MUST(strcmp(fcvt(1.5, 1, &point, &sign), "15") == 0 && strcmp(gcvt(1.5, 3, b), "1.5") == 0);
    MUST(getsubopt(&rest, keys, &end) == 1 && strcmp(end, "2") == 0);
}

static int order(const void *x, const void *y)
{
    return *(const int *)x - *(const int *)y;
}

static int order_with(const void *x, const void *y, void *factor)
{
    return *(int *)factor * order(x, y);
}

static void sorting(void)
{
    static struct hsearch_data table;
    int list[4] = { 3, 1, 2 }, key = 3, other = 9, minus = -1;
    size_t n = 3;
    void *root = NULL;
    ENTRY item = { (char *)"key", NULL }, *found;
    struct node {
        struct node *next, *previous;
    } first = { 0 }, second;

    qsort(list, 3, sizeof(int), order);
    MUST(list[0] == 1 && list[1] == 2 && list[2] == 3);
    qsort_r(list, 3, sizeof(int), order_with, &minus);
    MUST(list[0] == 3 && list[2] == 1);
    MUST(lfind(&key, list, &n, sizeof(int), order) == list &&
         !lfind(&other, list, &n, sizeof(int), order));
    MUST(lsearch(&other, list, &n, sizeof(int), order) == list + 3 && n == 4 && list[3] == 9);
    MUST(tsearch(&key, &root, order) && tfind(&key, &root, order) && tdelete(&key, &root, order));
    MUST(hcreate(8) && hsearch(item, ENTER) && hsearch(item, FIND));
    MUST(hcreate_r(8, &table) && hsearch_r(item, ENTER, &found, &table));
    hdestroy_r(&table);
    insque(&first, NULL);
    insque(&second, &first);
    MUST(first.next == &second);
    remque(&second);
    MUST(!first.next);
}

static void chance(void)
{
    static struct drand48_data state;
    static struct random_data data;
    unsigned short x[7] = { 1, 2, 3 };
    unsigned seed = 1;
    int32_t out;
    double d;
    long l;

    srand48(1);
    MUST(drand48() >= 0 && lrand48() >= 0 && mrand48() != 1 && erand48(x) >= 0);
    MUST(nrand48(x) >= 0 && jrand48(x) != 1 && seed48(x));
    lcong48(x);
    MUST(srand48_r(1, &state) == 0 && drand48_r(&state, &d) == 0 && lrand48_r(&state, &l) == 0);
    MUST(mrand48_r(&state, &l) == 0 && rand_r(&seed) >= 0);
    MUST(initstate_r(1, b, 64, &data) == 0 && srandom_r(2, &data) == 0);
    MUST(random_r(&data, &out) == 0 && getrandom(b, 8, 0) == 8 && getentropy(b, 8) == 0);
    arc4random_buf(b, 8);
}

static void wide(void)
{
    wchar_t *save;

    MUST(wcscpy(w, L"one") == w && wcslen(w) == 3 && wcsnlen(w, 2) == 2 &&
         wcpcpy(v, L"two") == v + 3);
    MUST(wcscat(w, v) == w && wcsncat(w, L"three", 2) == w && wcscmp(w, L"onetwoth") == 0);
    MUST(wcsncpy(v, L"abc", 3) == v && wcpncpy(v, L"ab", 4) == v + 2 &&
         wcsncmp(w, L"onex", 3) == 0);
    MUST(wcscasecmp(w, L"ONETWOTH") == 0 && wcscoll(w, w) == 0 && wcschr(w, L't') == w + 3);
    MUST(wcsrchr(w, L't') == w + 6 && wcsstr(w, L"two") == w + 3 && wcsspn(w, L"on") == 2);
    MUST(wcscspn(w, L"t") == 3 && wcspbrk(w, L"xt") == w + 3 && wcsxfrm(v, L"a", 8) == 1);
    MUST(wmemset(v, L'x', 8) == v && wmemcpy(w + 16, v, 8) == w + 16 &&
         wmemchr(v, L'q', 8) == NULL);
    MUST(wmemcmp(w + 16, v, 8) == 0 && wmempcpy(v, w, 2) == v + 2 &&
         wmemmove(v + 1, v, 2) == v + 1);
    wcscpy(v, L"a b");
    MUST(wcscmp(wcstok(v, L" ", &save), L"a") == 0 && wcscmp(wcstok(NULL, L" ", &save), L"b") == 0);
    free(wcsdup(w));
    MUST(wcstol(L"12x", &save, 10) == 12 && *save == L'x' && wcstoul(L"1", NULL, 10) == 1);
    MUST(wcstoll(L"1", NULL, 10) == 1 && wcstoull(L"1", NULL, 10) == 1 && wcstod(L"1", NULL) == 1);
    MUST(wcstof(L"1", NULL) == 1 && wcstold(L"1", NULL) == 1);
}

static void wide_fortified(void)
{
    MUST(__wcscpy_chk(w, L"one", 64) == w && __wcpcpy_chk(v, L"two", 64) == v + 3);
    MUST(__wcsncpy_chk(v, L"abc", 4, 64) == v && __wcpncpy_chk(v, L"ab", 4, 64) == v + 2);
    MUST(__wcscat_chk(w, v, 64) == w && __wcsncat_chk(w, L"xyz", 1, 64) == w);
    MUST(wcscmp(w, L"oneabx") == 0 && __wmemcpy_chk(v, w, 4, 64) == v);
    MUST(__wmempcpy_chk(v, w, 4, 64) == v + 4 && __wmemmove_chk(v, w, 4, 64) == v);
    MUST(__wmemset_chk(v, L'y', 4, 64) == v && v[3] == L'y');
}

static void conversions(void)
{
    mbstate_t state = { 0 };
    const char *s = "abc";
    const wchar_t *ws = L"abc";

    MUST(mbstowcs(w, "abc", 64) == 3 && __mbstowcs_chk(w, "abc", 64, 64) == 3 &&
         wcscmp(w, L"abc") == 0);
    MUST(wcstombs(a, L"xyz", 64) == 3 && __wcstombs_chk(a, L"xyz", 64, 64) == 3 &&
         strcmp(a, "xyz") == 0);
    MUST(mbrtowc(w, "q", 1, &state) == 1 && w[0] == L'q' && mbrlen("q", 1, NULL) == 1);
    MUST(wcrtomb(a, L'r', &state) == 1 && __wcrtomb_chk(a, L'r', NULL, 64) == 1 && a[0] == 'r');
    MUST(mbsrtowcs(w, &s, 64, &state) == 3 && !s && wcsrtombs(a, &ws, 64, &state) == 3 && !ws);
    MUST(mblen("a", 1) == 1 && mbtowc(w, "a", 1) == 1 && wctomb(a, L'a') == 1);
}

void wrap_text(void)
{
    strings();
    in_locale();
    numbers();
    sorting();
    chance();
    wide();
    wide_fortified();
    conversions();
}
