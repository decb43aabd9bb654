# SPDX-License-Identifier: Apache-2.0
# A unit test is one cmocka program for one header: test_NAME.c makes test_NAME.
# It is linked with all of core and plugins (LDADD in the top Makefile.am).
UNIT_TESTS += %D%/test_agents
UNIT_TESTS += %D%/test_base
UNIT_TESTS += %D%/test_decoder
UNIT_TESTS += %D%/test_decoder_memory
UNIT_TESTS += %D%/test_document %D%/test_document_reader
UNIT_TESTS += %D%/test_config
UNIT_TESTS += %D%/test_options
UNIT_TESTS += %D%/test_plan
UNIT_TESTS += %D%/test_lines
UNIT_TESTS += %D%/test_histogram
UNIT_TESTS += %D%/test_results
UNIT_TESTS += %D%/test_sequence
UNIT_TESTS += %D%/test_supervisor
UNIT_TESTS += %D%/test_verdict
UNIT_TESTS += %D%/test_zmtp
UNIT_TESTS += %D%/test_dispatch
UNIT_TESTS += %D%/test_loader
UNIT_TESTS += %D%/test_nearest
UNIT_TESTS += %D%/test_queue

# Calls of functions that are known only when the program runs.
UNIT_TESTS += %D%/test_foreign %D%/test_signature

# The C runner's parts.
UNIT_TESTS += %D%/test_fiber %D%/test_fiber_portable %D%/test_loop %D%/test_http1_parser %D%/test_cookies
%C%_test_fiber_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
%C%_test_fiber_SOURCES = %D%/test_fiber.c runners/c/fiber.c
%C%_test_fiber_portable_CPPFLAGS = $(C_RUNNER_CPPFLAGS) -DFIBER_PORTABLE
%C%_test_fiber_portable_SOURCES = $(%C%_test_fiber_SOURCES)
%C%_test_loop_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
%C%_test_loop_SOURCES = %D%/test_loop.c runners/c/fiber.c runners/c/loop.c runners/c/wheel.c
UNIT_TESTS += %D%/test_websocket
%C%_test_websocket_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
%C%_test_websocket_CFLAGS = $(AM_CFLAGS) $(OPENSSL_CFLAGS)
%C%_test_websocket_SOURCES = %D%/test_websocket.c runners/c/websocket.c runners/c/upgrade.c $(STREAM_PARTS)
%C%_test_websocket_LDADD = $(LDADD) $(OPENSSL_LIBS) $(WSLAY_LIBS)
STREAM_PARTS = runners/c/stream.c runners/c/tls.c runners/c/fiber.c runners/c/loop.c runners/c/wheel.c
%C%_test_http1_parser_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
%C%_test_http1_parser_SOURCES = %D%/test_http1_parser.c runners/c/http1_parser.c
%C%_test_cookies_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
%C%_test_cookies_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
%C%_test_cookies_SOURCES = %D%/test_cookies.c runners/c/cookies.c runners/c/url.c
%C%_test_cookies_LDADD = $(LDADD) $(CURL_LIBS)

# The bridge's.
UNIT_TESTS += %D%/test_bridge
%C%_test_bridge_CPPFLAGS = $(loads_bridge_CPPFLAGS)
%C%_test_bridge_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_bridge_SOURCES = %D%/test_bridge.c runners/bridge/line.c runners/bridge/splitter.c

# Outputs are tested as the host uses them: the built .so in a host of its own.
UNIT_TESTS += %D%/test_output_stdout %D%/test_output_json %D%/test_output_file %D%/test_output_markdown
%C%_test_output_stdout_SOURCES = %D%/test_output_stdout.c $(OUTPUT_HARNESS)
%C%_test_output_json_SOURCES = %D%/test_output_json.c $(OUTPUT_HARNESS)
%C%_test_output_file_SOURCES = %D%/test_output_file.c $(OUTPUT_HARNESS)
if WITH_HTML_OUTPUT
UNIT_TESTS += %D%/test_output_html
endif
%C%_test_output_html_SOURCES = %D%/test_output_html.c $(OUTPUT_HARNESS)
%C%_test_output_markdown_SOURCES = %D%/test_output_markdown.c $(OUTPUT_HARNESS)
%C%_test_output_markdown_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_test_output_markdown_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_output_markdown_LDADD = $(OUTPUT_LIBS) $(LDADD)
UNIT_TESTS += %D%/test_ffi_fields
%C%_test_ffi_fields_SOURCES = %D%/test_ffi_fields.c outputs/ffi/fields.c
%C%_test_ffi_fields_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_test_ffi_fields_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
OUTPUT_HARNESS = %D%/output_harness.c %D%/output_harness.h
PLUGIN_TESTS += %D%/outputs/exports.bats
EXTRA_DIST += %D%/outputs


# Of the C runner: the file under test, beside core.
UNIT_TESTS += %D%/test_deal %D%/test_random %D%/test_rows
C_RUNNER_UNIT = -I$(srcdir)/runners/c/include -I$(srcdir)/runners/c $(AM_CPPFLAGS)
%C%_test_deal_SOURCES = %D%/test_deal.c runners/c/deal.c
%C%_test_deal_CPPFLAGS = $(C_RUNNER_UNIT)
%C%_test_random_SOURCES = %D%/test_random.c runners/c/random.c
%C%_test_random_CPPFLAGS = $(C_RUNNER_UNIT)
%C%_test_rows_SOURCES = %D%/test_rows.c runners/c/rows.c
%C%_test_rows_CPPFLAGS = $(C_RUNNER_UNIT)

check_PROGRAMS += $(UNIT_TESTS)
