/*
 * report/render/json.c - JSON Lines. The order of the fields is part of the format; report/plain_json.c writes
 * the same order with fewer fields. Values are printed here; cJSON reads them back (reread.c).
 */
#include <string.h>
#include <time.h>

#include "report/render/format.h"
#include "report/render/utf8.h"

static void string(FILE *out, const char *s)
{
    fputc('"', out);
    while (s && *s) {
        unsigned len = render_utf8_length(s);

        if (*s == '"' || *s == '\\') {
            fprintf(out, "\\%c", *s);
            s++;
        } else if (len == 0 || (unsigned char)*s < ' ' ||
                   *s == 127) { /* malformed bytes as if Latin-1 */
            fprintf(out, "\\u%04x", (unsigned char)*s);
            s++;
        } else {
            fwrite(s, 1, len, out);
            s += len;
        }
    }
    fputc('"', out);
}

static void named(FILE *out, const char *name, const char *value)
{
    fprintf(out, "\"%s\":", name);
    string(out, value);
}

static void timestamp(FILE *out, uint64_t time)
{
    time_t seconds = (time_t)(time / 1000000000u);
    struct tm tm;
    char text[32];

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    named(out, "time", text);
}

static void frame(FILE *out, const struct render_frame *f)
{
    fputc('{', out);
    if (f->function) {
        named(out, "function", f->function);
        fputc(',', out);
    }
    if (f->file) {
        named(out, "file", f->file);
        fprintf(out, ",\"line\":%u,\"column\":%u,", f->line, f->column);
    }
    fprintf(out, "\"inlined\":%s,", f->inlined ? "true" : "false");
    if (f->module) {
        named(out, "module", f->module);
        fprintf(out, ",\"offset\":\"0x%lx\",", (unsigned long)f->offset);
        named(out, "build_id", f->build_id);
        fputc(',', out);
    }
    fprintf(out, "\"pc\":\"0x%lx\"}", (unsigned long)f->pc);
}

static void frames(FILE *out, const struct render_stack *s)
{
    fputs("\"frames\":[", out);
    for (unsigned i = 0; i < s->count; i++) {
        fputs(i ? "," : "", out);
        frame(out, &s->frames[i]);
    }
    fputc(']', out);
}

static void side(FILE *out, const struct render_side *s)
{
    fputc('{', out);
    named(out, "role", s->role);
    if (s->access || s->of_lock) {
        fputc(',', out);
        named(out, "op", s->op);
    }
    if (s->access)
        fprintf(out, ",\"size\":%u,\"atomic\":%s", s->size,
                s->atomic || s->atomic_by_debug ? "true" : "false");
    if (s->lock)
        fprintf(out, ",\"lock\":%u", s->lock);
    if (s->under)
        fprintf(out, ",\"under\":%u", s->under);
    fprintf(out, ",\"thread\":%u,\"locks\":[", s->thread);
    for (unsigned i = 0; i < s->nlocks; i++)
        fprintf(out, "%s%u", i ? "," : "", s->locks[i]);
    fputs("],", out);
    if (s->lost)
        fputs("\"lost\":true,", out);
    frames(out, &s->stack);
    fputc('}', out);
}

static void location(FILE *out, const struct render_location *l)
{
    fputs("\"location\":{", out);
    named(out, "type", l->type);
    if (l->name) {
        fputc(',', out);
        named(out, "name", l->name);
    }
    if (l->field) {
        fputc(',', out);
        named(out, "field", l->field);
    }
    if (l->block_size)
        fprintf(out, ",\"block_size\":%lu,\"block_offset\":%lu", (unsigned long)l->block_size,
                (unsigned long)l->block_offset);
    if (l->file) {
        fputc(',', out);
        named(out, "file", l->file);
        fprintf(out, ",\"line\":%u", l->line);
    }
    if (strcmp(l->type, "stack") == 0)
        fprintf(out, ",\"thread\":%u", l->thread);
    fputc('}', out);
}

