/*
 * report/render/suppress.c - see suppress.h. The language is ThreadSanitizer's, with our kinds as further words.
 */
#include "report/render/suppress.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
    char *word, *pattern;
    unsigned long used;
};

struct render_rules {
    struct rule *all;
    size_t count;
};

/* What a word stands for; our own kinds stand for themselves. */
static const struct {
    const char *word, *kind;
} words[] = {
    { "race", "data-race" },           { "race", "mixed-atomic" },
    { "race", "heap-use-after-free" }, { "race_top", "data-race" },
    { "race_top", "mixed-atomic" },    { "deadlock", "lock-order-inversion" },
    { "mutex", "mutex-misuse" },       { "thread", "thread-leak" },
};

static bool word_means(const char *word, const char *kind)
{
    if (strcmp(word, kind) == 0)
        return true;
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) == 0 && strcmp(words[i].kind, kind) == 0)
            return true;
    }
    return false;
}

static bool word_known(const char *word)
{
#define KIND(constant, name, title, prefix, severity) || strcmp(word, name) == 0
    if (strcmp(word, "called_from_lib") == 0 || strcmp(word, "signal") == 0
#include "report/kinds.def"
    )
        return true;
#undef KIND
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) == 0)
            return true;
    }
    return false;
}

/* The pattern against the start of text; at_end: to its end. Linear but for the last '*'. */
static bool match_here(const char *p, const char *p_end, const char *text, bool at_end)
{
    const char *star = NULL, *retry = NULL;

    for (;;) {
        if (p < p_end && *p == '*') {
            star = ++p;
            retry = text;
        } else if (p == p_end && (!at_end || *text == '\0')) {
            return true;
        } else if (p < p_end && *p == *text && *text) {
            p++;
            text++;
        } else if (star && *retry) {
            p = star;
            text = ++retry;
        } else {
            return false;
        }
    }
}

bool render_rules_pattern(const char *pattern, const char *text)
{
    const char *end = pattern + strlen(pattern);
    bool at_start = *pattern == '^', at_end = end > pattern && end[-1] == '$';

    pattern += at_start;
    end -= at_end && end > pattern;
    if (at_start)
        return match_here(pattern, end, text, at_end);
    for (;; text++) {
        if (match_here(pattern, end, text, at_end))
            return true;
        if (*text == '\0')
            return false;
    }
}

static bool frame_matches(const char *pattern, const struct render_frame *f)
{
    return (f->function && render_rules_pattern(pattern, f->function)) ||
           (f->file && render_rules_pattern(pattern, f->file)) ||
           (f->path && render_rules_pattern(pattern, f->path)) ||
           (f->module && render_rules_pattern(pattern, f->module));
}

static bool stack_matches(const struct rule *r, const struct render_stack *s)
{
    if (strcmp(r->word, "race_top") == 0)
        return s->count && frame_matches(r->pattern, &s->frames[0]);
    if (strcmp(r->word, "called_from_lib") ==
        0) { /* the module that called the first other module */
        for (unsigned i = 1; i < s->count; i++) {
            if (s->frames[i].module && s->frames[0].module &&
                strcmp(s->frames[i].module, s->frames[0].module) != 0)
                return render_rules_pattern(r->pattern, s->frames[i].module);
        }
        return s->count && s->frames[0].module &&
               render_rules_pattern(r->pattern, s->frames[0].module);
    }
    for (unsigned i = 0; i < s->count; i++) {
        if (frame_matches(r->pattern, &s->frames[i]))
            return true;
    }
    return false;
}

bool render_rules_match(struct render_rules *rules, const struct render_finding *f)
{
    for (size_t i = 0; rules && i < rules->count; i++) {
        struct rule *r = &rules->all[i];
        bool lib = strcmp(r->word, "called_from_lib") == 0;

        if (!lib && !word_means(r->word, f->kind))
            continue;
        for (unsigned k = 0; k < f->nsides; k++) {
            if (strcmp(f->sides[k].role, "allocated") != 0 &&
                stack_matches(r, &f->sides[k].stack)) {
                r->used++;
                return true;
            }
        }
        if (!lib && f->location.name && render_rules_pattern(r->pattern, f->location.name)) {
            r->used++;
            return true;
        }
    }
    return false;
}

static void add_rule(struct render_rules *rules, char *line, const char *path, unsigned number)
{
    struct rule *grown;
    char *colon, *end;

    while (isspace((unsigned char)*line))
        line++;
    end = line + strlen(line);
    while (end > line && isspace((unsigned char)end[-1]))
        *--end = '\0';
    if (*line == '\0' || *line == '#')
        return;
    colon = strchr(line, ':');
    if (colon)
        *colon = '\0';
    if (!colon || !word_known(line) || colon[1] == '\0') {
        fprintf(stderr, "Seance: %s:%u: not a suppression rule (kind:pattern); left out\n", path,
                number);
        return;
    }
    grown = realloc(rules->all, (rules->count + 1) * sizeof *grown);
    if (!grown)
        return;
    rules->all = grown;
    rules->all[rules->count++] = (struct rule){ render_copy(line), render_copy(colon + 1), 0 };
}

struct render_rules *render_rules_read(const char *path)
{
    struct render_rules *rules = calloc(1, sizeof *rules);
    FILE *in = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    unsigned number = 0;

    if (!in || !rules) {
        fprintf(stderr, "Seance: suppressions: cannot read %s; going on without it\n", path);
        free(rules);
        if (in)
            fclose(in);
        return NULL;
    }
    while (getline(&line, &room, in) >= 0)
        add_rule(rules, line, path, ++number);
    free(line);
    fclose(in);
    return rules;
}

void render_rules_unused(const struct render_rules *rules)
{
    for (size_t i = 0; rules && i < rules->count; i++) {
        if (rules->all[i].used == 0)
            fprintf(stderr, "Seance: suppression never matched: %s:%s\n", rules->all[i].word,
                    rules->all[i].pattern);
    }
}
