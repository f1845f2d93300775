/*
 * report/plain_json.c - JSON lines without symbols, see report/plain.h. The order of the fields is that of
 * report/render/json.c, so `seance symbolize` reads both. Runs in the host: base/text only.
 */
#include "report/plain_json.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/sys.h"
#include "report/modules.h"

enum { FRAMES = 128 };

static const struct {
    const char *name, *prefix, *severity;
} kinds[] = {
#define ERROR "error"
#define WARNING "warning"
#define NOTE "note"
#define KIND(constant, name, title, prefix, severity) { name, prefix, severity },
#include "report/kinds.def"
#undef KIND
};

static const char *const roles[] = {
#define ROLE(constant, name) name,
#include "report/ops.def"
};
static const char *const ops[] = {
#define OP(constant, name, words, writes, atomic) name,
#include "report/ops.def"
};
static const char *const verbs[] = {
#define OP(constant, name, words, writes, atomic) words,
#include "report/ops.def"
};
static const char *const misuses[] = {
#define MISUSE(constant, op, words) words,
#include "report/misuses.def"
#undef MISUSE
};
static const char *const lock_types[] = { REPORT_LOCK_TYPE_WORDS };

static void string(struct base_text *t, const char *s)
{
    static const char hex[] = "0123456789abcdef";

    base_text_char(t, '"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\')
            base_text_char(t, '\\');
        if (c < ' ' || c >= 127) { /* what is no ASCII may be no UTF-8 either */
            base_text_str(t, "\\u00");
            base_text_char(t, hex[c >> 4]);
            base_text_char(t, hex[c & 15]);
        } else {
            base_text_char(t, (char)c);
        }
    }
    base_text_char(t, '"');
}

static void two(struct base_text *t, unsigned n)
{
    base_text_char(t, (char)('0' + n / 10 % 10));
    base_text_char(t, (char)('0' + n % 10));
}

/* Civil date from days since 1970: Howard Hinnant, "chrono-compatible low-level date algorithms". */
void report_plain_json_time(struct base_text *t, uint64_t time)
{
    uint64_t seconds = time / 1000000000u, day = seconds / 86400 + 719468, rest = seconds % 86400;
    uint64_t era = day / 146097, of_era = day % 146097;
    uint64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year + year / 4 - year / 100), m = (5 * of_year + 2) / 153;
    unsigned month = (unsigned)(m < 10 ? m + 3 : m - 9);

    base_text_u64(t, year + era * 400 + (month <= 2));
    base_text_char(t, '-');
    two(t, month);
    base_text_char(t, '-');
    two(t, (unsigned)(of_year - (153 * m + 2) / 5 + 1));
    base_text_char(t, 'T');
    two(t, (unsigned)(rest / 3600));
    base_text_char(t, ':');
    two(t, (unsigned)(rest / 60 % 60));
    base_text_char(t, ':');
    two(t, (unsigned)(rest % 60));
    base_text_char(t, 'Z');
}

static void module(struct base_text *t, const struct report_module *m, uint64_t addr)
{
    static const char hex[] = "0123456789abcdef";

    base_text_str(t, "\"module\":");
    string(t, m->path);
    base_text_format(t, ",\"offset\":\"0x%lx\",\"build_id\":\"", (unsigned long)(addr - m->base));
    for (unsigned i = 0; i < m->build_id_len && i < sizeof m->build_id; i++) {
        base_text_char(t, hex[m->build_id[i] >> 4]);
        base_text_char(t, hex[m->build_id[i] & 15]);
    }
    base_text_char(t, '"');
}

static void frame(struct base_text *t, uint64_t pc)
{
    const struct report_module *m = report_modules_find(pc);

    base_text_char(t, '{');
    if (m) {
        module(t, m, pc);
        base_text_char(t, ',');
    }
    base_text_format(t, "\"pc\":\"0x%lx\"}", (unsigned long)pc);
}

static void frames(struct base_text *t, uint32_t stack)
{
    uint64_t pcs[FRAMES];
    unsigned n = report_plain_frames(stack, pcs, FRAMES);

    base_text_str(t, "\"frames\":[");
    for (unsigned i = 0; i < n; i++) {
        base_text_str(t, i ? "," : "");
        frame(t, pcs[i] - (i > 0));
    }
    base_text_char(t, ']');
}

