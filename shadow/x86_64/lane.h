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
#define LANE_IN 144
#define LANE_HISTORY 160
#define LANE_FILLED 336
#define LANE_TIER2 368
#define LANE_DEPTH 560
#define LANE_TOP 564
#define LANE_CFA 584
#define LANE_RET 1608
#define LANE_BP_USED 3656
#define LANE_STACK_LO 4296
#define LANE_STACK_HI 4304

/* struct shadow_inline */
#define LANE_CUR_READ 0
#define LANE_CUR_WRITE 8
#define LANE_PLANE 24

/* struct shadow_site, 24 bytes: its flags are the upper byte of `what` */
#define LANE_SITE_FLAGS 7
#define LANE_SITE_CFA_OFF 16
#define LANE_SITE_BASE 22
#define LANE_SITE_WRITE 1
#define LANE_SITE_WHOLE 4
#define LANE_SITE_WIDE 8

/* struct shadow_history */
#define LANE_RING 0
#define LANE_HEAD 8
#define LANE_MASK 24

/* struct shadow_planes */
#define LANE_PLANES_W 8
#define LANE_PLANES_FORM 16

/* struct shadow_tract */
#define LANE_TRACT_READERS 8

#define LANE_KEEP 0x80 /* beside the site's flags, in lane.S only */
#define LANE_TRACT_READ 2
#define LANE_ELSEWHERE 0xFFFFFFFD
#define LANE_W_DISP 0xA80
#define LANE_PLANE_DISP 0x240
#define LANE_EVENT 0xC0000000
#define LANE_SITES 0x80000
#define LANE_CHUNK_BITS 12
#define LANE_TRACT_SHIFT 10

#endif
