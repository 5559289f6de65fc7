/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <jansson.h>

/* The end of what libbpf said in this attempt; a verifier's complaint stands at its end. */
static char captured[1024];

/* jansson refuses what is not UTF-8, and a log line must never fail. */
static void keep_ascii(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			*text = '?';
}

static void log_line(const char *level, const char *code, const char *format, va_list arguments)
{
	char message[2048];
	json_t *line;
	char *text;

	vsnprintf(message, sizeof(message), format, arguments);
	keep_ascii(message);
	line = json_pack("{s:s, s:s, s:s}", "level", level, "code", code, "message", message);
	text = line ? json_dumps(line, JSON_COMPACT) : NULL;
	if (text)
		fprintf(stderr, "%s\n", text);
	free(text);
	json_decref(line);
}

void log_info(const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line("info", code, format, arguments);
	va_end(arguments);
}

void log_warn(const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line("warn", code, format, arguments);
	va_end(arguments);
}

void log_error(const char *code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_line("error", code, format, arguments);
	va_end(arguments);
}

static int capture(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char line[512];
	size_t length, kept = strlen(captured);

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, arguments);
	length = strlen(line);
	if (kept + length >= sizeof(captured)) {
		size_t room = sizeof(captured) - 1 - length;
		size_t keep = kept < room ? kept : room;

		memmove(captured, captured + kept - keep, keep);
		kept = keep;
	}
	memcpy(captured + kept, line, length + 1);
	return 0;
}

void log_libbpf_capture(void)
{
	libbpf_set_print(capture);
}

void log_libbpf_begin(void)
{
	captured[0] = '\0';
}

const char *log_libbpf_last(void)
{
	size_t length = strlen(captured);

	if (length && captured[length - 1] == '\n')
		captured[length - 1] = '\0';
	return captured;
}
