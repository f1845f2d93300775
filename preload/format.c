/*
 * preload/format.c - the conversions of a format, and the arguments they name. See format.h.
 *
 * Conversions are gathered first, then the arguments are taken in their order, then looked at: with "%2$s" an argument may
 * be named out of order, or more than once (POSIX, fprintf()). No state but one flag; runs inside Seance.
 */
#include "preload/format.h"

#define CONVERSIONS 64
#define ARGUMENTS 64
#define NONE (-1)

/* How an argument is passed. */
enum kind { KIND_NONE, KIND_WORD, KIND_DOUBLE, KIND_LONG_DOUBLE };

struct text {
    const char *narrow;
    const wchar_t *wide; /* NULL: narrow */
};

struct conversion {
    uint32_t letter;
    int value, width_from, precision_from; /* numbers of arguments, or NONE */
    long width, precision;                 /* NONE: not given */
    uint8_t size;                          /* bytes of an integer; 16: long double */
    bool length_l, suppressed, allocates;
    bool apart; /* text that must match stands before it */
};

struct conversions {
    unsigned count;
    struct conversion list[CONVERSIONS];
    unsigned nkinds;
    uint8_t kinds[ARGUMENTS];
    int next; /* argument of the next conversion without a number */
};

static bool unknown; /* set once; atomic */

void preload_format_unknown(void)
{
    __atomic_store_n(&unknown, true, __ATOMIC_RELAXED);
}

static uint32_t peek(const struct text *f)
{
    return f->wide ? (uint32_t)*f->wide : (unsigned char)*f->narrow;
}

static void step(struct text *f)
{
    if (f->wide)
        f->wide++;
    else
        f->narrow++;
}

static bool consume(struct text *f, uint32_t c)
{
    bool is = peek(f) == c;

    if (is)
        step(f);
    return is;
}

/* A number that stands here, or NONE. */
static long number(struct text *f)
{
    long n = NONE;

    for (; peek(f) >= '0' && peek(f) <= '9'; step(f))
        n = (n < 0 ? 0 : n < 1 << 24 ? n : 1 << 24) * 10 + (long)(peek(f) - '0');
    return n;
}

/* "12$" here: 11, the argument's number; else NONE and nothing is taken. */
static int position(struct text *f)
{
    struct text ahead = *f;
    long n = number(&ahead);

    if (n <= 0 || n > ARGUMENTS || peek(&ahead) != '$')
        return NONE;
    step(&ahead);
    *f = ahead;
    return (int)n - 1;
}

/* Takes an argument of that kind: the one with the number, or the next. False: too many. */
static bool take(struct conversions *c, int *number, enum kind kind)
{
    if (*number == NONE)
        *number = c->next++;
    if (*number >= ARGUMENTS)
        return false;
    c->kinds[*number] = (uint8_t)kind;
    if ((unsigned)*number >= c->nkinds)
        c->nkinds = (unsigned)*number + 1;
    return true;
}

static void length(struct text *f, struct conversion *v)
{
    v->size = sizeof(int);
    for (;; step(f)) {
        switch (peek(f)) {
        case 'h': v->size = v->size == sizeof(int) ? sizeof(short) : sizeof(char); break;
        case 'l': v->length_l = true; __attribute__((fallthrough));
        case 'j':
        case 'z':
        case 'Z':
        case 't': v->size = sizeof(long); break;
        case 'q': v->size = sizeof(long long); break;
        case 'L': v->size = sizeof(long double); break;
        default: return;
        }
    }
}

/* A width or precision: digits, or a star that takes an int. */
static bool measure(struct conversions *c, struct text *f, long *digits, int *from)
{
    *digits = NONE;
    if (!consume(f, '*')) {
        *digits = number(f);
        return true;
    }
    *from = position(f);
    return take(c, from, KIND_WORD);
}

static bool is_float(uint32_t letter)
{
    return letter == 'e' || letter == 'E' || letter == 'f' || letter == 'F' || letter == 'g' ||
           letter == 'G' || letter == 'a' || letter == 'A';
}

