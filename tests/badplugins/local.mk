# SPDX-License-Identifier: Apache-2.0
# Plugins that break one promise each (and a few that keep an odd one), for the
# tests of the loader, of dispatch and of whole runs.
BAD_PLUGINS = \
    %D%/bad_default.so \
    %D%/bad_option.so \
    %D%/big_state.so \
    %D%/crash.so \
    %D%/fail_event.so \
    %D%/fail_flush.so \
    %D%/fail_open.so \
    %D%/hang_event.so \
    %D%/hang_flush.so \
    %D%/huge_state.so \
    %D%/newer.so \
    %D%/no_symbol.so \
    %D%/older.so \
    %D%/other_name.so \
    %D%/record.so \
    %D%/slow.so \
    %D%/too_short.so \
    %D%/unknown_kind.so \
    %D%/witness.so \
    %D%/wrong_abi.so \
    %D%/wrong_kind.so
check_PROGRAMS += $(BAD_PLUGINS)
%C%_bad_default_so_SOURCES = %D%/bad_default.c
%C%_bad_default_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_bad_default_so_LDFLAGS = $(PLUGIN_LINK)
%C%_bad_default_so_LDADD =
%C%_bad_option_so_SOURCES = %D%/bad_option.c
%C%_bad_option_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_bad_option_so_LDFLAGS = $(PLUGIN_LINK)
%C%_bad_option_so_LDADD =
%C%_big_state_so_SOURCES = %D%/big_state.c
%C%_big_state_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_big_state_so_LDFLAGS = $(PLUGIN_LINK)
%C%_big_state_so_LDADD =
%C%_crash_so_SOURCES = %D%/crash.c
%C%_crash_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_crash_so_LDFLAGS = $(PLUGIN_LINK)
%C%_crash_so_LDADD =
%C%_fail_event_so_SOURCES = %D%/fail_event.c
%C%_fail_event_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_fail_event_so_LDFLAGS = $(PLUGIN_LINK)
%C%_fail_event_so_LDADD =
%C%_fail_flush_so_SOURCES = %D%/fail_flush.c
%C%_fail_flush_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_fail_flush_so_LDFLAGS = $(PLUGIN_LINK)
%C%_fail_flush_so_LDADD =
%C%_fail_open_so_SOURCES = %D%/fail_open.c
%C%_fail_open_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_fail_open_so_LDFLAGS = $(PLUGIN_LINK)
%C%_fail_open_so_LDADD =
%C%_hang_event_so_SOURCES = %D%/hang_event.c
%C%_hang_event_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_hang_event_so_LDFLAGS = $(PLUGIN_LINK)
%C%_hang_event_so_LDADD =
%C%_hang_flush_so_SOURCES = %D%/hang_flush.c
%C%_hang_flush_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_hang_flush_so_LDFLAGS = $(PLUGIN_LINK)
%C%_hang_flush_so_LDADD =
%C%_huge_state_so_SOURCES = %D%/huge_state.c
%C%_huge_state_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_huge_state_so_LDFLAGS = $(PLUGIN_LINK)
%C%_huge_state_so_LDADD =
%C%_newer_so_SOURCES = %D%/newer.c
%C%_newer_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_newer_so_LDFLAGS = $(PLUGIN_LINK)
%C%_newer_so_LDADD =
%C%_no_symbol_so_SOURCES = %D%/no_symbol.c
%C%_no_symbol_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_no_symbol_so_LDFLAGS = $(PLUGIN_LINK)
%C%_no_symbol_so_LDADD =
%C%_older_so_SOURCES = %D%/older.c
%C%_older_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_older_so_LDFLAGS = $(PLUGIN_LINK)
%C%_older_so_LDADD =
%C%_other_name_so_SOURCES = %D%/other_name.c
%C%_other_name_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_other_name_so_LDFLAGS = $(PLUGIN_LINK)
%C%_other_name_so_LDADD =
%C%_record_so_SOURCES = %D%/record.c
%C%_record_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_record_so_LDFLAGS = $(PLUGIN_LINK)
%C%_record_so_LDADD =
%C%_slow_so_SOURCES = %D%/slow.c
%C%_slow_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_slow_so_LDFLAGS = $(PLUGIN_LINK)
%C%_slow_so_LDADD =
%C%_too_short_so_SOURCES = %D%/too_short.c
%C%_too_short_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_too_short_so_LDFLAGS = $(PLUGIN_LINK)
%C%_too_short_so_LDADD =
%C%_unknown_kind_so_SOURCES = %D%/unknown_kind.c
%C%_unknown_kind_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_unknown_kind_so_LDFLAGS = $(PLUGIN_LINK)
%C%_unknown_kind_so_LDADD =
%C%_witness_so_SOURCES = %D%/witness.c
%C%_witness_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_witness_so_LDFLAGS = $(PLUGIN_LINK)
%C%_witness_so_LDADD =
%C%_wrong_abi_so_SOURCES = %D%/wrong_abi.c
%C%_wrong_abi_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_wrong_abi_so_LDFLAGS = $(PLUGIN_LINK)
%C%_wrong_abi_so_LDADD =
%C%_wrong_kind_so_SOURCES = %D%/wrong_kind.c
%C%_wrong_kind_so_CFLAGS = $(PLUGIN_COMPILE)
%C%_wrong_kind_so_LDFLAGS = $(PLUGIN_LINK)
%C%_wrong_kind_so_LDADD =

PLUGIN_TESTS += %D%/observers.bats %D%/plugins.bats
EXTRA_DIST += %D%/observers.bats %D%/plugins.bats
