/*
 * preload/compiled_atomic.c - atomic operations of code compiled with -fsanitize=thread: the rows TSAN_ATOMIC of tsan.def.
 *
 * The operation itself is made between shadow_exact_begin() and shadow_exact_end(), so that memory and what is known of it
 * change in one order; with the strongest order, which costs nothing beside the rest. Both run on the thread's cold stack.
 * Memory orders are those of C11; compilers put hints into higher bits.
 */
#include "preload/compiled.h"

#include "preload/gate.h"

typedef uint8_t a8;
typedef uint16_t a16;
typedef uint32_t a32;
typedef uint64_t a64;
typedef unsigned __int128 a128;

/* One operation on its way; on the caller's stack. */
struct atomic {
    struct preload_tls *self;
    struct shadow_exact_op op;
    struct base_where where;
    enum shadow_atomic_op kind;
    int order;
};

static void begin_below(void *arg)
{
    struct atomic *a = arg;

    shadow_exact_begin(&a->op, a->kind);
}

static void end_below(void *arg)
{
    struct atomic *a = arg;

    shadow_exact_end(&a->op, a->kind, a->order);
}

/* False: nobody is to be told. Where the program has no such memory, it ends here, as it would. */
static bool begin(struct atomic *a, const volatile void *p, uint32_t size,
                  enum shadow_atomic_op kind, const uintptr_t *frame)
{
    a->self = preload_self();
    a->op.t = preload_gate(a->self);
    if (!a->op.t)
        return false;
    (void)*(const volatile uint8_t *)p;
    a->where = preload_where(frame);
    a->op.addr = A(p);
    a->op.size = size;
    a->op.at = &a->where;
    a->kind = kind;
    preload_enter(a->self);
    preload_compiled_below(begin_below, a);
    return true;
}

static void end(struct atomic *a, enum shadow_atomic_op kind, int order)
{
    a->kind = kind;
    a->order = order & 7;
    preload_compiled_below(end_below, a);
    preload_leave(a->self);
}

/* ---- the operations ----------------------------------------------------------------------------------------- */

/* Of 16 bytes: libatomic would be called otherwise. True: *old was there, and now is v. */
static bool swap_128(volatile a128 *p, a128 *old, a128 v)
{
    uint64_t low = (uint64_t)*old, high = (uint64_t)(*old >> 64);
    bool done;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*p), "+a"(low), "+d"(high)
                     : "b"((uint64_t)v), "c"((uint64_t)(v >> 64))
                     : "memory");
    *old = (a128)high << 64 | low;
    return done;
}

/* result: what it was before; the loop ends when nobody came between. */
#define LOOP_128(p, old, new)                                                                      \
    a128 old = 0;                                                                                  \
    while (!swap_128(p, &old, new))                                                                \
        ;                                                                                          \
    return old

static a128 load_128(const volatile a128 *p)
{
    a128 old = 0;

    swap_128((volatile a128 *)p, &old, 0); /* writes what is there */
    return old;
}
static void store_128(volatile a128 *p, a128 v)
{
    a128 old = 0;

    while (!swap_128(p, &old, v))
        ;
}
static a128 exchange_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, v);
}
static a128 fetch_add_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, old + v);
}
static a128 fetch_sub_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, old - v);
}
static a128 fetch_and_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, old & v);
}
static a128 fetch_or_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, old | v);
}
static a128 fetch_xor_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, old ^ v);
}
static a128 fetch_nand_128(volatile a128 *p, a128 v)
{
    LOOP_128(p, old, ~(old & v));
}

#define NATIVE(bits)                                                                               \
    static inline a##bits load_##bits(const volatile a##bits *p)                                   \
    {                                                                                              \
        return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                               \
    }                                                                                              \
    static inline void store_##bits(volatile a##bits *p, a##bits v)                                \
    {                                                                                              \
        __atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                                  \
    }                                                                                              \
    static inline bool swap_##bits(volatile a##bits *p, a##bits *old, a##bits v)                   \
    {                                                                                              \
        return __atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
    }                                                                                              \
    NATIVE_RMW(bits, exchange, __atomic_exchange_n)                                                \
    NATIVE_RMW(bits, fetch_add, __atomic_fetch_add)                                                \
    NATIVE_RMW(bits, fetch_sub, __atomic_fetch_sub)                                                \
    NATIVE_RMW(bits, fetch_and, __atomic_fetch_and)                                                \
    NATIVE_RMW(bits, fetch_or, __atomic_fetch_or)                                                  \
    NATIVE_RMW(bits, fetch_xor, __atomic_fetch_xor)                                                \
    NATIVE_RMW(bits, fetch_nand, __atomic_fetch_nand)

#define NATIVE_RMW(bits, operation, builtin)                                                       \
    static inline a##bits operation##_##bits(volatile a##bits *p, a##bits v)                       \
    {                                                                                              \
        return builtin(p, v, __ATOMIC_SEQ_CST);                                                    \
    }

