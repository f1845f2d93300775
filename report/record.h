/*
 * report/record.h - what goes over the socket between the host and the renderer: one record, one packet.
 *
 *   host -> renderer    HELLO, MODULE..., (MODULE | FINDING)..., SUMMARY
 *   renderer -> host    ANSWER after each finding and after the summary
 *   `seance atomics`    ATOMIC...: a process of its own, see atomics.h
 *
 * Both ends are built from this file; `version` says so. Records are plain data in the machine's byte order;
 * the renderer trusts no length in them. Included by report/report.h only.
 */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H

#include <stdint.h>

#include "report/report.h"

#define RECORD_VERSION 4
#define RECORD_PATH 4096
#define RECORD_MAX (160 * 1024) /* bytes of one packet; below the kernel's default socket buffer */

/* Descriptors of the renderer process. TEXT and JSON are closed where they are not wanted. */
enum record_fd { RECORD_FD_SOCKET = 3, RECORD_FD_TEXT = 4, RECORD_FD_JSON = 5 };

enum record_type {
    RECORD_HELLO = 1,
    RECORD_MODULE,
    RECORD_FINDING,
    RECORD_SUMMARY,
    RECORD_ANSWER,
    RECORD_ATOMIC
};

struct record_head {
    uint16_t type; /* enum record_type */
    uint16_t version;
    uint32_t size; /* of the whole record, bytes */
};

/* Counts so far; a renderer that is started again goes on from its forerunner's. */
struct record_counts {
    uint32_t read;     /* findings that came */
    uint32_t reported; /* of them, neither dropped nor suppressed */
    uint32_t errors;   /* of them, those that count for the exit status */
    uint32_t certain, likely, suppressed, repeats;
    uint32_t unwritten; /* reported, but a file could not take them */
};

struct record_hello {
    struct record_head head;
    int32_t pid;
    uint32_t max_reports;
    uint32_t verbosity;
    uint8_t halt_on_error, alignment, exit_on_likely, text, json;
    uint8_t text_log; /* text is the program's stderr: not ours to truncate */
    struct record_counts before;
    char program[RECORD_PATH];
    char suppressions[RECORD_PATH];
    char text_path[RECORD_PATH], json_path[RECORD_PATH]; /* for messages */
};

struct record_module {
    struct record_head head;
    uint64_t base, lo, hi;
    uint8_t build_id_len;
    uint8_t build_id[20];
    char path[RECORD_PATH]; /* cut at head.size */
};

/* Followed by nstacks times { struct record_stack, pcs }. */
struct record_finding {
    struct record_head head;
    uint32_t index; /* 0, 1, ... in the order of sending */
    uint32_t nstacks;
    uint64_t time; /* nanoseconds since 1970 */
    struct report_finding finding;
};

struct record_stack {
    uint32_t id; /* as in the finding */
    uint32_t npcs;
    uint64_t pcs[];
};

#define RECORD_REPEATS 4096

/* `counts` without its pointers; followed by nrepeats repeats. */
struct record_summary {
    struct record_head head;
    struct report_summary counts;
    char reasons[16][64];
    uint64_t peak_memory; /* bytes */
    uint64_t lost;        /* findings that could not be sent */
    uint32_t nrepeats;
    struct {
        uint32_t index, count;
    } repeats[];
};

struct record_answer {
    struct record_head head;
    struct record_counts counts;
    uint32_t done;   /* the summary is written */
    uint32_t atomic; /* of the newest finding both sides are atomic accesses: it was dropped */
    uint32_t
        unproven; /* of the newest finding neither side is known to be plain, nor both to be atomic */
};

#define RECORD_ATOMICS 4096

/* From `seance atomics`, which sends nothing else, as many as are needed, and then ends. */
struct record_atomics {
    struct record_head head;
    uint32_t module; /* index of its path among those asked for */
    uint32_t count;
    struct record_range {
        uint32_t lo, hi; /* from the load bias */
        uint32_t data;   /* objects of atomic type; else instructions of atomic operations */
    } ranges[RECORD_ATOMICS];
};

#endif
