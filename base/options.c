/*
 * base/options.c - the option table, its parser and its messages, see base/options.h and options.def.
 *
 * The rows are read twice: once for what users see (base_option_rows), once for where the value lies
 * (fields), in the same order. `base_options` is written once at start-up, before other threads.
 */
#include "base/options.h"

#include "base/mem.h"
#include "base/sys.h"
#include "base/text.h"

struct base_options base_options;

const struct base_option_row base_option_rows[] = {
#define OPTION_STR(name, def, help) { #name, def, NULL, help, 0 },
#define OPTION_UINT(name, def, max, help) { #name, #def, NULL, help, max },
#define OPTION_WORD(name, def, words, help) { #name, def, words, help, 0 },
#include "base/options.def"
#undef OPTION_STR
#undef OPTION_UINT
#undef OPTION_WORD
};

const size_t base_option_count = sizeof base_option_rows / sizeof *base_option_rows;

enum kind { STR, UINT, WORD };

static const struct field {
    enum kind kind;
    size_t offset; /* in struct base_options */
    size_t size;   /* bytes there */
} fields[] = {
#define FIELD(kind, name)                                                                          \
    { kind, offsetof(struct base_options, name), sizeof(((struct base_options *)0)->name) },
#define OPTION_STR(name, def, help) FIELD(STR, name)
#define OPTION_UINT(name, def, max, help) FIELD(UINT, name)
#define OPTION_WORD(name, def, words, help) FIELD(WORD, name)
#include "base/options.def"
#undef OPTION_STR
#undef OPTION_UINT
#undef OPTION_WORD
#undef FIELD
};

enum { KEY_MAX = 32, LINE_SIZE = 512, SHOWN = 64 };

/* The row's index, or -1. */
static int find(const char *key)
{
    for (size_t i = 0; i < base_option_count; i++) {
        if (base_str_equal(base_option_rows[i].name, key))
            return (int)i;
    }
    return -1;
}

static void *place(const struct base_options *o, const struct field *f)
{
    return (char *)(uintptr_t)o + f->offset;
}

/* True if word is one of those in "a|b|c". */
static bool one_of(const char *word, const char *words)
{
    size_t len = base_str_length(word);

    while (*words) {
        size_t n = 0;

        while (words[n] && words[n] != '|')
            n++;
        if (n == len && base_mem_compare(word, words, n) == 0)
            return true;
        words += n + (words[n] == '|');
    }
    return false;
}

static bool store(void *at, const struct field *f, const struct base_option_row *row,
                  const char *value)
{
    uint64_t number;

    if (f->kind == UINT) {
        if (!base_text_parse_u64(value, &number) || number > row->max)
            return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    }
    if (base_str_length(value) >= f->size || (row->words && !one_of(value, row->words)))
        return false;
    base_str_copy(at, value, f->size);
    return true;
}

void base_options_defaults(struct base_options *o)
{
    for (size_t i = 0; i < base_option_count; i++)
        store(place(o, &fields[i]), &fields[i], &base_option_rows[i], base_option_rows[i].def);
}

/* What a user typed, in quotes, cut to a size that a line bears. */
static void quote(struct base_text *t, const char *s)
{
    base_text_char(t, '\'');
    for (int i = 0; *s && i < SHOWN; i++, s++)
        base_text_char(t, *s >= ' ' && *s != 0x7f ? *s : '?');
    base_text_str(t, *s ? "...'" : "'");
}

static void say_unknown(struct base_text *t, const char *key)
{
    const char *near = base_options_nearest(key);

    base_text_str(t, "unknown option ");
    quote(t, key);
    if (near)
        base_text_format(t, ", did you mean '%s'?", near);
}

static void say_bad_value(struct base_text *t, int i, const char *value)
{
    const struct base_option_row *row = &base_option_rows[i];

    base_text_format(t, "option '%s': ", row->name);
    quote(t, value);
    if (fields[i].kind == UINT)
        base_text_format(t, " is not a number from 0 to %lu", (unsigned long)row->max);
    else if (row->words)
        base_text_format(t, " is not one of %s", row->words);
    else
        base_text_format(t, " is longer than %lu bytes", (unsigned long)fields[i].size - 1);
}

