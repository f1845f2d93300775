/*
 * report/render/serve.c - the renderer process: one host on the other end of a socket, until its end of file.
 *
 * Records come one packet each. Every finding is written as soon as it is read, a JSON line by one write(2); the
 * host gets an answer after each finding and after the summary. When the host is killed there is no summary:
 * what came is written, and a summary line without the host's counts closes the file. A host that lives on without
 * its end of the socket starts another renderer for the rest.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "report/render/format.h"
#include "report/render/input.h"
#include "report/render/judge.h"
#include "report/render/output.h"
#include "report/render/render.h"
#include "report/render/suppress.h"
#include "report/render/symbols.h"

enum { GONE_MS = 3000 };

static struct {
    int fd;
    struct render_input in;
    struct render_rules *rules;
    struct render_summary sum;
    struct record_answer answer;
    uint32_t read; /* findings */
    struct render_output text, json;
    uint64_t unwritten; /* findings that a file could not take */
    int host;           /* a pidfd, -1: none */
    char **keys;        /* of the findings reported, in order */
    size_t nkeys;
} serve;

static _Alignas(16) char packet[RECORD_MAX];

static bool print(struct render_output *to,
                  void (*format)(FILE *out, const struct render_finding *f),
                  const struct render_finding *f)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = to->fd < 0 ? NULL : open_memstream(&text, &len);
    bool written;

    if (!out)
        return to->fd < 0;
    format(out, f);
    fclose(out);
    written = render_output_write(to, text, len);
    free(text);
    return written;
}

static void print_summary(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = serve.json.fd < 0 ? NULL : open_memstream(&text, &len);

    if (!out)
        return;
    serve.sum.lost += serve.unwritten;
    render_json_summary(out, &serve.sum);
    fclose(out);
    render_output_write(&serve.json, text, len);
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
    bool written;

    serve.answer.atomic = verdict == RENDER_BOTH_ATOMIC;
    serve.answer.unproven = f->unproven;
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
    written = print(&serve.json, render_json_finding, f);
    written = print(&serve.text, render_text_finding, f) && written;
    serve.unwritten += !written;
}

static void send_answer(bool done)
{
    serve.answer.head = (struct record_head){ RECORD_ANSWER, RECORD_VERSION, sizeof serve.answer };
    serve.answer.counts = (struct record_counts){
        .read = serve.read,
        .reported = (uint32_t)serve.sum.findings,
        .errors = (uint32_t)serve.sum.errors,
        .certain = (uint32_t)serve.sum.certain,
        .likely = (uint32_t)serve.sum.likely,
        .suppressed = (uint32_t)serve.sum.suppressed,
        .repeats = (uint32_t)serve.sum.repeats,
        .unwritten = (uint32_t)serve.unwritten,
    };
    serve.answer.done = done;
    send(serve.fd, &serve.answer, sizeof serve.answer, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Goes on from the counts of the renderer that this one replaces, if any. */
static void take_over(const struct record_counts *before)
{
    serve.read = before->read;
    serve.unwritten = before->unwritten;
    serve.sum.findings = before->reported;
    serve.sum.errors = before->errors;
    serve.sum.certain = before->certain;
    serve.sum.likely = before->likely;
    serve.sum.suppressed = before->suppressed;
    serve.sum.repeats = before->repeats;
}

static void hello(const void *record)
{
    const struct record_hello *h = &serve.in.hello;

    render_input_hello(&serve.in, record);
    serve.sum.program = serve.in.hello.program;
    serve.sum.pid = h->pid;
    take_over(&h->before);
    serve.text = (struct render_output){ .fd = h->text ? RECORD_FD_TEXT : -1,
                                         .own = !h->text_log,
                                         .option = "text",
                                         .path = h->text_path };
    serve.json = (struct render_output){
        .fd = h->json ? RECORD_FD_JSON : -1, .own = true, .option = "json", .path = h->json_path
    };
    serve.host = (int)syscall(SYS_pidfd_open, h->pid, 0);
    if (h->suppressions[0])
        serve.rules = render_rules_read(h->suppressions);
}

/* True if the host has closed its end of the socket without knowing, or became another program by exec(): it is alive,
 * or has ended and left the file to another renderer. The rest is up to that one. A host that was killed is gone at
 * once. */
static bool host_goes_on(void)
{
    struct pollfd p = { .fd = serve.host, .events = POLLIN };

    return serve.host >= 0 && (poll(&p, 1, GONE_MS) == 0 || render_output_grown(&serve.json));
}

static void print_total(void)
{
    const struct render_summary *s = &serve.sum;
    char line[128];
    int len;

    if (s->findings == 0 || serve.text.fd < 0)
        return;
    len = snprintf(line, sizeof line, "Seance: %lu finding%s: %lu certain, %lu likely%s\n",
                   (unsigned long)s->findings, s->findings == 1 ? "" : "s",
                   (unsigned long)s->certain, (unsigned long)s->likely,
                   s->findings > serve.in.hello.max_reports ? "; not all are printed (max_reports)"
                                                            : "");
    render_output_write(&serve.text, line, (size_t)len);
}

static void finish(bool done)
{
    for (uint32_t i = 0; i < serve.in.nrepeats; i++)
        serve.sum.repeats += serve.in.repeats[i].count;
    print_summary();
    if (done)
        print_total();
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
        serve.read++;
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
    signal(SIGXFSZ, SIG_IGN);
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
    if (serve.in.greeted && (done || !host_goes_on()))
        finish(done);
    send_answer(true);
    return 0;
}
