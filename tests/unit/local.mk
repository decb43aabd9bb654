# SPDX-License-Identifier: Apache-2.0
# A unit test is one cmocka program for one header: test_NAME.c makes test_NAME.
# It is linked with all of core and plugins (LDADD in the top Makefile.am).
UNIT_TESTS += %D%/test_agents
UNIT_TESTS += %D%/test_base
UNIT_TESTS += %D%/test_lines
UNIT_TESTS += %D%/test_sequence
UNIT_TESTS += %D%/test_supervisor
UNIT_TESTS += %D%/test_verdict

check_PROGRAMS += $(UNIT_TESTS)
