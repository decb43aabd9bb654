# SPDX-License-Identifier: Apache-2.0
# What runners send, and what the host must make of it: a folder a case. All of
# them are replayed by one program; a new kind of message is a new folder.
WIRE_TESTS += %D%/test_wire
check_PROGRAMS += %D%/test_wire
%C%_test_wire_SOURCES = %D%/test_wire.c %D%/report.c %D%/report.h
WIRE_CASES = $(wildcard $(srcdir)/%D%/*/in $(srcdir)/%D%/*/in.hex $(srcdir)/%D%/*/expect)
EXTRA_DIST += $(WIRE_CASES:$(srcdir)/%=%)
