/*
 * rewrite/x86_64/detour.c - a jump in place of a function that does nothing.
 *
 *      [endbr64] ret, filler  ->  [endbr64] jmp to
 */
#include <errno.h>

#include "base/mem.h"
#include "rewrite/code.h"
#include "rewrite/rewrite.h"
#include "rewrite/x86_64/encode.h"
#include "rewrite/x86_64/patch.h"

int rewrite_detour(uintptr_t function, uintptr_t to)
{
    const uint8_t *code = (const uint8_t *)function;
    uint8_t jump[5] = { 0xE9 };
    unsigned rep;

    if (base_mem_compare(code, "\xf3\x0f\x1e\xfa", 4) == 0)
        code += 4;
    rep = code[0] == 0xF3;
    if (code[rep] != 0xC3 || !patch_is_filler(code + rep + 1, 4 - rep))
        return -ENOTSUP;
    if (!emit_displace(jump + 1, (uintptr_t)code + 1, to))
        return -ERANGE;
    if (code_open_text((uintptr_t)code, (uintptr_t)code + sizeof(jump)) < 0)
        return -EACCES;
    base_mem_copy((void *)(uintptr_t)code, jump, sizeof(jump));
    code_close_text((uintptr_t)code, (uintptr_t)code + sizeof(jump));
    return 0;
}