static void side(struct base_text *t, const struct report_side *s)
{
    bool atomic =
        s->op == REPORT_ATOMIC_LOAD || s->op == REPORT_ATOMIC_STORE || s->op == REPORT_ATOMIC_RMW;

    base_text_format(t, "{\"role\":\"%s\",\"op\":\"%s\",",
                     roles[s->role < REPORT_ROLES ? s->role : 0],
                     ops[s->op < REPORT_OPS ? s->op : 0]);
    if (s->op < REPORT_LOCK)
        base_text_format(t, "\"size\":%u,\"atomic\":%s,", s->size, atomic ? "true" : "false");
    if (s->lock)
        base_text_format(t, "\"lock\":%u,", s->lock);
    if (s->under)
        base_text_format(t, "\"under\":%u,", s->under);
    base_text_format(t, "\"thread\":%u,\"locks\":[", s->thread);
    for (unsigned i = 0; i < s->nlocks && i < REPORT_LOCKS; i++)
        base_text_format(t, "%s%u", i ? "," : "", s->locks[i]);
    base_text_str(t, "],");
    frames(t, s->stack);
    base_text_char(t, '}');
}

/* No function names to make it from: from modules and offsets, which stay the same for one build. */
static bool identifies(const struct report_finding *f, unsigned i)
{
    switch (f->kind) {
    case REPORT_LOCK_ORDER: return f->sides[i].under != 0;
    case REPORT_MUTEX_MISUSE:
    case REPORT_THREAD_LEAK: return i == 0;
    default: return i < 2;
    }
}

static uint64_t fingerprint(const struct report_finding *f)
{
    uint64_t sum = 0, pcs[1];

    for (unsigned i = 0; i < f->nsides && i < REPORT_SIDES; i++) {
        const struct report_module *m;
        uint64_t h = 14695981039346656037u;

        if (!identifies(f, i))
            continue;
        if (report_plain_frames(f->sides[i].stack, pcs, 1) == 0)
            continue;
        m = report_modules_find(pcs[0]);
        for (const char *s = m ? base_str_basename(m->path) : ""; *s; s++)
            h = (h ^ (unsigned char)*s) * 1099511628211u;
        sum += (h ^ (pcs[0] - (m ? m->base : 0))) * 0x9e3779b97f4a7c15u;
    }
    return sum ^ sum >> 31;
}

/* %s in words becomes type. */
static void insert(struct base_text *t, const char *words, const char *type)
{
    for (; *words; words++) {
        if (words[0] == '%' && words[1] == 's') {
            base_text_str(t, type);
            words++;
        } else {
            base_text_char(t, *words);
        }
    }
}

static void accesses(struct base_text *t, const struct report_finding *f)
{
    base_text_format(t, "%s: %s of %u bytes", kinds[f->kind].name,
                     verbs[f->sides[0].op < REPORT_OPS ? f->sides[0].op : 0], f->sides[0].size);
    if (f->nsides > 1)
        base_text_format(t, " and an earlier %s",
                         verbs[f->sides[1].op < REPORT_OPS ? f->sides[1].op : 0]);
}

void report_plain_words(struct base_text *t, const struct report_finding *f)
{
    switch (f->kind) {
    case REPORT_MUTEX_MISUSE:
        insert(t, misuses[f->misuse < REPORT_MISUSES ? f->misuse : 0],
               lock_types[f->lock_type < REPORT_LOCK_TYPES ? f->lock_type : 0]);
        break;
    case REPORT_LOCK_ORDER:
        base_text_format(t, "%u locks are taken in orders that make a cycle", f->length);
        break;
    case REPORT_THREAD_LEAK:
        base_text_format(t, "thread T%u has ended and was neither joined nor detached",
                         f->nthreads ? f->threads[0].id : 0);
        break;
    default: accesses(t, f);
    }
}

static void head(struct base_text *t, const char *program, const struct report_finding *f,
                 uint64_t time)
{
    unsigned kind = f->kind < REPORT_KINDS ? f->kind : 0;
    uint64_t id = fingerprint(f);

    base_text_format(
        t, "{\"v\":1,\"kind\":\"%s\",\"severity\":\"%s\",\"confidence\":\"%s\",\"id\":\"%s-",
        kinds[kind].name, kinds[kind].severity, report_plain_certain(f) ? "certain" : "likely",
        kinds[kind].prefix);
    for (int shift = 60; shift >= 0; shift -= 4)
        base_text_char(t, "0123456789abcdef"[id >> shift & 15]);
    base_text_str(t, "\",\"message\":\"");
    report_plain_words(t, f);
    base_text_str(t, "\",\"program\":");
    string(t, program);
    base_text_format(t, ",\"pid\":%d,\"time\":\"", base_sys_getpid());
    report_plain_json_time(t, time);
    base_text_format(t, "\",\"address\":\"0x%lx\",\"size\":%u,\"stacks\":[", (unsigned long)f->addr,
                     f->size);
}

