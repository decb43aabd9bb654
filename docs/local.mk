# SPDX-License-Identifier: Apache-2.0
# The manual pages come from the program's own tables, when it is built.
MAN_PAGES = \
    %D%/man/loads.1 %D%/man/loads-run.1 %D%/man/loads-report.1 %D%/man/loads-recover.1 \
    %D%/man/loads-conformance.1 %D%/man/loads-plugins.1 %D%/man/loads-plugin.1 %D%/man/loads-completion.1 \
    %D%/man/loads-help.1 %D%/man/loads-version.1
man_MANS += $(MAN_PAGES) %D%/man/loads-runner.1
CLEANFILES += $(MAN_PAGES) %D%/man/loads-runner.1

$(MAN_PAGES): loads$(EXEEXT)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)page=$(@F) && ./loads$(EXEEXT) --man $${page%.1} > $@.tmp && mv $@.tmp $@

%D%/man/loads-runner.1: %D%/man/loads-run.1
	$(AM_V_GEN)echo '.so man1/loads-run.1' > $@

EXTRA_DIST += \
    %D%/how-to/call-a-library.md \
    %D%/how-to/write-a-plugin.md \
    %D%/index.md \
    %D%/explanation/how-fast.md \
    %D%/explanation/how-loads-works.md \
    %D%/how-to/load-test-any-program.md \
    %D%/how-to/record-libcurl.md \
    %D%/how-to/merge-results.md \
    %D%/how-to/mixed-run.md \
    %D%/how-to/test-your-service.md \
    %D%/how-to/use-data.md \
    %D%/how-to/use-other-tools.md \
    %D%/how-to/use-in-ci.md \
    %D%/how-to/write-a-runner.md \
    %D%/reference/exit-codes.md \
    %D%/reference/ffi.md \
    %D%/reference/conformance.md \
    %D%/reference/protocol.md \
    %D%/reference/result-document.md \
    %D%/tutorial/first-c-test.md \
    %D%/tutorial/getting-started.md \
    %D%/reference/c-test.md \
    %D%/reference/configuration.md \
    %D%/reference/errors.md \
    %D%/reference/options.md \
    %D%/reference/observers.md \
    %D%/reference/outputs.md

# What reads result documents may check them.
dist_doc_DATA += %D%/result-schema.json
