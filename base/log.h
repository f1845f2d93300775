/*
 * base/log.h - one line to stderr, by one write(2), prefixed "Seance: ". Keeps errno; signal-safe.
 *
 * Written to a descriptor duplicated at start-up, so that a host that closes stderr later loses nothing; to stderr
 * itself where the host has closed the copy. Where stderr was closed from the start nothing is written anywhere.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* Duplicates stderr to a high, close-on-exec descriptor. Call once at start-up. */
void base_log_init(void);
/* Where lines go now; -1: nowhere. Asks the kernel: not for keeping. */
int base_log_fd(void);
void base_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Only where the verbosity option is at least `level`. */
void base_log_at(unsigned level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void base_log_set_verbosity(unsigned level);

#endif
