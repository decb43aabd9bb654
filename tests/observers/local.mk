# SPDX-License-Identifier: Apache-2.0
# Observers, each against the real thing that it talks to.
OBSERVER_TESTS = %D%/exec.bats %D%/hostile.py %D%/irc.py %D%/mail.py %D%/webhook.py
RUN_TESTS += $(OBSERVER_TESTS)
EXTRA_DIST += $(OBSERVER_TESTS) %D%/harness.py %D%/smtp-server.cjs

# An observer that is told of many results in one process.
check_PROGRAMS += %D%/tell_many
