# SPDX-License-Identifier: Apache-2.0
# A new output NAME is a file here and these lines, with its name in them:
#   outputs_PROGRAMS += %D%/NAME.so
#   %C%_NAME_so_SOURCES = %D%/NAME.c
#   %C%_NAME_so_CFLAGS = $(PLUGIN_COMPILE)
#   %C%_NAME_so_LDFLAGS = $(PLUGIN_LINK)
#   %C%_NAME_so_LDADD =
# With `$(OUTPUT_LIBS)` as its LDADD it may use what outputs share, and jansson.
outputs_PROGRAMS += %D%/null.so %D%/stdout.so %D%/json.so %D%/file.so %D%/markdown.so
outputs_PROGRAMS += %D%/csv.so %D%/funkload.so %D%/influx.so %D%/junit.so %D%/openmetrics.so %D%/statsd.so

# What outputs share, and what they use of core/base. A plugin carries its own
# copy: it sees nothing of the host but the contract.
noinst_LIBRARIES += %D%/libcommon.a
OUTPUT_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D%
OUTPUT_LIBS = %D%/libcommon.a $(JANSSON_LIBS) -lm
%C%_libcommon_a_SOURCES = \
    core/base/buffer.c core/base/err.c core/base/memory.c core/base/utf8.c \
    %D%/common/document.c %D%/common/document.h \
    %D%/common/markdown.c %D%/common/markdown.h \
    %D%/common/report.c %D%/common/report.h \
    %D%/common/report_file.c %D%/common/report_file.h \
    %D%/common/text.c %D%/common/text.h \
    %D%/common/write.c %D%/common/write.h \
    %D%/common/xml.c %D%/common/xml.h
%C%_libcommon_a_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_libcommon_a_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)

%C%_null_so_SOURCES = %D%/null.c
%C%_null_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_null_so_LDFLAGS = $(PLUGIN_LINK)
%C%_null_so_LDADD =

%C%_stdout_so_SOURCES = \
    %D%/stdout/chart.c %D%/stdout/chart.h \
    %D%/stdout/errors.c %D%/stdout/errors.h \
    %D%/stdout/page.c %D%/stdout/page.h \
    %D%/stdout/progress.c %D%/stdout/progress.h \
    %D%/stdout/stdout.c \
    %D%/stdout/summary.c %D%/stdout/summary.h \
    %D%/stdout/table.c %D%/stdout/table.h \
    %D%/stdout/terminal.c %D%/stdout/terminal.h
%C%_stdout_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_stdout_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_stdout_so_LDFLAGS = $(PLUGIN_LINK)
%C%_stdout_so_LDADD = $(OUTPUT_LIBS)

%C%_json_so_SOURCES = %D%/json.c
%C%_json_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_json_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_json_so_LDFLAGS = $(PLUGIN_LINK)
%C%_json_so_LDADD = $(OUTPUT_LIBS)

%C%_markdown_so_SOURCES = %D%/markdown.c
%C%_markdown_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_markdown_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_markdown_so_LDFLAGS = $(PLUGIN_LINK)
%C%_markdown_so_LDADD = $(OUTPUT_LIBS)

%C%_file_so_SOURCES = %D%/file/file.c %D%/file/line.c %D%/file/line.h core/protocol/recording_names.c
%C%_file_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_file_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_file_so_LDFLAGS = $(PLUGIN_LINK)
%C%_file_so_LDADD = $(OUTPUT_LIBS)

%C%_csv_so_SOURCES = %D%/csv.c
%C%_csv_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_csv_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_csv_so_LDFLAGS = $(PLUGIN_LINK)
%C%_csv_so_LDADD = $(OUTPUT_LIBS)

%C%_funkload_so_SOURCES = \
    %D%/funkload/funkload.c \
    %D%/funkload/names.c %D%/funkload/names.h \
    %D%/funkload/stages.c %D%/funkload/stages.h core/protocol/date.c
%C%_funkload_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_funkload_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_funkload_so_LDFLAGS = $(PLUGIN_LINK)
%C%_funkload_so_LDADD = $(OUTPUT_LIBS)

%C%_influx_so_SOURCES = %D%/influx.c core/protocol/date.c
%C%_influx_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_influx_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_influx_so_LDFLAGS = $(PLUGIN_LINK)
%C%_influx_so_LDADD = $(OUTPUT_LIBS)

%C%_junit_so_SOURCES = %D%/junit.c
%C%_junit_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_junit_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_junit_so_LDFLAGS = $(PLUGIN_LINK)
%C%_junit_so_LDADD = $(OUTPUT_LIBS)

%C%_openmetrics_so_SOURCES = %D%/openmetrics.c core/protocol/date.c
%C%_openmetrics_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_openmetrics_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_openmetrics_so_LDFLAGS = $(PLUGIN_LINK)
%C%_openmetrics_so_LDADD = $(OUTPUT_LIBS)

%C%_statsd_so_SOURCES = %D%/statsd.c core/base/log.c core/base/siphash.c core/results/key.c
%C%_statsd_so_CPPFLAGS = $(OUTPUT_CPPFLAGS)
%C%_statsd_so_CFLAGS = $(PLUGIN_COMPILE) $(JANSSON_CFLAGS)
%C%_statsd_so_LDFLAGS = $(PLUGIN_LINK)
%C%_statsd_so_LDADD = $(OUTPUT_LIBS)