static void location(struct base_text *t, const struct report_finding *f)
{
    static const char *const types[] = { "mapped", "global", "heap", "stack", "tls", "global" };
    const struct report_location *l = &f->location;

    const struct report_module *m =
        l->type == REPORT_PLACE_HEAP ? NULL : report_modules_find(f->addr);

    base_text_format(t, ",\"location\":{\"type\":\"%s\"",
                     types[m && !l->type ? REPORT_PLACE_GLOBAL : l->type]);
    if (m) {
        base_text_char(t, ',');
        module(t, m, f->addr);
    }
    if (l->block_size)
        base_text_format(t, ",\"block_size\":%lu,\"block_offset\":%lu",
                         (unsigned long)l->block_size, (unsigned long)(f->addr - l->block));
    base_text_char(t, '}');
}

void report_plain_json_finding(struct base_text *t, const char *program,
                               const struct report_finding *f, uint64_t time)
{
    head(t, program, f, time);
    for (unsigned i = 0; i < f->nsides && i < REPORT_SIDES; i++) {
        base_text_str(t, i ? "," : "");
        side(t, &f->sides[i]);
    }
    if (f->location.stack) {
        base_text_format(t, ",{\"role\":\"allocated\",\"thread\":%u,", f->location.thread);
        frames(t, f->location.stack);
        base_text_char(t, '}');
    }
    base_text_char(t, ']');
    location(t, f);
    base_text_str(t, ",\"threads\":[");
    for (unsigned i = 0; i < f->nthreads && i < REPORT_THREADS; i++) {
        base_text_format(t, "%s{\"id\":%u,\"name\":", i ? "," : "", f->threads[i].id);
        string(t, f->threads[i].name);
        base_text_format(t, ",\"created\":{\"thread\":%u,", f->threads[i].parent);
        frames(t, f->threads[i].created);
        base_text_str(t, "}}");
    }
    base_text_str(t, "],\"locks\":[");
    for (unsigned i = 0; i < f->nlocks && i < REPORT_NAMED_LOCKS; i++) {
        base_text_format(t, "%s{\"id\":%u,\"address\":\"0x%lx\",\"created\":{", i ? "," : "",
                         f->locks[i].id, (unsigned long)f->locks[i].addr);
        frames(t, f->locks[i].created);
        base_text_str(t, "}}");
    }
    base_text_str(t, "],\"count\":1}\n");
}

static void field(struct base_text *t, const char *name, uint64_t value)
{
    base_text_format(t, ",\"%s\":%lu", name, (unsigned long)value);
}

void report_plain_json_summary(struct base_text *t, const char *program,
                               const struct report_summary *s, const struct report_counts *c,
                               uint64_t peak_memory, uint64_t time)
{
    base_text_str(t, "{\"v\":1,\"kind\":\"summary\",\"program\":");
    string(t, program);
    base_text_format(t, ",\"pid\":%d,\"time\":\"", base_sys_getpid());
    report_plain_json_time(t, time);
    base_text_char(t, '"');
    field(t, "findings", c->findings);
    field(t, "errors", c->errors);
    field(t, "certain", c->certain);
    field(t, "likely", c->likely);
    field(t, "suppressed", c->suppressed);
    field(t, "repeats", c->repeats);
    field(t, "lost", c->lost);
    field(t, "modules", s->modules);
    field(t, "functions", s->functions);
    field(t, "accesses", s->accesses);
    field(t, "instrumented", s->instrumented);
    field(t, "skipped", s->skipped);
    base_text_str(t, ",\"skipped_reasons\":{");
    for (unsigned i = 0; i < s->nskips && i < 16; i++) {
        base_text_str(t, i ? "," : "");
        string(t, s->skips[i].reason ? s->skips[i].reason : "other");
        base_text_format(t, ":%lu", (unsigned long)s->skips[i].count);
    }
    base_text_char(t, '}');
    field(t, "tier2", s->tier2);
    field(t, "tier3", s->tier3);
    field(t, "sync_ops", s->sync_ops);
    field(t, "lost_history", s->lost_history);
    field(t, "threads", s->threads);
    field(t, "peak_memory", peak_memory);
    base_text_str(t, "}\n");
}