static void threads_and_locks(FILE *out, const struct render_finding *f)
{
    fputs("\"threads\":[", out);
    for (unsigned i = 0; i < f->nthreads; i++) {
        fprintf(out, "%s{\"id\":%u,", i ? "," : "", f->threads[i].id);
        named(out, "name", f->threads[i].name);
        if (f->threads[i].id) {
            fprintf(out, ",\"created\":{\"thread\":%u,", f->threads[i].parent);
            frames(out, &f->threads[i].created);
            fputc('}', out);
        }
        fputc('}', out);
    }
    fputs("],\"locks\":[", out);
    for (unsigned i = 0; i < f->nlocks; i++) {
        fprintf(out, "%s{\"id\":%u,", i ? "," : "", f->locks[i].id);
        if (f->locks[i].name) {
            named(out, "name", f->locks[i].name);
            fputc(',', out);
        }
        fprintf(out, "\"address\":\"0x%lx\",\"created\":{", (unsigned long)f->locks[i].addr);
        frames(out, &f->locks[i].created);
        fputs("}}", out);
    }
    fputs("],", out);
}

static void alignment(FILE *out, const struct render_alignment *a)
{
    if (!a->known)
        return;
    fprintf(out, "\"alignment\":{\"natural\":%s,\"cache_line_offset\":%u,\"crosses_line\":%s,",
            a->natural ? "true" : "false", a->line_offset, a->crosses_line ? "true" : "false");
    named(out, "amd64", a->amd64);
    fputc(',', out);
    named(out, "arm64", a->arm64);
    fputc(',', out);
    named(out, "advice", a->advice);
    fputs("},", out);
}

void render_json_finding(FILE *out, const struct render_finding *f)
{
    fputs("{\"v\":1,", out);
    named(out, "kind", f->kind);
    fputc(',', out);
    named(out, "severity", f->severity);
    fputc(',', out);
    named(out, "confidence", f->confidence);
    fputc(',', out);
    named(out, "id", f->id);
    fputc(',', out);
    named(out, "message", f->message);
    fputc(',', out);
    named(out, "program", f->program);
    fprintf(out, ",\"pid\":%d,", f->pid);
    timestamp(out, f->time);
    fprintf(out, ",\"address\":\"0x%lx\",\"size\":%u,\"stacks\":[", (unsigned long)f->addr,
            f->size);
    for (unsigned i = 0; i < f->nsides; i++) {
        fputs(i ? "," : "", out);
        side(out, &f->sides[i]);
    }
    fputs("],", out);
    location(out, &f->location);
    fputc(',', out);
    threads_and_locks(out, f);
    alignment(out, &f->alignment);
    fprintf(out, "\"count\":%lu}\n", (unsigned long)f->count);
}

static void number(FILE *out, const char *name, uint64_t value)
{
    fprintf(out, ",\"%s\":%lu", name, (unsigned long)value);
}

void render_json_summary(FILE *out, const struct render_summary *s)
{
    fputs("{\"v\":1,\"kind\":\"summary\",", out);
    named(out, "program", s->program);
    fprintf(out, ",\"pid\":%d,", s->pid);
    timestamp(out, s->time);
    number(out, "findings", s->findings);
    number(out, "errors", s->errors);
    number(out, "certain", s->certain);
    number(out, "likely", s->likely);
    number(out, "suppressed", s->suppressed);
    number(out, "repeats", s->repeats);
    number(out, "lost", s->lost);
    number(out, "modules", s->counts.modules);
    number(out, "functions", s->counts.functions);
    number(out, "accesses", s->counts.accesses);
    number(out, "instrumented", s->counts.instrumented);
    number(out, "skipped", s->counts.skipped);
    fputs(",\"skipped_reasons\":{", out);
    for (unsigned i = 0; i < s->counts.nskips && i < 16; i++) {
        fputs(i ? "," : "", out);
        string(out, s->reasons[i]);
        fprintf(out, ":%lu", (unsigned long)s->counts.skips[i].count);
    }
    fputc('}', out);
    number(out, "tier2", s->counts.tier2);
    number(out, "tier3", s->counts.tier3);
    number(out, "sync_ops", s->counts.sync_ops);
    number(out, "lost_history", s->counts.lost_history);
    number(out, "threads", s->counts.threads);
    number(out, "peak_memory", s->peak_memory);
    fputs("}\n", out);
}
