/*
 * report/render/input.h - the host's records, checked and turned into the model.
 */
#ifndef REPORT_RENDER_INPUT_H
#define REPORT_RENDER_INPUT_H

#include <stddef.h>

#include "report/render/model.h"

struct render_input {
    struct record_hello hello;
    bool greeted;
    /* the newest summary's repeats */
    uint32_t nrepeats;
    struct {
        uint32_t index, count;
    } repeats[RECORD_REPEATS];
};

/* True if the record's length and type fit together; lengths inside are checked by those who read them. */
bool render_input_valid(const void *record, size_t size);
bool render_input_hello(struct render_input *in, const void *record);
void render_input_module(const void *record, size_t size);
/* NULL where the record is malformed. Stacks are resolved; not judged yet. */
struct render_finding *render_input_finding(const struct render_input *in, const void *record,
                                            size_t size);
bool render_input_summary(struct render_input *in, const void *record, size_t size,
                          struct render_summary *out);

#endif
