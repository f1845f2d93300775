/*
 * rewrite/work.h - rewrites one unit, and says where its instructions are then.
 */
#ifndef REWRITE_WORK_H
#define REWRITE_WORK_H

#include "rewrite/module.h"

/* Memory for the largest unit; 0 or -ENOMEM. */
int work_init(void);
/* Rewrites u, which is UNIT_NEW, and every unit that its jump tables or exceptions lead into: UNIT_DONE or UNIT_PLAIN then. */
void work_unit(struct module *m, struct unit_info *u, const struct rewrite_runtime *rt);
/* Where code that wants to go to off, in u, goes: its copy if there is one, else the original. */
uintptr_t work_place(const struct module *m, const struct unit_info *u, uint32_t off);

#endif
