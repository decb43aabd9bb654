# SPDX-License-Identifier: Apache-2.0
libloads_a_SOURCES += \
    %D%/agents.c %D%/agents.h \
    %D%/connections.c %D%/connections.h \
    %D%/departures.c %D%/departures.h \
    %D%/endpoint.c %D%/endpoint.h \
    %D%/exit_code.h \
    %D%/intake.c %D%/intake.h \
    %D%/mailbox.c %D%/mailbox.h \
    %D%/merge.c %D%/merge.h \
    %D%/observer_job.c %D%/observer_job.h \
    %D%/observers.c %D%/observers.h \
    %D%/plan.c %D%/plan.h %D%/plan_text.c \
    %D%/program.c %D%/program.h \
    %D%/receiver.c %D%/receiver.h \
    %D%/recorded.c %D%/recorded.h \
    %D%/replay.c \
    %D%/report.c %D%/report.h \
    %D%/run.c %D%/run.h \
    %D%/runners.c %D%/runners.h \
    %D%/scratch.c %D%/scratch.h \
    %D%/sequence.c %D%/sequence.h \
    %D%/settings.c %D%/settings.h \
    %D%/source.c %D%/source.h \
    %D%/stop_signals.c %D%/stop_signals.h \
    %D%/supervisor.c %D%/supervisor.h \
    %D%/supervisor_process.c %D%/supervisor_wire.h \
    %D%/suspects.c %D%/suspects.h \
    %D%/tail.c %D%/tail.h \
    %D%/target.c %D%/target.h \
    %D%/variables.c %D%/variables.h \
    %D%/verdict.c %D%/verdict.h \
    %D%/weights.c %D%/weights.h \
    %D%/words.c %D%/words.h \
    %D%/zmtp.c %D%/zmtp.h
