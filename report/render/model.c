/*
 * report/render/model.c - memory of the model, see model.h.
 */
#include "report/render/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (!p)
        _Exit(1);
    return p;
}

char *render_copy(const char *s)
{
    return must(strdup(s));
}

char *render_print(const char *format, ...)
{
    char *out = NULL;
    va_list ap;

    va_start(ap, format);
    if (vasprintf(&out, format, ap) < 0)
        out = NULL;
    va_end(ap);
    return must(out);
}

struct render_finding *render_finding_new(void)
{
    return must(calloc(1, sizeof(struct render_finding)));
}

void render_stack_free(struct render_stack *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        free(s->frames[i].function);
        free(s->frames[i].file);
        free(s->frames[i].path);
        free(s->frames[i].module);
        free(s->frames[i].build_id);
    }
    free(s->frames);
    *s = (struct render_stack){ NULL, 0 };
}

void render_finding_free(struct render_finding *f)
{
    for (unsigned i = 0; i < f->nsides; i++)
        render_stack_free(&f->sides[i].stack);
    for (unsigned i = 0; i < f->nthreads; i++)
        render_stack_free(&f->threads[i].created);
    for (unsigned i = 0; i < f->nlocks; i++) {
        render_stack_free(&f->locks[i].created);
        free(f->locks[i].name);
    }
    free(f->title);
    free(f->message);
    free(f->program);
    free(f->location.name);
    free(f->location.field);
    free(f->location.file);
    free(f->alignment.amd64);
    free(f->alignment.arm64);
    free(f->alignment.advice);
    free(f);
}

const struct render_frame *render_leaf(const struct render_stack *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (!s->frames[i].atomic && !s->frames[i].helper)
            return &s->frames[i];
    }
    return s->count ? &s->frames[0] : NULL;
}
