/*
 * tests/patch/golden.c - prints what the rewriter emits for each shape of golden.S.
 *
 * usage: golden gs|xor PASSES. Addresses of the copy are printed as hot+N and cold+N, those of the original as text+N, so that
 * the output is the same wherever the shapes lie; bytes that hold a distance to the original are left out.
 */
#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rewrite/x86_64/copy.h"

#define SHAPE_MOST 4096 /* bytes */

struct shape {
    const uint8_t *lo, *hi;
    const char *name;
};

extern const struct shape __start_goldens[], __stop_goldens[];

/* Round numbers, to be known again in the output. */
static struct rewrite_runtime runtime = { .fs_cur_read = -0x100,
                                          .fs_cur_write = -0x200,
                                          .fs_read_mask = -0x300,
                                          .fs_plane = -0x400,
                                          .fs_spill = -0x500,
                                          .fs_need = -0x600,
                                          .plane_disp = 0x240,
                                          .checks = true,
                                          .cold = 0x1122334455667788 };
static const struct shape *shape;
static const struct unit_copy *copy; /* whose twin, where it has one, lies behind it */
static uintptr_t hot_end, cold_end;
static bool outside; /* the instruction names an address outside the copy */

/* %fs:disp of the emitted code: a field of the thread. */
static void name_field(int64_t disp, char *name, size_t size)
{
    static const char *const fields[] = { "cur_read", "cur_write", "read_mask",
                                          "plane",    "spill",     "need" };
    unsigned i = (unsigned)((-disp + 0xff) / 0x100 - 1) % 6;

    snprintf(name, size, "%s+%d", fields[i], (int)(disp + 0x100 * (int)(i + 1)));
}

static ZyanStatus print_address(const ZydisFormatter *f, ZydisFormatterBuffer *buffer,
                                ZydisFormatterContext *context)
{
    ZyanU64 at;
    ZyanStringView view;
    ZyanString *text;
    char name[64];

    ZydisCalcAbsoluteAddress(context->instruction, context->operand, context->runtime_address, &at);
    if (context->operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
        context->operand->mem.segment == ZYDIS_REGISTER_FS)
        name_field(context->operand->mem.disp.value, name, sizeof(name));
    else if (at >= copy->cold && at < cold_end)
        snprintf(name, sizeof(name), "cold+%" PRIu64, at - copy->cold);
    else if (at < hot_end && at + 32 >= copy->hot) /* the thunks lie before */
        snprintf(name, sizeof(name), "hot%+" PRId64, (int64_t)(at - copy->hot));
    else if (at - (uintptr_t)shape->lo > SHAPE_MOST) /* how far depends on the program's size */
        snprintf(name, sizeof(name), "data");
    else
        snprintf(name, sizeof(name), "text%+" PRId64, (int64_t)(at - (uintptr_t)shape->lo));
    outside |= name[0] == 't' || name[0] == 'd';
    ZydisFormatterBufferGetString(buffer, &text);
    ZyanStringViewInsideBuffer(&view, name);
    return ZyanStringAppend(text, &view);
}

static void print_part(const ZydisFormatter *f, const char *title, uintptr_t lo, uintptr_t end)
{
    const uint8_t *base = (const uint8_t *)lo, *p = base;
    ZydisDecoder decoder;

    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    while ((uintptr_t)p < end) {
        ZydisDecodedInstruction z;
        ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
        char text[128], bytes[64] = "";

        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, p, end - (uintptr_t)p, &z, ops))) {
            printf("  %s+%td: does not decode\n", title, p - base);
            return;
        }
        outside = false;
        ZydisFormatterFormatInstruction(f, &z, ops, z.operand_count_visible, text, sizeof(text),
                                        (uintptr_t)p, NULL);
        for (unsigned i = 0; i < z.length; i++)
            sprintf(bytes + strlen(bytes), "%02x", p[i]);
        printf("  %s+%-5td %-26s %s\n", title, p - base, outside ? "..." : bytes, text);
        p += z.length;
    }
}

static void print_shape(const ZydisFormatter *f, const struct unit *u)
{
    const struct rewrite_stats *st = &u->module->stats;

    printf("%s: %u dropped, %u merged, %u moved\n", shape->name, (unsigned)st->dropped,
           (unsigned)st->merged, (unsigned)st->moved);
    printf(" who comes from outside:");
    for (uint32_t i = 0; i < u->n; i++)
        if (u->insns[i].copy != u->insns[i].hot)
            printf(" text+%u to hot+%u", u->insns[i].off, u->insns[i].copy);
    printf("\n");
    print_part(f, "hot", copy->hot, hot_end);
    print_part(f, "cold", copy->cold, cold_end);
}

/* Each shape is a module of its own, with an area of its own. */
static bool rewrite_shape(const ZydisFormatter *f)
{
    static struct insn insns[1024];
    uint32_t size = (uint32_t)(shape->hi - shape->lo);
    struct unit_info info = { .hi = size };
    struct module m = { .bias = (uintptr_t)shape->lo,
                        .text = { { 0, size } },
                        .writable = { { 0, UINT32_MAX } },
                        .ntext = 1,
                        .nwritable = 1,
                        .span = { 0, size },
                        .units = &info,
                        .nunits = 1 };
    struct unit u = { .module = &m,
                      .info = &info,
                      .hi = size,
                      .next = size,
                      .code = shape->lo,
                      .insns = insns,
                      .max = 1024,
                      .passes = runtime.passes };

    if (!unit_decode(&u))
        return false;
    copy = copy_emit(&u, &runtime);
    if (!copy)
        return false;
    hot_end = copy->twin ? copy->twin->hot_end : copy->hot_end;
    cold_end = copy->twin ? copy->twin->cold_end : copy->cold_end;
    print_shape(f, &u);
    return true;
}

int main(int argc, char **argv)
{
    ZydisFormatter f;
    const void *hook = (const void *)&print_address;

    if (argc != 3 || !rewrite_passes(argv[2], &runtime.passes))
        return 2;
    runtime.gs_form = strcmp(argv[1], "gs") == 0;
    insn_decode_init();
    ZydisFormatterInit(&f, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterSetHook(&f, ZYDIS_FORMATTER_FUNC_PRINT_ADDRESS_ABS, &hook);
    for (shape = __start_goldens; shape < __stop_goldens; shape++)
        if (!rewrite_shape(&f)) {
            fprintf(stderr, "%s: not rewritten\n", shape->name);
            return 1;
        }
    return 0;
}
