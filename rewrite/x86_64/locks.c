/*
 * rewrite/x86_64/locks.c - finds locked instructions without knowing where instructions begin. See locks.h.
 */
#include "rewrite/x86_64/locks.h"

#include "base/mem.h"
#include "rewrite/x86_64/insn.h"
#include "rewrite/x86_64/request.h"

#define LONGEST 4 /* LOCK, REX, two bytes of opcode */

/* Intel SDM volume 2: F0 [40+] 0F B0/B1 (CMPXCHG), C0/C1 (XADD), C7 (CMPXCHG16B). */
static bool is_locked(const uint8_t *p)
{
    if (p[0] != 0xF0)
        return false;
    p += (p[1] & 0xF0) == 0x40;
    return p[1] == 0x0F && ((p[2] & 0xFE) == 0xB0 || (p[2] & 0xFE) == 0xC0 || p[2] == 0xC7);
}

unsigned locks_count(const uint8_t *p, size_t n, unsigned enough)
{
    unsigned found = 0;

    for (size_t i = 0; i + LONGEST <= n && found < enough; i++)
        found += is_locked(p + i);
    return found;
}

/* ---- in code whose functions are known ------------------------------------------------------------------------- */

#define EACH(byte) ((byte)*0x0101010101010101ull)

/* Not zero if a byte of v is. */
static uint64_t zero_byte(uint64_t v)
{
    return (v - EACH(1)) & ~v & EACH(0x80);
}

/* One of 8 bytes is F0, 86 or 87. */
static bool has_candidate(const uint8_t *p)
{
    uint64_t v;

    base_mem_copy(&v, p, sizeof(v));
    return zero_byte(v ^ EACH(0xF0)) | zero_byte((v & EACH(0xFE)) ^ EACH(0x86));
}

static bool is_memory(uint8_t modrm)
{
    return modrm >> 6 != 3;
}

/* Intel SDM volume 2, LOCK: F0 [66] [40+], then ADC, ADD, AND, OR, SBB, SUB, XOR, BTC, BTR, BTS, CMPXCHG(8B, 16B), DEC, INC,
 * NEG, NOT, XADD, XCHG with memory. */
static bool may_be_locked(const uint8_t *p)
{
    p += p[0] == 0x66;
    p += (p[0] & 0xF0) == 0x40;
    if (p[0] == 0x0F)
        return is_memory(p[2]) && ((p[1] & 0xEE) == 0xA2 || (p[1] & 0xFE) == 0xB0 || p[1] == 0xBA ||
                                   (p[1] & 0xF7) == 0xB3 || (p[1] & 0xFE) == 0xC0 || p[1] == 0xC7);
    return is_memory(p[1]) && (p[0] <= 0x31 || (p[0] & 0xFC) == 0x80 || (p[0] & 0xFE) == 0x86 ||
                               (p[0] & 0xFE) == 0xF6 || (p[0] & 0xFE) == 0xFE);
}

/* before: the byte in front of p; 0F 86 and 0F 87 are conditional jumps. */
static bool is_candidate(const uint8_t *p, uint8_t before)
{
    if (p[0] == 0xF0)
        return may_be_locked(p + 1);
    return (p[0] & 0xFE) == 0x86 && before != 0x0F && is_memory(p[1]);
}

#define LONGEST_HEAD 6 /* LOCK, 66, REX, two bytes of opcode, ModRM */
#define RUN_UP 24 /* bytes before a candidate: decoding falls into step within a few instructions */
#define TRIES 2

/* Decoding from `from` on meets, at the byte `at`, an instruction of the wanted kind. */
static bool meets(const uint8_t *p, size_t n, size_t from, size_t at)
{
    struct insn in;

    for (; from <= at; from += in.len) {
        if (!insn_peek(p + from, n - from, &in))
            return false;
        if (from + in.len > at)
            return in.access == INSN_SYNC;
    }
    return false;
}

static bool is_real(const uint8_t *p, size_t n, size_t at)
{
    if (at <= RUN_UP)
        return meets(p, n, 0, at);
    for (size_t try = 0; try < TRIES; try++)
        if (meets(p, n, at - RUN_UP + try, at))
            return true;
    return false;
}

/* The byte at p[at] is the opcode of a request's last instruction. */
static bool ends_request(const uint8_t *p, size_t n, size_t at)
{
    return at > REQUEST_LAST && p[at] == 0x87 &&
           request_at(p + at - REQUEST_LAST - 1, n - at + REQUEST_LAST + 1);
}

bool locks_any(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++) {
        while (!(i & 7) && i + 8 <= n && !has_candidate(p + i))
            i += 8;
        if (i + 2 < n && (i + LONGEST_HEAD > n || is_candidate(p + i, i ? p[i - 1] : 0)) &&
            is_real(p, n, i))
            return true;
        if (i < n && ends_request(p, n, i))
            return true;
    }
    return false;
}
