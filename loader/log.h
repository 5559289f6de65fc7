/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error: one JSON object per line, {"level":"info|warn|error","code":"...","message":"..."}. */
#ifndef LAGPIPE_LOG_H
#define LAGPIPE_LOG_H

#include <stddef.h>

void log_info(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * From now on libbpf's warnings are kept instead of printed: an attempt that may fail asks for them when it has no
 * explanation of its own. log_libbpf_begin() forgets those of the attempt before.
 */
void log_libbpf_capture(void);
void log_libbpf_begin(void);
const char *log_libbpf_last(void);

#endif
