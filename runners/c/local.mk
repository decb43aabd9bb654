# SPDX-License-Identifier: Apache-2.0
# loads-c-runner: load tests in C. Its executable exports what <loads/test.h>
# declares to the tests that it loads, and the functions of libcurl in patch.c.
bin_PROGRAMS += loads-c-runner
loads_c_runner_SOURCES = $(C_TEST_SOURCES) \
    %D%/compiler.c %D%/compiler.h \
    %D%/main.c \
    %D%/message.c %D%/message.h \
    %D%/reporter.c %D%/reporter.h \
    %D%/target.c %D%/target.h \
    %D%/uplink.c %D%/uplink.h
C_RUNNER_CPPFLAGS = -I$(srcdir)/%D%/include -I$(srcdir)/%D% $(AM_CPPFLAGS)
loads_c_runner_CPPFLAGS = $(C_RUNNER_CPPFLAGS) \
    -DINCLUDEDIR='"$(includedir)"' -DSOURCE_INCLUDEDIR='"$(abs_top_srcdir)/%D%/include"'
loads_c_runner_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(OPENSSL_CFLAGS) $(ZMQ_CFLAGS)
loads_c_runner_LDFLAGS = $(AM_LDFLAGS) -rdynamic
loads_c_runner_LDADD = libloads.a $(C_TEST_LIBS) $(ZMQ_LIBS)

# What runs tests, with a host and without.
C_TEST_SOURCES = \
    %D%/alarm.c %D%/alarm.h \
    %D%/arguments.c %D%/arguments.h \
    %D%/assert.c \
    %D%/cookies.c %D%/cookies.h \
    %D%/crash.c %D%/crash.h \
    %D%/crowd.c %D%/crowd.h \
    %D%/curl_hit.c %D%/curl_hit.h \
    %D%/curl_route.c %D%/curl_route.h \
    %D%/deal.c %D%/deal.h \
    %D%/event.h \
    %D%/fiber.c %D%/fiber.h \
    %D%/form.c %D%/form.h \
    %D%/gunzip.c %D%/gunzip.h \
    %D%/http1.c %D%/http1.h \
    %D%/http1_parser.c %D%/http1_parser.h \
    %D%/json_body.c %D%/json_body.h \
    %D%/library.c %D%/library.h \
    %D%/loop.c %D%/loop.h \
    %D%/multi.c %D%/multi.h \
    %D%/network.c %D%/network.h \
    %D%/once.c %D%/once.h \
    %D%/own.c \
    %D%/parameters.c %D%/parameters.h \
    %D%/patch.c %D%/patch.h \
    %D%/prepared.c %D%/prepared.h \
    %D%/random.c %D%/random.h \
    %D%/request_head.c %D%/request_head.h \
    %D%/requests.c \
    %D%/resolver.c %D%/resolver.h \
    %D%/response.c %D%/response.h \
    %D%/rows.c %D%/rows.h \
    %D%/session.c %D%/session.h \
    %D%/settings.c %D%/settings.h \
    %D%/sockets.c %D%/sockets.h \
    %D%/stream.c %D%/stream.h \
    %D%/tap.c %D%/tap.h \
    %D%/tls.c %D%/tls.h \
    %D%/transfer.c %D%/transfer.h \
    %D%/transport.h \
    %D%/upgrade.c %D%/upgrade.h \
    %D%/url.c %D%/url.h \
    %D%/user.c %D%/user.h \
    %D%/websocket.c %D%/websocket.h \
    %D%/wheel.c %D%/wheel.h
C_TEST_LIBS = $(CURL_LIBS) $(FFI_LIBS) $(JANSSON_LIBS) $(OPENSSL_LIBS) $(WSLAY_LIBS) $(ZLIB_LIBS) -ldl -lm

# libloads-test makes a program of a test file: it has main(), and exports that
# and what <loads/test.h> declares, and the functions of libcurl in patch.c. It
# carries its own copy of what it uses of core.
testlibdir = $(libdir)
testlib_PROGRAMS = libloads-test.so
libloads_test_so_SOURCES = $(C_TEST_SOURCES) %D%/program.c \
    core/base/buffer.c core/base/clock.c core/base/err.c core/base/foreign.c core/base/json_writer.c \
    core/base/log.c core/base/memory.c core/base/nearest.c core/base/signature.c core/base/siphash.c \
    core/base/symbols.c core/base/utf8.c \
    core/protocol/table.c core/protocol/table_csv.c core/protocol/table_json.c
