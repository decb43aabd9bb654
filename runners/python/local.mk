# SPDX-License-Identifier: Apache-2.0
# The Python runner is a package. The build makes a copy in the build folder (package/),
# where the interpreter may put its bytecode; `make install` copies that.
# bin/loads-python-runner finds the package by a way relative to itself.
PYTHON_LIBRARY = \
    %D%/loads/__init__.py \
    %D%/loads/case.py \
    %D%/loads/channel.py \
    %D%/loads/deal.py \
    %D%/loads/encode.py \
    %D%/loads/errors.py \
    %D%/loads/fixtures.py \
    %D%/loads/hits.py \
    %D%/loads/loader.py \
    %D%/loads/main.py \
    %D%/loads/patching.py \
    %D%/loads/recorder.py \
    %D%/loads/reporter.py \
    %D%/loads/result.py \
    %D%/loads/rows.py \
    %D%/loads/session.py \
    %D%/loads/settings.py \
    %D%/loads/stop.py \
    %D%/loads/tap.py \
    %D%/loads/trust.py \
    %D%/loads/users.py \
    %D%/loads/webapp.py \
    %D%/loads/websocket.py \
    %D%/loads/work.py
PYTHON_TESTS = \
    %D%/tests/test_hits.py \
    %D%/tests/test_parts.py \
    %D%/tests/test_run.py \
    %D%/tests/test_usage.py
EXTRA_DIST += $(PYTHON_LIBRARY) $(PYTHON_TESTS) %D%/pyproject.toml \
    %D%/bin/loads-python-runner %D%/examples/shop.py %D%/tests/harness.py \
    %D%/tests/documents/counter.py %D%/tests/documents/example.py \
    %D%/tests/documents/sockets.py %D%/tests/documents/webtest_app.py \
    docs/tutorial/first-python-test.md docs/reference/python-test.md

if WITH_PYTHON_RUNNER

pythondir = $(pkglibdir)/python
python_build = %D%/package
RUN_TESTS += $(PYTHON_TESTS)

$(python_build)/loads.stamp: $(PYTHON_LIBRARY) %D%/local.mk
	$(AM_V_at)rm -rf $(python_build)
	$(AM_V_at)$(MKDIR_P) $(python_build)/loads
	$(AM_V_GEN)for file in $(PYTHON_LIBRARY); do \
	    $(INSTALL_DATA) $(srcdir)/$$file $(python_build)/$${file#%D%/} || exit 1; done
	$(AM_V_at)touch $@

# make_python_runner WAY FILE: the program, with the way to the package in it.
make_python_runner = make_python_runner() { \
    $(SED) "1s,.*,\#!$(PYTHON3_SHEBANG),;s,\"\.\.\",\"$$1\"," $(srcdir)/%D%/bin/loads-python-runner >"$$2.tmp" \
    && chmod 755 "$$2.tmp" && mv "$$2.tmp" "$$2"; }; make_python_runner

loads-python-runner: %D%/bin/loads-python-runner $(python_build)/loads.stamp
	$(AM_V_GEN)$(make_python_runner) $(python_build) $@

all-local: loads-python-runner
CLEANFILES += loads-python-runner loads-python-runner.tmp

install-python: loads-python-runner
	$(MKDIR_P) "$(DESTDIR)$(bindir)" "$(DESTDIR)$(pythondir)/loads"
	for file in $(PYTHON_LIBRARY); do \
	    $(INSTALL_DATA) $(srcdir)/$$file "$(DESTDIR)$(pythondir)/$${file#%D%/}" || exit 1; done
	$(PYTHON3) -m compileall -q -s "$(DESTDIR)" "$(DESTDIR)$(pythondir)"
	way=`$(PYTHON3) -c 'import os, sys; print(os.path.relpath(sys.argv[2], sys.argv[1]))' "$(bindir)" "$(pythondir)"` && \
	$(make_python_runner) "$$way" "$(DESTDIR)$(bindir)/loads-python-runner"

uninstall-python:
	rm -rf "$(DESTDIR)$(pythondir)"
	rm -f "$(DESTDIR)$(bindir)/loads-python-runner"

# What was installed works from where it is.
installcheck-python:
	"$(DESTDIR)$(bindir)/loads-python-runner" $(srcdir)/%D%/examples/shop.py:TestShop.test_home | grep 'TAP version' >/dev/null

INSTALL_HOOKS += install-python
UNINSTALL_HOOKS += uninstall-python
INSTALL_CHECKS += installcheck-python

endif WITH_PYTHON_RUNNER

clean-local: clean-python
clean-python:
	rm -rf %D%/package
.PHONY: install-python uninstall-python installcheck-python clean-python
