/*
 * report/render/reread.c - `seance symbolize`: JSON Lines that a host wrote without symbols, with them.
 *
 * Each module is placed at an address range of its own, its frames become addresses there, and the finding goes
 * the same way as one from a host. What cannot be told again (locks' names, the earlier judgement's evidence) is
 * kept as it was read.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/render/format.h"
#include "report/render/judge.h"
#include "report/render/locks.h"
#include "report/render/render.h"
#include "report/render/symbols.h"

/* Where the next module is placed. */
static uint64_t next_base = (uint64_t)1 << 40;
static const uint64_t module_room = (uint64_t)1 << 36;

struct placed {
    char *path, *build_id;
    uint64_t base;
};

static struct placed *placed;
static size_t nplaced;

static const char *text_of(const cJSON *object, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return s ? s : "";
}

static uint64_t number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsString(item))
        return strtoull(item->valuestring, NULL, 0);
    return cJSON_IsNumber(item) && item->valuedouble > 0 ? (uint64_t)item->valuedouble : 0;
}

static uint64_t base_of(const char *path, const char *build_id)
{
    struct placed *grown;

    for (size_t i = 0; i < nplaced; i++) {
        if (strcmp(placed[i].path, path) == 0 && strcmp(placed[i].build_id, build_id) == 0)
            return placed[i].base;
    }
    grown = realloc(placed, (nplaced + 1) * sizeof *grown);
    if (!grown)
        _Exit(1);
    placed = grown;
    placed[nplaced++] = (struct placed){ render_copy(path), render_copy(build_id), next_base };
    render_modules_add(path, build_id, next_base, next_base, next_base + module_room);
    next_base += module_room;
    return placed[nplaced - 1].base;
}

static void restore_pcs(struct render_stack *s, const uint64_t *places, const uint64_t *pcs,
                        unsigned count)
{
    for (unsigned i = 0; i < s->count; i++) {
        for (unsigned k = 0; k < count; k++) {
            if (s->frames[i].pc == places[k]) {
                s->frames[i].pc = pcs[k];
                break;
            }
        }
    }
}

static void stack(const cJSON *object, struct render_stack *out)
{
    uint64_t places[RENDER_FRAMES], pcs[RENDER_FRAMES];
    const cJSON *frame;
    unsigned n = 0;

    cJSON_ArrayForEach(frame, cJSON_GetObjectItemCaseSensitive(object, "frames"))
    {
        const char *module = text_of(frame, "module");

        if (n == RENDER_FRAMES || cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(frame, "inlined")))
            continue; /* inlined frames come again from their pc */
        pcs[n] = number_of(frame, "pc");
        places[n] = *module
                        ? base_of(module, text_of(frame, "build_id")) + number_of(frame, "offset")
                        : pcs[n];
        n++;
    }
    render_symbols_stack(places, n, true, out);
    restore_pcs(out, places, pcs, n);
}

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
}

static void side(const cJSON *object, struct render_side *s, uint64_t addr)
{
    const cJSON *lock;

    copy_text(s->role, sizeof s->role, text_of(object, "role"));
    copy_text(s->op, sizeof s->op, text_of(object, "op"));
    s->access = cJSON_HasObjectItem(object, "size");
    s->of_lock = s->op[0] && !s->access;
    s->lock = (uint32_t)number_of(object, "lock");
    s->under = (uint32_t)number_of(object, "under");
    s->write = strcmp(s->op, "read") != 0;
    s->atomic = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "atomic"));
    s->size = (uint32_t)number_of(object, "size");
    s->thread = (uint32_t)number_of(object, "thread");
    s->addr = addr;
    cJSON_ArrayForEach(lock, cJSON_GetObjectItemCaseSensitive(object, "locks"))
    {
        if (s->nlocks < REPORT_LOCKS && cJSON_IsNumber(lock))
            s->locks[s->nlocks++] = (uint32_t)lock->valuedouble;
    }
    stack(object, &s->stack);
}

