# SPDX-License-Identifier: Apache-2.0
# The Ruby runner is a gem, and installed without RubyGems: its files, and beside the
# other programs one that finds them by a way relative to itself.
RUBY_LIBRARY = \
    %D%/lib/loads.rb \
    %D%/lib/loads/cases.rb \
    %D%/lib/loads/clock.rb \
    %D%/lib/loads/crowd.rb \
    %D%/lib/loads/deal.rb \
    %D%/lib/loads/encode.rb \
    %D%/lib/loads/errors.rb \
    %D%/lib/loads/hit.rb \
    %D%/lib/loads/hit_encoder.rb \
    %D%/lib/loads/http.rb \
    %D%/lib/loads/loader.rb \
    %D%/lib/loads/outside.rb \
    %D%/lib/loads/reporter.rb \
    %D%/lib/loads/rows.rb \
    %D%/lib/loads/runner.rb \
    %D%/lib/loads/settings.rb \
    %D%/lib/loads/tap.rb \
    %D%/lib/loads/trust.rb \
    %D%/lib/loads/user.rb \
    %D%/lib/loads/version.rb \
    %D%/lib/loads/zmq.rb
RUBY_TESTS = \
    %D%/test/parts_test.rb \
    %D%/test/run_test.rb \
    %D%/test/usage_test.rb
EXTRA_DIST += $(RUBY_LIBRARY) $(RUBY_TESTS) %D%/bin/loads-ruby-runner %D%/examples/shop.rb \
    %D%/loads-runner.gemspec %D%/test/helpers.rb \
    docs/tutorial/first-ruby-test.md docs/reference/ruby-test.md

if WITH_RUBY_RUNNER

rubydir = $(pkglibdir)/ruby
RUN_TESTS += $(RUBY_TESTS)

# In the build folder it uses the sources as they are.
loads-ruby-runner: %D%/bin/loads-ruby-runner %D%/local.mk
	$(AM_V_GEN)$(SED) "s,require_relative '\.\./lib/,require '$(abs_top_srcdir)/%D%/lib/," \
	    $(srcdir)/%D%/bin/loads-ruby-runner >$@.tmp && chmod +x $@.tmp && mv $@.tmp $@

all-local: loads-ruby-runner
CLEANFILES += loads-ruby-runner loads-ruby-runner.tmp

install-ruby:
	$(MKDIR_P) "$(DESTDIR)$(bindir)" "$(DESTDIR)$(rubydir)/lib/loads"
	for file in $(RUBY_LIBRARY); do \
	    $(INSTALL_DATA) $(srcdir)/$$file "$(DESTDIR)$(rubydir)/$${file#%D%/}" || exit 1; done
	way=`$(RUBY) -rpathname -e 'puts Pathname(ARGV[1]).relative_path_from(ARGV[0])' "$(bindir)" "$(rubydir)"` && \
	$(SED) "s,'\.\./lib/,'$$way/lib/," $(srcdir)/%D%/bin/loads-ruby-runner \
	    >"$(DESTDIR)$(bindir)/loads-ruby-runner" && chmod 755 "$(DESTDIR)$(bindir)/loads-ruby-runner"

uninstall-ruby:
	rm -rf "$(DESTDIR)$(rubydir)"
	rm -f "$(DESTDIR)$(bindir)/loads-ruby-runner"

# What was installed works from where it is.
installcheck-ruby:
	"$(DESTDIR)$(bindir)/loads-ruby-runner" $(srcdir)/%D%/examples/shop.rb:TestShop.test_home | \
	    grep 'TAP version' >/dev/null

INSTALL_HOOKS += install-ruby
UNINSTALL_HOOKS += uninstall-ruby
INSTALL_CHECKS += installcheck-ruby

endif WITH_RUBY_RUNNER
.PHONY: install-ruby uninstall-ruby installcheck-ruby
