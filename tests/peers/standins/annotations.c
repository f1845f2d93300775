/* The functions that ThreadSanitizer's tests call in its run-time library, for builds without it: they do nothing. They lie in a shared
 * library, so that a detector that knows them can put its own in their place.
 */
#include <string.h>

#define NOTHING(name)                                                                              \
    void name(void);                                                                               \
    void name(void) {}
#define ZERO(name)                                                                                 \
    int name(void);                                                                                \
    int name(void)                                                                                 \
    {                                                                                              \
        return 0;                                                                                  \
    }
#define UNALIGNED(bits)                                                                            \
    __UINT##bits##_TYPE__ __sanitizer_unaligned_load##bits(const void *from);                      \
    void __sanitizer_unaligned_store##bits(void *to, __UINT##bits##_TYPE__ value);                 \
    __UINT##bits##_TYPE__ __sanitizer_unaligned_load##bits(const void *from)                       \
    {                                                                                              \
        __UINT##bits##_TYPE__ value;                                                               \
        memcpy(&value, from, sizeof(value));                                                       \
        return value;                                                                              \
    }                                                                                              \
    void __sanitizer_unaligned_store##bits(void *to, __UINT##bits##_TYPE__ value)                  \
    {                                                                                              \
        memcpy(to, &value, sizeof(value));                                                         \
    }

NOTHING(AnnotateBenignRace)
NOTHING(AnnotateBenignRaceSized)
NOTHING(AnnotateCondVarSignal)
NOTHING(AnnotateCondVarSignalAll)
NOTHING(AnnotateCondVarWait)
NOTHING(AnnotateEnableRaceDetection)
NOTHING(AnnotateExpectRace)
NOTHING(AnnotateFlushExpectedRaces)
NOTHING(AnnotateFlushState)
NOTHING(AnnotateHappensAfter)
NOTHING(AnnotateHappensBefore)
NOTHING(AnnotateIgnoreReadsBegin)
NOTHING(AnnotateIgnoreReadsEnd)
NOTHING(AnnotateIgnoreSyncBegin)
NOTHING(AnnotateIgnoreSyncEnd)
NOTHING(AnnotateIgnoreWritesBegin)
NOTHING(AnnotateIgnoreWritesEnd)
NOTHING(AnnotateMutexIsUsedAsCondVar)
NOTHING(AnnotateNewMemory)
NOTHING(AnnotateNoOp)
NOTHING(AnnotatePCQCreate)
NOTHING(AnnotatePCQDestroy)
NOTHING(AnnotatePCQGet)
NOTHING(AnnotatePCQPut)
NOTHING(AnnotatePublishMemoryRange)
NOTHING(AnnotateRWLockAcquired)
NOTHING(AnnotateRWLockCreate)
NOTHING(AnnotateRWLockCreateStatic)
NOTHING(AnnotateRWLockDestroy)
NOTHING(AnnotateRWLockReleased)
NOTHING(AnnotateThreadName)
NOTHING(AnnotateTraceMemory)
NOTHING(AnnotateUnpublishMemoryRange)
NOTHING(WTFAnnotateBenignRaceSized)
NOTHING(__tsan_acquire)
NOTHING(__tsan_flush_memory)
NOTHING(__tsan_mutex_create)
NOTHING(__tsan_mutex_destroy)
NOTHING(__tsan_mutex_post_divert)
NOTHING(__tsan_mutex_post_lock)
NOTHING(__tsan_mutex_post_signal)
NOTHING(__tsan_mutex_post_unlock)
NOTHING(__tsan_mutex_pre_divert)
NOTHING(__tsan_mutex_pre_signal)
NOTHING(__tsan_release)
ZERO(__tsan_mutex_pre_lock)
ZERO(__tsan_mutex_pre_unlock)
ZERO(RunningOnValgrind)
UNALIGNED(16)
UNALIGNED(32)
UNALIGNED(64)