/* The kind of argument that a letter of printf() takes; false: an unknown letter. */
static bool printed_kind(const struct conversion *v, enum kind *kind)
{
    static const char words[] = "diouxXcCsSpn";

    *kind = KIND_NONE;
    if (v->letter == '%' || v->letter == 'm')
        return true;
    if (is_float(v->letter)) {
        *kind = v->size == sizeof(long double) ? KIND_LONG_DOUBLE : KIND_DOUBLE;
        return true;
    }
    *kind = KIND_WORD;
    for (unsigned i = 0; i < sizeof(words) - 1; i++)
        if (v->letter == (unsigned char)words[i])
            return true;
    return false;
}

/* The rest of a conversion, behind its percent sign. False: the scan ends here. */
static bool printed_conversion(struct conversions *c, struct text *f, struct conversion *v)
{
    enum kind kind;

    *v = (struct conversion){ .value = position(f), .width_from = NONE, .precision_from = NONE };
    while (peek(f) && peek(f) < 128 && PRELOAD_REAL(strchr)("-+ #0'I", (int)peek(f)))
        step(f);
    if (!measure(c, f, &v->width, &v->width_from))
        return false;
    v->precision = NONE;
    if (consume(f, '.')) {
        if (!measure(c, f, &v->precision, &v->precision_from))
            return false;
        if (v->precision == NONE && v->precision_from == NONE)
            v->precision = 0;
    }
    length(f, v);
    v->letter = peek(f);
    if (!printed_kind(v, &kind))
        return false;
    step(f);
    return kind == KIND_NONE || take(c, &v->value, kind);
}

static void fetch(const struct conversions *c, va_list from, uintptr_t *values)
{
    va_list ap;

    va_copy(ap, from);
    for (unsigned i = 0; i < c->nkinds; i++) {
        values[i] = 0;
        switch (c->kinds[i]) {
        case KIND_DOUBLE: (void)va_arg(ap, double); break;
        case KIND_LONG_DOUBLE: (void)va_arg(ap, long double); break;
        default: values[i] = va_arg(ap, uintptr_t); break;
        }
    }
    va_end(ap);
}

/* A text of %s: to its terminator, or as far as the precision goes. */
static void printed_text(struct shadow_thread *t, const struct conversion *v, uintptr_t value,
                         const uintptr_t *values, const struct base_where *at)
{
    long most = v->precision_from != NONE ? (int)values[v->precision_from] : v->precision;
    size_t n = most < 0 ? SIZE_MAX : (size_t)most;

    if (v->length_l || v->letter == 'S')
        preload_range(t, value, preload_bounded_wide((const wchar_t *)value, n) * sizeof(wchar_t),
                      SHADOW_PLAIN, at);
    else
        preload_range(t, value, preload_bounded((const char *)value, n), SHADOW_PLAIN, at);
}

void preload_format_printed(struct shadow_thread *t, const void *format, bool wide, va_list ap,
                            const struct base_where *at)
{
    struct text f = { wide ? NULL : format, wide ? format : NULL };
    struct conversions c = { .count = 0 };
    uintptr_t values[ARGUMENTS];

    if (__atomic_load_n(&unknown, __ATOMIC_RELAXED))
        return;
    while (peek(&f) && c.count < CONVERSIONS) {
        if (!consume(&f, '%'))
            step(&f);
        else if (printed_conversion(&c, &f, &c.list[c.count]))
            c.count++;
        else
            break;
    }
    fetch(&c, ap, values);
    for (unsigned i = 0; i < c.count; i++) {
        const struct conversion *v = &c.list[i];

        if (v->value == NONE || !values[v->value])
            continue;
        if (v->letter == 's' || v->letter == 'S')
            printed_text(t, v, values[v->value], values, at);
        else if (v->letter == 'n')
            preload_range(t, values[v->value], v->size, SHADOW_PLAIN | SHADOW_WRITE, at);
    }
}

/* A set "[^]a-z]", behind its opening bracket. */
static void skip_set(struct text *f)
{
    consume(f, '^');
    consume(f, ']');
    while (peek(f) && peek(f) != ']')
        step(f);
    consume(f, ']');
}

static bool is_text(uint32_t letter)
{
    return letter == 's' || letter == 'S' || letter == '[';
}