NATIVE(8)
NATIVE(16)
NATIVE(32)
NATIVE(64)

/* ---- the rows ----------------------------------------------------------------------------------------------- */

#define ROW_load(name, bits, operation)                                                            \
    a##bits name(const volatile a##bits *p, int order);                                            \
    PRELOAD_EXPORT a##bits name(const volatile a##bits *p, int order)                              \
    {                                                                                              \
        struct atomic a;                                                                           \
        bool told = begin(&a, p, bits / 8, SHADOW_ATOMIC_LOAD, __builtin_frame_address(0));        \
        a##bits old = load_##bits(p);                                                              \
                                                                                                   \
        if (told)                                                                                  \
            end(&a, SHADOW_ATOMIC_LOAD, order);                                                    \
        return old;                                                                                \
    }

#define ROW_store(name, bits, operation)                                                           \
    void name(volatile a##bits *p, a##bits v, int order);                                          \
    PRELOAD_EXPORT void name(volatile a##bits *p, a##bits v, int order)                            \
    {                                                                                              \
        struct atomic a;                                                                           \
        bool told = begin(&a, p, bits / 8, SHADOW_ATOMIC_STORE, __builtin_frame_address(0));       \
                                                                                                   \
        store_##bits(p, v);                                                                        \
        if (told)                                                                                  \
            end(&a, SHADOW_ATOMIC_STORE, order);                                                   \
    }

#define ROW_rmw(name, bits, operation)                                                             \
    a##bits name(volatile a##bits *p, a##bits v, int order);                                       \
    PRELOAD_EXPORT a##bits name(volatile a##bits *p, a##bits v, int order)                         \
    {                                                                                              \
        struct atomic a;                                                                           \
        bool told = begin(&a, p, bits / 8, SHADOW_ATOMIC_RMW, __builtin_frame_address(0));         \
        a##bits old = operation##_##bits(p, v);                                                    \
                                                                                                   \
        if (told)                                                                                  \
            end(&a, SHADOW_ATOMIC_RMW, order);                                                     \
        return old;                                                                                \
    }

#define ROW_exchange ROW_rmw
#define ROW_fetch_add ROW_rmw
#define ROW_fetch_sub ROW_rmw
#define ROW_fetch_and ROW_rmw
#define ROW_fetch_or ROW_rmw
#define ROW_fetch_xor ROW_rmw
#define ROW_fetch_nand ROW_rmw

/* One that fails is a load of the failure's order. */
#define SWAP(bits, p, expected, v, order, failure, done)                                           \
    struct atomic a;                                                                               \
    bool told = begin(&a, p, bits / 8, SHADOW_ATOMIC_RMW, __builtin_frame_address(0));             \
    a##bits old = expected;                                                                        \
    bool done = swap_##bits(p, &old, v);                                                           \
                                                                                                   \
    if (told)                                                                                      \
    end(&a, done ? SHADOW_ATOMIC_RMW : SHADOW_ATOMIC_LOAD, done ? order : failure)

#define ROW_compare_exchange_strong(name, bits, operation)                                         \
    int name(volatile a##bits *p, a##bits *expected, a##bits v, int order, int failure);           \
    PRELOAD_EXPORT int name(volatile a##bits *p, a##bits *expected, a##bits v, int order,          \
                            int failure)                                                           \
    {                                                                                              \
        SWAP(bits, p, *expected, v, order, failure, done);                                         \
        if (!done)                                                                                 \
            *expected = old;                                                                       \
        return done;                                                                               \
    }

#define ROW_compare_exchange_weak ROW_compare_exchange_strong

#define ROW_compare_exchange_val(name, bits, operation)                                            \
    a##bits name(volatile a##bits *p, a##bits expected, a##bits v, int order, int failure);        \
    PRELOAD_EXPORT a##bits name(volatile a##bits *p, a##bits expected, a##bits v, int order,       \
                                int failure)                                                       \
    {                                                                                              \
        SWAP(bits, p, expected, v, order, failure, done);                                          \
        return old;                                                                                \
    }

#define TSAN_ACCESS(name, shape, size, flags)
#define TSAN_ATOMIC(name, bits, operation) ROW_##operation(name, bits, operation)
#define TSAN_BODY(name)
#include "preload/tsan.def"

/* ---- fences -------------------------------------------------------------------------------------------------- */

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

PRELOAD_EXPORT void __tsan_atomic_thread_fence(int order)
{
    struct preload_tls *self = preload_self();
    struct shadow_thread *t = preload_gate(self);

    if (t)
        PRELOAD_INSIDE(self, shadow_fence(t, order & 7));
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Between a thread and a handler that runs on it: everything of both is one thread's here. */
PRELOAD_EXPORT void __tsan_atomic_signal_fence(int order)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}
