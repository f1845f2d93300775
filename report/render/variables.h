/*
 * report/render/variables.h - which variable and member lies at an address.
 */
#ifndef REPORT_RENDER_VARIABLES_H
#define REPORT_RENDER_VARIABLES_H

#include "report/render/model.h"

/* Fills name, field, file, line, start and size of a global; leaves type alone where there is none. */
void render_variable_global(uint64_t addr, uint32_t size, struct render_location *l);
/* The member that the instruction at pc touches, where its base register holds a pointer to a structure according
 * to the debug information: for heap blocks and parameters. Sets l->field only. */
void render_variable_member(uint64_t pc, uint32_t size, struct render_location *l);

#endif
