/*
 * report/render/cache.h - what was found in a module's debug information, kept for the next run of the same build.
 *
 * One file a build-id in $XDG_CACHE_HOME/seance, or ~/.cache/seance, of the user alone (mode 0600). Nothing is kept where the folder
 * above is not the user's own; nothing that goes wrong with it is worth a word.
 */
#ifndef REPORT_RENDER_CACHE_H
#define REPORT_RENDER_CACHE_H

#include "report/render/atomics.h"

/* build_id: hexadecimal. False: it is not there, another version of the tool has written it, or a source file has turned up
 * that was missing then; *out is as it was. */
bool render_cache_load(const char *build_id, struct render_atomics *out);
void render_cache_save(const char *build_id, const struct render_atomics *list);

#endif