static void context(const cJSON *json, struct render_finding *f)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "threads"))
    {
        const cJSON *created = cJSON_GetObjectItemCaseSensitive(item, "created");
        struct render_thread *t = &f->threads[f->nthreads];

        if (f->nthreads == sizeof f->threads / sizeof *f->threads)
            break;
        f->nthreads++;
        t->id = (uint32_t)number_of(item, "id");
        t->parent = (uint32_t)number_of(created, "thread");
        copy_text(t->name, sizeof t->name, text_of(item, "name"));
        stack(created, &t->created);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "locks"))
    {
        struct render_lock *l = &f->locks[f->nlocks];

        if (f->nlocks == sizeof f->locks / sizeof *f->locks)
            break;
        f->nlocks++;
        l->id = (uint32_t)number_of(item, "id");
        l->addr = number_of(item, "address");
        stack(cJSON_GetObjectItemCaseSensitive(item, "created"), &l->created);
    }
}

static uint64_t time_of(const char *text)
{
    struct tm tm = { 0 };

    return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (uint64_t)timegm(&tm) * 1000000000u : 0;
}

static struct render_finding *finding(const cJSON *json)
{
    const cJSON *place = cJSON_GetObjectItemCaseSensitive(json, "location"), *item;
    struct render_finding *f = render_finding_new();

    copy_text(f->kind, sizeof f->kind, text_of(json, "kind"));
    f->program = render_copy(text_of(json, "program"));
    f->pid = (int)number_of(json, "pid");
    f->time = time_of(text_of(json, "time"));
    f->addr = number_of(json, "address");
    f->size = (uint32_t)number_of(json, "size");
    f->count = number_of(json, "count");
    copy_text(f->location.type, sizeof f->location.type, text_of(place, "type"));
    f->location.block_size = number_of(place, "block_size");
    f->location.block_offset = number_of(place, "block_offset");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "stacks"))
    {
        if (f->nsides < sizeof f->sides / sizeof *f->sides)
            side(item, &f->sides[f->nsides++], f->addr);
    }
    /* What the host could tell without debug information is kept: it knew the instructions. */
    if (render_locks_concern(f) && strcmp(text_of(json, "confidence"), "likely") == 0)
        f->misuse = REPORT_EXIT_HELD; /* the only one that is not certain */
    if (strcmp(text_of(json, "confidence"), "certain") == 0 && f->nsides)
        f->sides[0].plain = true;
    if (render_locks_concern(f))
        f->message = render_copy(text_of(json, "message"));
    context(json, f);
    return f;
}

static void one_line(const char *line, enum render_format format, FILE *out, const cJSON *json)
{
    const cJSON *place = cJSON_GetObjectItemCaseSensitive(json, "location");
    struct render_finding *f;
    bool wanted;

    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(json, "stacks"))) {
        if (format == RENDER_JSON)
            fputs(line, out);
        return;
    }
    f = finding(json);
    if (*text_of(place, "module")) /* a variable: found by its place in the module */
        f->addr = base_of(text_of(place, "module"), text_of(place, "build_id")) +
                  number_of(place, "offset");
    wanted = render_judge(f, true) == RENDER_STANDS;
    f->addr = number_of(json, "address");
    if (wanted) {
        if (format == RENDER_JSON)
            render_json_finding(out, f);
        else
            render_text_finding(out, f);
    }
    render_finding_free(f);
}

unsigned render_symbolize(FILE *in, const char *name, enum render_format format, FILE *out)
{
    char *line = NULL;
    size_t room = 0;
    unsigned broken = 0, number = 0;

    while (getline(&line, &room, in) >= 0) {
        cJSON *json = cJSON_Parse(line);

        number++;
        if (json) {
            one_line(line, format, out, json);
            fflush(out);
        } else if (line[strspn(line, " \t\r\n")] != '\0') {
            fprintf(stderr, "seance: %s:%u: no JSON; left out\n", name, number);
            broken++;
        }
        cJSON_Delete(json);
    }
    free(line);
    return broken;
}
