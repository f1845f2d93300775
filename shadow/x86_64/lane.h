/*
 * shadow/x86_64/lane.h - where lane.S finds what it works on; fast.c asserts that it is there.
 */
#ifndef SHADOW_X86_64_LANE_H
#define SHADOW_X86_64_LANE_H

/* struct shadow_thread */
#define LANE_EPOCH 12
#define LANE_SLOT 16
#define LANE_STAMPED 28
#define LANE_TAG_BASE 40
#define LANE_SELF 44
#define LANE_READER 56
#define LANE_FAST 64
#define LANE_WORKING 68
#define LANE_IN 168
#define LANE_HISTORY 184
#define LANE_TIER2 392
#define LANE_TOP 588
#define LANE_PLAIN 608
#define LANE_CFA 624
#define LANE_RET 1648
#define LANE_CELL_XOR 72
#define LANE_CELL_ADD 80
#define LANE_KEPT_CELL 88
#define LANE_KEPT_EPOCH 92

/* struct shadow_inline */
#define LANE_CUR_WRITE 8

/* struct shadow_site, 32 bytes: its flags are the upper byte of `what` */
#define LANE_SITE_SHIFT 5
#define LANE_SITE_FLAGS 7
#define LANE_SITE_CFA_OFF 16
#define LANE_SITE_WHEN 24
#define LANE_SITE_LANE 28
#define LANE_SITE_WRITE 1

/* struct shadow_history */
#define LANE_RING 0
#define LANE_HEAD 8
#define LANE_MASK 24

/* struct shadow_planes */
#define LANE_PLANES_W 8

/* struct shadow_tract */
#define LANE_TRACT_READERS 8

#define LANE_TRACT_SHARED 1
#define LANE_TRACT_READ 2
#define LANE_ELSEWHERE 0xFFFFFFFD
#define LANE_W_DISP 0xA80
#define LANE_SITES 0x80000
#define LANE_TRACT_SHIFT 10
#define LANE_TRACT 1024

#endif
