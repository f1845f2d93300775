/*
 * report/render/serve.c - the renderer process: one host on the other end of a socket, until its end of file.
 *
 * Records come one packet each. Every finding is written as soon as it is read, a JSON line by one write(2); the
 * host gets an answer after each finding and after the summary. When the host is killed there is no summary:
 * what came is written, and a summary line without the host's counts closes the file.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report/render/format.h"
#include "report/render/input.h"
#include "report/render/judge.h"
#include "report/render/render.h"
#include "report/render/suppress.h"
#include "report/render/symbols.h"

static struct {
    int fd;
    struct render_input in;
    struct render_rules *rules;
    struct render_summary sum;
    struct record_answer answer;
    char **keys; /* of the findings reported, in order */
    size_t nkeys;
} serve;

static _Alignas(16) char packet[RECORD_MAX];

static void write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* a full disk: the run goes on */
        text += n;
        len -= (size_t)n;
    }
}

static void print(int fd, void (*format)(FILE *out, const struct render_finding *f),
                  const struct render_finding *f)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        return;
    format(out, f);
    fclose(out);
    write_all(fd, text, len);
    free(text);
}

static void print_summary(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = serve.in.hello.json ? open_memstream(&text, &len) : NULL;

    if (!out)
        return;
    render_json_summary(out, &serve.sum);
    fclose(out);
    write_all(RECORD_FD_JSON, text, len);
    free(text);
}

/* True if a finding like it was reported already; else it is remembered. */
static bool known(const struct render_finding *f)
{
    char *key = render_same_key(f), **grown;

    for (size_t i = 0; i < serve.nkeys; i++) {
        if (strcmp(serve.keys[i], key) == 0) {
            free(key);
            return true;
        }
    }
    grown = realloc(serve.keys, (serve.nkeys + 1) * sizeof *grown);
    if (grown) {
        serve.keys = grown;
        serve.keys[serve.nkeys++] = key;
    }
    return false;
}

static void count(const struct render_finding *f)
{
    bool certain = strcmp(f->confidence, "certain") == 0;

    serve.sum.findings++;
    serve.sum.certain += certain;
    serve.sum.likely += !certain;
    if (strcmp(f->severity, "error") == 0 && (certain || serve.in.hello.exit_on_likely))
        serve.sum.errors++;
}

static void report(struct render_finding *f)
{
    enum render_verdict verdict = render_judge(f, serve.in.hello.alignment);

    serve.answer.atomic = verdict == RENDER_BOTH_ATOMIC;
    if (verdict != RENDER_STANDS)
        return;
    if (render_rules_match(serve.rules, f)) {
        serve.sum.suppressed++;
        return;
    }
    if (known(f)) {
        serve.sum.repeats++;
        return;
    }
    count(f);
    if (serve.sum.findings > serve.in.hello.max_reports)
        return;
    if (serve.in.hello.json)
        print(RECORD_FD_JSON, render_json_finding, f);
    if (serve.in.hello.text)
        print(RECORD_FD_TEXT, render_text_finding, f);
}

static void send_answer(bool done)
{
    serve.answer.head = (struct record_head){ RECORD_ANSWER, RECORD_VERSION, sizeof serve.answer };
    serve.answer.reported = (uint32_t)serve.sum.findings;
    serve.answer.errors = (uint32_t)serve.sum.errors;
    serve.answer.done = done;
    send(serve.fd, &serve.answer, sizeof serve.answer, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void hello(const void *record)
{
    render_input_hello(&serve.in, record);
    serve.sum.program = serve.in.hello.program;
    serve.sum.pid = serve.in.hello.pid;
    if (serve.in.hello.suppressions[0])
        serve.rules = render_rules_read(serve.in.hello.suppressions);
}

static void finish(void)
{
    for (uint32_t i = 0; i < serve.in.nrepeats; i++)
        serve.sum.repeats += serve.in.repeats[i].count;
    print_summary();
    if (serve.sum.findings && serve.in.hello.text)
        dprintf(RECORD_FD_TEXT, "Seance: %lu finding%s: %lu certain, %lu likely%s\n",
                (unsigned long)serve.sum.findings, serve.sum.findings == 1 ? "" : "s",
                (unsigned long)serve.sum.certain, (unsigned long)serve.sum.likely,
                serve.sum.findings > serve.in.hello.max_reports
                    ? "; not all are printed (max_reports)"
                    : "");
    if (serve.in.hello.verbosity >= 1)
        render_rules_unused(serve.rules);
}

/* True at the summary, which is the end. */
static bool handle(const void *record, size_t size)
{
    struct record_head head;
    struct render_finding *f;

    memcpy(&head, record, sizeof head);
    switch (head.type) {
    case RECORD_HELLO: hello(record); break;
    case RECORD_MODULE: render_input_module(record, size); break;
    case RECORD_FINDING:
        f = render_input_finding(&serve.in, record, size);
        if (f) {
            report(f);
            render_finding_free(f);
        }
        serve.answer.findings++;
        send_answer(false);
        break;
    case RECORD_SUMMARY: return render_input_summary(&serve.in, record, size, &serve.sum);
    default: break;
    }
    return false;
}

int render_serve(int fd)
{
    bool done = false;

    serve.fd = fd;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* the host decides when it is over */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    unsetenv("DEBUGINFOD_URLS"); /* elfutils would ask the network */
    while (!done) {
        ssize_t got = recv(fd, packet, sizeof packet, 0);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        if (render_input_valid(packet, (size_t)got))
            done = handle(packet, (size_t)got);
    }
    if (serve.in.greeted)
        finish();
    send_answer(true);
    return 0;
}