bool base_options_set(struct base_options *o, const char *key, const char *value, char *err,
                      size_t err_size)
{
    int i = find(key);
    struct base_text t;

    if (i >= 0 && store(place(o, &fields[i]), &fields[i], &base_option_rows[i], value))
        return true;
    base_text_init(&t, err, err_size);
    if (i < 0)
        say_unknown(&t, key);
    else
        say_bad_value(&t, i, value);
    return false;
}

static bool is_separator(char c)
{
    return c == ':' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One item as it stands in the text. */
struct item {
    char key[KEY_MAX];
    bool has_value, closed;            /* closed: no quote is left open */
    char value[BASE_OPTIONS_TEXT + 1]; /* one more than fits, so that too long shows */
};

/* Takes the key up to '=' or a separator. A key too long for any row is cut: it is unknown anyway. */
static const char *take_key(const char *s, struct item *item)
{
    size_t n = 0;

    for (; *s && *s != '=' && !is_separator(*s); s++) {
        if (n < KEY_MAX - 1)
            item->key[n++] = *s;
    }
    item->key[n] = '\0';
    return s;
}

/* Takes the value: quotes may stand around the whole of it or a part. */
static const char *take_value(const char *s, struct item *item)
{
    size_t n = 0;
    bool quoted = false;

    for (; *s && (quoted || !is_separator(*s)); s++) {
        if (*s == '"')
            quoted = !quoted;
        else if (n < sizeof item->value - 1)
            item->value[n++] = *s;
    }
    item->value[n] = '\0';
    item->closed = !quoted;
    return s;
}

/* Sets what the item says; false with a line in err. */
static bool apply(struct base_options *o, const struct item *item, char *err, size_t err_size)
{
    struct base_text t;

    if (item->has_value && item->closed)
        return base_options_set(o, item->key, item->value, err, err_size);
    base_text_init(&t, err, err_size);
    if (find(item->key) < 0)
        say_unknown(&t, item->key);
    else if (item->has_value)
        base_text_format(&t, "option '%s': a double quote is not closed", item->key);
    else
        base_text_format(&t, "option '%s' needs a value: %s=...", item->key, item->key);
    return false;
}

unsigned base_options_parse(struct base_options *o, const char *text, void (*bad)(const char *line))
{
    struct item item;
    char line[LINE_SIZE];
    unsigned wrong = 0;

    for (;;) {
        while (is_separator(*text))
            text++;
        if (*text == '\0')
            return wrong;
        text = take_key(text, &item);
        item.has_value = *text == '=';
        if (item.has_value)
            text = take_value(text + 1, &item);
        if (!apply(o, &item, line, sizeof line)) {
            wrong++;
            if (bad)
                bad(line);
        }
    }
}

void base_options_get(const struct base_options *o, const char *key, char *buf, size_t size)
{
    int i = find(key);
    struct base_text t;

    base_text_init(&t, buf, size);
    if (i < 0)
        return;
    if (fields[i].kind == UINT)
        base_text_u64(&t, *(uint32_t *)place(o, &fields[i]));
    else
        base_text_str(&t, place(o, &fields[i]));
}

void base_options_expand(const char *path, const char *program, bool child, char *out, size_t size)
{
    struct base_text t;
    bool has_pid = false;

    base_text_init(&t, out, size);
    for (; *path; path++) {
        if (path[0] == '%' && path[1] == 'p') {
            base_text_u64(&t, (uint64_t)base_sys_getpid());
            has_pid = true;
            path++;
        } else if (path[0] == '%' && path[1] == 'e') {
            base_text_str(&t, base_str_basename(program));
            path++;
        } else {
            path += path[0] == '%' && path[1] == '%';
            base_text_char(&t, *path);
        }
    }
    if (child && !has_pid)
        base_text_format(&t, ".%d", base_sys_getpid());
}

const char *base_options_nearest(const char *key)
{
    size_t len = base_str_length(key);
    unsigned best = len < 6 ? 2 : (unsigned)len / 3; /* farther away is no typing error */
    const char *name = NULL;

    if (len == 0 || len >= KEY_MAX)
        return NULL;
    for (size_t i = 0; i < base_option_count; i++) {
        unsigned d = base_text_distance(key, base_option_rows[i].name);

        if (d < best || (d == best && !name)) {
            best = d;
            name = base_option_rows[i].name;
        }
    }
    return name;
}
