/*
 * report/depot.h - stacks as paths in one shared tree: a node is {the callers' node, pc}, each kept once.
 */
#ifndef REPORT_DEPOT_H
#define REPORT_DEPOT_H

#include <stdint.h>

/* The node of `pc` called from stack `parent` (0: none); 0 where memory ran out. Lock-free; tens of cycles. */
uint32_t report_depot_put(uint32_t parent, uintptr_t pc);
/* The node's pc; *parent becomes the callers' node. id must come from report_depot_put() and not be 0. */
uintptr_t report_depot_get(uint32_t id, uint32_t *parent);
uint64_t report_depot_nodes(void);
/* Stacks that could not be kept. */
uint64_t report_depot_lost(void);

#endif
