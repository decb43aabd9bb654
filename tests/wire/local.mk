# SPDX-License-Identifier: Apache-2.0
# What runners send, and what the host must make of it: a folder a case. All of
# them are replayed by one program; a new kind of message is a new folder.
WIRE_TESTS += %D%/test_wire
check_PROGRAMS += %D%/test_wire
# The reference says the same.
WIRE_TESTS += %D%/reference.py
EXTRA_DIST += %D%/reference.py
%C%_test_wire_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_test_wire_SOURCES = %D%/test_wire.c %D%/report.c %D%/report.h
# All folders go into the distribution, named here or not.
dist-hook: dist-wire
.PHONY: dist-wire
dist-wire:
	for case in $(srcdir)/%D%/*/; do folder=$(distdir)/%D%/$$(basename $$case); \
	    $(MKDIR_P) $$folder && cp $$case* $$folder || exit 1; done