static bool scanned_conversion(struct conversions *c, struct text *f, struct conversion *v,
                               bool gnu)
{
    struct text ahead;

    *v = (struct conversion){ .value = position(f) };
    while (peek(f) == '*' || peek(f) == '\'' || peek(f) == 'I') {
        v->suppressed |= peek(f) == '*';
        step(f);
    }
    v->width = number(f);
    ahead = *f;
    if (gnu && consume(&ahead, 'a') && (is_text(peek(&ahead)) || peek(&ahead) == 'l')) {
        v->allocates = true;
        *f = ahead;
    }
    v->allocates |= consume(f, 'm');
    length(f, v);
    v->letter = peek(f);
    if (!v->letter)
        return false;
    step(f);
    if (v->letter == '[')
        skip_set(f);
    return v->letter == '%' || v->suppressed || take(c, &v->value, KIND_WORD);
}

/* Bytes that an assignment of v to p has written. */
static size_t scanned_size(const struct conversion *v, uintptr_t p)
{
    bool wide = v->length_l || v->letter == 'S' || v->letter == 'C';

    if (is_text(v->letter))
        return wide ? (PRELOAD_REAL(wcslen)((const wchar_t *)p) + 1) * sizeof(wchar_t)
                    : PRELOAD_REAL(strlen)((const char *)p) + 1;
    if (v->letter == 'c' || v->letter == 'C')
        return (size_t)(v->width > 0 ? v->width : 1) * (wide ? sizeof(wchar_t) : 1);
    if (v->letter == 'p')
        return sizeof(void *);
    if (is_float(v->letter))
        return v->size == sizeof(long double) ? v->size
               : v->length_l                  ? sizeof(double)
                                              : sizeof(float);
    return v->size == sizeof(long double) ? sizeof(long long) : v->size;
}

static void scanned_argument(struct shadow_thread *t, const struct conversion *v, uintptr_t p,
                             struct base_where *at)
{
    uint32_t write = SHADOW_PLAIN | SHADOW_WRITE;

    if (v->allocates) {
        preload_range(t, p, sizeof(void *), write, at);
        preload_heap_alloc(t, *(void **)p, scanned_size(v, *(uintptr_t *)p), at);
    } else {
        preload_range(t, p, scanned_size(v, p), write, at);
    }
}

/* Whether a later conversion was assigned, so that the %n in place i was come to. */
static bool come_to(const struct conversions *c, unsigned i, int left)
{
    for (; left > 0 && i < c->count; i++)
        if (c->list[i].value != NONE && c->list[i].letter != 'n' && !c->list[i].suppressed)
            return true;
    return false;
}

static void gather_scanned(struct conversions *c, struct text *f, bool gnu)
{
    bool apart = false;

    while (peek(f) && c->count < CONVERSIONS) {
        if (!consume(f, '%')) {
            apart |= peek(f) != ' ' && !(peek(f) >= '\t' && peek(f) <= '\r');
            step(f);
            continue;
        }
        if (!scanned_conversion(c, f, &c->list[c->count], gnu))
            break;
        c->list[c->count++].apart = apart;
        apart = false;
    }
}

void preload_format_scanned(struct shadow_thread *t, const void *format, bool wide, va_list ap,
                            bool gnu, int done, struct base_where *at)
{
    struct text f = { wide ? NULL : format, wide ? format : NULL };
    struct conversions c = { .count = 0 };
    uintptr_t values[ARGUMENTS];
    bool directly = true; /* behind an assignment, with nothing between */

    gather_scanned(&c, &f, gnu);
    fetch(&c, ap, values);
    for (unsigned i = 0; i < c.count; i++) {
        const struct conversion *v = &c.list[i];

        directly = directly && !v->apart && v->letter != '%' && !v->suppressed;
        if (v->letter == '%' || v->suppressed)
            continue;
        if (v->letter == 'n') {
            if (come_to(&c, i + 1, done) || directly)
                scanned_argument(t, v, values[v->value], at);
        } else if (done-- > 0) {
            scanned_argument(t, v, values[v->value], at);
            directly = true;
        } else {
            break;
        }
    }
}
