# SPDX-License-Identifier: Apache-2.0
# A new observer NAME is a file here and these lines, with its name in them:
#   observers_PROGRAMS += %D%/NAME.so
#   %C%_NAME_so_SOURCES = %D%/NAME.c
#   %C%_NAME_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
#   %C%_NAME_so_CFLAGS = $(OBSERVER_CFLAGS)
#   %C%_NAME_so_LDFLAGS = $(PLUGIN_LINK)
#   %C%_NAME_so_LDADD = $(OBSERVER_LIBS)
observers_PROGRAMS += %D%/email.so %D%/exec.so %D%/ffi.so %D%/irc.so %D%/webhook.so

# What observers share, over what outputs share.
noinst_LIBRARIES += %D%/libobserve.a
OBSERVER_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/%D% -I$(srcdir)/outputs
OBSERVER_CFLAGS = $(PLUGIN_COMPILE) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(OPENSSL_CFLAGS)
OBSERVER_LIBS = %D%/libobserve.a $(OUTPUT_LIBS) $(CURL_LIBS) -lcrypto
%C%_libobserve_a_SOURCES = \
    core/base/clock.c core/base/json_writer.c core/base/nearest.c core/run/words.c \
    %D%/common/server.c %D%/common/server.h \
    %D%/common/tell.c %D%/common/tell.h \
    %D%/common/template.c %D%/common/template.h
%C%_libobserve_a_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_libobserve_a_CFLAGS = $(OBSERVER_CFLAGS)

%C%_email_so_SOURCES = \
    %D%/email/address.c %D%/email/address.h \
    %D%/email/email.c \
    %D%/email/mail.c %D%/email/mail.h
%C%_email_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_email_so_CFLAGS = $(OBSERVER_CFLAGS)
%C%_email_so_LDFLAGS = $(PLUGIN_LINK)
%C%_email_so_LDADD = $(OBSERVER_LIBS)

%C%_exec_so_SOURCES = %D%/exec.c
%C%_exec_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_exec_so_CFLAGS = $(OBSERVER_CFLAGS)
%C%_exec_so_LDFLAGS = $(PLUGIN_LINK)
%C%_exec_so_LDADD = $(OBSERVER_LIBS)

%C%_ffi_so_SOURCES = %D%/ffi.c $(FFI_SOURCES)
%C%_ffi_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_ffi_so_CFLAGS = $(OBSERVER_CFLAGS) $(FFI_CFLAGS)
%C%_ffi_so_LDFLAGS = $(PLUGIN_LINK)
%C%_ffi_so_LDADD = $(OUTPUT_LIBS) $(FFI_LIBS) -ldl

%C%_irc_so_SOURCES = \
    %D%/irc/connection.c %D%/irc/connection.h \
    %D%/irc/irc.c \
    %D%/irc/line.c %D%/irc/line.h \
    %D%/irc/talk.c %D%/irc/talk.h
%C%_irc_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_irc_so_CFLAGS = $(OBSERVER_CFLAGS)
%C%_irc_so_LDFLAGS = $(PLUGIN_LINK)
%C%_irc_so_LDADD = $(OBSERVER_LIBS)

%C%_webhook_so_SOURCES = \
    %D%/webhook/post.c %D%/webhook/post.h \
    %D%/webhook/shape.c %D%/webhook/shape.h \
    %D%/webhook/webhook.c
%C%_webhook_so_CPPFLAGS = $(OBSERVER_CPPFLAGS)
%C%_webhook_so_CFLAGS = $(OBSERVER_CFLAGS)
%C%_webhook_so_LDFLAGS = $(PLUGIN_LINK)
%C%_webhook_so_LDADD = $(OBSERVER_LIBS)
