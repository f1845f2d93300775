/*
 * rewrite/x86_64/vptr.c - finds the stores by which constructors and destructors say of which class an object is now.
 *
 * The destructor of a class stores the pointer that is there already, unless it ends an object of a class derived from it, while
 * others may still call through it: the source has no such store, and it changes nothing. So where memory has the pointer already
 * there is no access (check.c); the compilers' own __tsan_vptr_update is for the same.
 *
 *      lea  vtable+16(%rip),%rax              or   mov  vtable@GOTPCREL(%rip),%rax ; add $16,%rax
 *      mov  %rax,(%rdi)
 *
 * What a table of virtual functions looks like: Itanium C++ ABI, 2.5.2. Its pointers are relocated before code runs.
 *
 *      -16  offset to top     -8  type_info or 0     0  first function
 */
#include "rewrite/x86_64/vptr.h"

#include "base/mem.h"

#define REX_W 0x48
#define REX_R 4
#define REX_B 1

struct constants {
    uint64_t value[16];
    uint32_t known; /* registers whose value is */
};

static uint64_t word_at(const struct module *m, uint64_t off)
{
    uint64_t word;

    base_mem_copy(&word, (const void *)(m->bias + off), sizeof(word));
    return word;
}

static bool has_words(const struct module *m, uint64_t off, unsigned n)
{
    return off % 8 == 0 && segment_has(m->readable, m->nreadable, off) &&
           segment_has(m->readable, m->nreadable, off + 8ul * n - 1);
}

/* std::type_info: a pointer to virtual functions, and one to the name, as the ABI mangles it. */
static bool is_type_info(const struct module *m, uint64_t off)
{
    uint64_t name;
    char first;

    if (!has_words(m, off, 2) || !word_at(m, off))
        return false;
    name = word_at(m, off + 8) - m->bias;
    if (!segment_has(m->readable, m->nreadable, name) ||
        segment_has(m->writable, m->nwritable, name))
        return false;
    first = *(const char *)(m->bias + name);
    return (first >= '0' && first <= '9') || (first >= 'A' && first <= 'Z') || first == '*';
}

static bool is_vtable(const struct module *m, uint64_t value)
{
    uint64_t off = value - m->bias, type;

    if (off < 16 || !segment_has(&m->relro, 1, off - 16) || !has_words(m, off - 16, 3))
        return false;
    type = word_at(m, off - 8);
    if (type)
        return is_type_info(m, type - m->bias);
    return word_at(m, off - 16) == 0 && module_has_text(m, word_at(m, off) - m->bias);
}

/* The register of a ModRM byte, which has its high bit in the REX prefix. */
static unsigned reg_of(const uint8_t *code)
{
    return (code[2] >> 3 & 7) | (code[0] & REX_R ? 8u : 0);
}

static unsigned rm_of(const uint8_t *code)
{
    return (code[2] & 7) | (code[0] & REX_B ? 8u : 0);
}

/* True if `in` makes the value of *reg known. */
static bool evaluate(const struct unit *u, const struct insn *in, const struct constants *c,
                     unsigned *reg, uint64_t *value)
{
    const uint8_t *code = unit_code(u, in);
    uint64_t target;

    if (in->len < 4 || (code[0] & 0xF8) != REX_W)
        return false;
    if (code[1] == 0x83 && (code[2] & 0xF8) == 0xC0) { /* add $imm8,%reg */
        *reg = rm_of(code);
        *value = c->value[*reg] + (uint64_t)(int64_t)(int8_t)code[3];
        return c->known >> *reg & 1;
    }
    if ((code[1] != 0x8D && code[1] != 0x8B) || !in->disp_off || in->disp_off != 3)
        return false;
    *reg = reg_of(code);
    target = insn_rip_target(in, code);
    if (code[1] == 0x8D)
        *value = u->module->bias + target;
    else if (segment_has(&u->module->relro, 1, target) && has_words(u->module, target, 1))
        *value = word_at(u->module, target);
    else
        return false;
    return true;
}

/* mov %reg,memory, of 8 bytes, where the register's value is known: 1 + its number; else 0. */
static unsigned stored(const struct unit *u, const struct insn *in, const struct constants *c)
{
    const uint8_t *code = unit_code(u, in);
    unsigned reg;

    if (in->access != INSN_CHECKED || in->size != 8 || !(in->flags & REWRITE_WRITE) ||
        in->flags & REWRITE_READ || (code[0] & 0xF8) != REX_W || code[1] != 0x89)
        return 0;
    reg = reg_of(code);
    return c->known >> reg & 1 ? reg + 1 : 0;
}

void vptr_unit(struct unit *u)
{
    struct constants c = { .known = 0 };

    for (uint32_t i = 0; i < u->n; i++) {
        struct insn *in = &u->insns[i];
        unsigned reg;
        uint64_t value;
        bool sets;

        if (in->leader)
            c.known = 0;
        reg = stored(u, in, &c);
        if (reg && is_vtable(u->module, c.value[reg - 1]))
            in->same = (uint8_t)reg;
        sets = evaluate(u, in, &c, &reg, &value);
        c.known &= insn_is_call(in) ? 0 : ~(uint32_t)in->writes;
        if (sets) {
            c.value[reg] = value;
            c.known |= 1u << reg;
        }
    }
}