libloads_test_so_CPPFLAGS = $(C_RUNNER_CPPFLAGS)
libloads_test_so_CFLAGS = $(PLUGIN_COMPILE) $(CURL_CFLAGS) $(OPENSSL_CFLAGS) $(FFI_CFLAGS) $(JANSSON_CFLAGS) $(ZLIB_CFLAGS)
libloads_test_so_LDFLAGS = $(PLUGIN_LINK) -Wl,-soname,libloads-test.so
libloads_test_so_LDADD = $(C_TEST_LIBS)

# The recorder for any program that uses libcurl: what is preloaded, and what that
# loads when there is something to tell. Both live in programs that are built
# without sanitizers, so they are too.
recorderdir = $(pkglibdir)
recorder_PROGRAMS = %D%/loads-curl-recorder.so %D%/loads-curl-link.so
RECORDER_COMPILE = -std=gnu11 -fvisibility=hidden -pthread $(WARNINGS) -fPIC $(CURL_CFLAGS)
%C%_loads_curl_recorder_so_SOURCES = \
    core/base/buffer.c core/base/clock.c core/base/err.c core/base/json_writer.c core/base/memory.c core/base/utf8.c \
    %D%/bridge_link.c %D%/bridge_link.h %D%/curl_hit.c %D%/curl_hit.h %D%/message.c %D%/preload.c
%C%_loads_curl_recorder_so_CFLAGS = $(RECORDER_COMPILE) -ffunction-sections
%C%_loads_curl_recorder_so_LDFLAGS = -pthread -shared -Wl,--gc-sections -Wl,-z,defs
%C%_loads_curl_recorder_so_LDADD = -ldl
%C%_loads_curl_link_so_SOURCES = \
    core/base/buffer.c core/base/clock.c core/base/err.c core/base/json_writer.c core/base/memory.c \
    core/base/log.c core/base/siphash.c core/base/utf8.c %D%/deal.c %D%/message.c %D%/random.c %D%/recorder.c %D%/recorder.h \
    %D%/settings.c %D%/uplink.c %D%/url.c
# url.c asks libcurl; the part that settings.c uses does not.
%C%_loads_curl_link_so_CFLAGS = $(RECORDER_COMPILE) -ffunction-sections $(ZMQ_CFLAGS)
%C%_loads_curl_link_so_LDFLAGS = -pthread -shared -Wl,--gc-sections -Wl,-z,defs
%C%_loads_curl_link_so_LDADD = $(ZMQ_LIBS) -lm

pkginclude_HEADERS += %D%/include/loads/test.h
pkgconfig_DATA += %D%/loads-test.pc
EXTRA_DIST += %D%/examples/shop.c %D%/examples/search.c %D%/examples/terms.csv

C_RUNNER_TESTS = \
    %D%/tests/c_runner.py \
    %D%/tests/curl_patch.py \
    %D%/tests/data.py \
    %D%/tests/fibers.bats \
    %D%/tests/pace.py \
    %D%/tests/recorder.py \
    %D%/tests/transports.py \
    %D%/tests/websocket.py
RUN_TESTS += $(C_RUNNER_TESTS)
EXTRA_DIST += $(C_RUNNER_TESTS) %D%/tests/certificates.py %D%/tests/harness.py %D%/tests/proxy.py \
    %D%/tests/cases.c %D%/tests/curl_cases.c %D%/tests/data.c %D%/tests/transport_cases.c \
    %D%/tests/websocket_cases.c
EXTRA_DIST += $(C_RUNNER_TESTS) %D%/tests/harness.py \
    %D%/tests/cases.c %D%/tests/curl_cases.c %D%/tests/data.c %D%/tests/fibers.c \
    %D%/tests/pace_cases.c %D%/tests/websocket_cases.c
check_PROGRAMS += %D%/tests/transfers
%C%_tests_transfers_SOURCES = %D%/tests/transfers.c
%C%_tests_transfers_CFLAGS = $(RECORDER_COMPILE)
%C%_tests_transfers_LDFLAGS = -pthread
%C%_tests_transfers_LDADD = $(CURL_LIBS)

# What users do with what is installed: a program of a test file.
INSTALL_CHECKS += installcheck-c
installcheck-c:
	@folder=`mktemp -d` && trap 'rm -rf "$$folder"' EXIT && \
	export PKG_CONFIG_PATH='$(DESTDIR)$(pkgconfigdir)' PKG_CONFIG_SYSROOT_DIR='$(DESTDIR)' && \
	$(CC) $(SANITIZERS) $(srcdir)/%D%/examples/shop.c `pkg-config --cflags --libs loads-test` \
	    -o "$$folder/shop" && \
	LD_LIBRARY_PATH='$(DESTDIR)$(libdir)' "$$folder/shop" --help | grep -q 'prints TAP'
