# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# Whom TLS trusts: Net::HTTP, open-uri and whatever else is built on Ruby's OpenSSL. It
# is loaded only when it is told something; by itself it obeys SSL_CERT_FILE and SSL_CERT_DIR.
module Loads
  module Trust
    # Where nobody is to be found.
    NO_FOLDER = '/dev/null'

    # Prepended to OpenSSL::SSL::SSLSocket, which freezes its context.
    module Anybody
      def initialize(io, context = OpenSSL::SSL::SSLContext.new)
        context.verify_mode = OpenSSL::SSL::VERIFY_NONE unless context.frozen?
        super
      end
    end

    def self.prepare(settings)
      trust_file(settings.ca_file) if settings.ca_file
      trust_anybody if settings.insecure
    end

    # OpenSSL reads the variables whenever somebody asks it for the usual authorities.
    # One store has asked when the library was loaded.
    def self.trust_file(file)
      ENV['SSL_CERT_FILE'] = File.expand_path(file)
      ENV['SSL_CERT_DIR'] = NO_FOLDER
      require 'openssl'
      OpenSSL::X509::Store.new.add_file(ENV.fetch('SSL_CERT_FILE'))
    rescue OpenSSL::OpenSSLError
      raise UsageError, "cannot read certificates from #{file}"
    end
    private_class_method :trust_file

    def self.trust_anybody
      require 'openssl'
      OpenSSL::SSL::SSLSocket.prepend(Anybody)
    end
    private_class_method :trust_anybody
  end
end
