# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# Records what Net::HTTP sends, and so what is built on it: open-uri and most clients.
# It overrides the few inner methods that every request passes; those of requests that
# no user makes do nothing more than before.
require 'net/http'
require_relative 'clock'
require_relative 'errors'
require_relative 'hit'

module Loads
  # Prepended to Net::HTTP.
  module Http
    # What breaks off a response, as against what a test itself raises in the block
    # that it reads the response with.
    BROKEN = %w[IOError SystemCallError Timeout::Error Net::ProtocolError Net::HTTPBadResponse
                Net::HTTPHeaderSyntaxError OpenSSL::OpenSSLError Zlib::Error].freeze
    ASKED_AGAIN = 'no whole answer; Net::HTTP asked again'

    def self.record
      Net::HTTP.prepend(self)
    end

    # It may have to connect first: then this is what it connects for.
    def request(req, body = nil, &block)
      return super if @started || Loads.current_user.nil?

      @loads_asked = req
      begin
        super
      ensure
        @loads_asked = nil
      end
    end

    private

    # The time goes to the first request of the connection. A connection that fails is
    # a hit too; Net::HTTP.start does not know yet of what.
    def connect
      user = Loads.current_user or return super
      began_us = Clock.now_us
      @loads_tls_us = nil
      begin
        super
      rescue Exception => error # rubocop:disable Lint/RescueException
        loads_refused(user, began_us, error) if @loads_hit.nil?
        raise
      end
      @loads_connected = Hit::Connection.new(Clock.now_us - began_us, @loads_tls_us)
    end

    def ssl_socket_connect(*)
      began_us = Clock.now_us
      super
      @loads_tls_us = Clock.now_us - began_us
    end

    # Once for each request; it may need several attempts.
    def transport_request(req, &block)
      @loads_user = Loads.current_user or return super

      begin
        declared = is_encoded = nil
        response = super(req) do |answer|
          # As they came: to ask for each by its name takes longer than the rest.
          fields = answer.instance_variable_get(:@header)
          declared = fields['content-length']
          is_encoded = fields.key?('content-encoding') # it is gone when the body is read
          @loads_hit.headers(answer.code.to_i)
          block&.call(answer)
        end
        loads_finish(response.body, declared&.first, is_encoded)
        response
      rescue Exception => error # rubocop:disable Lint/RescueException
        @loads_hit.fail(Errors.text(error)) if @loads_hit && (@loads_hit.status.nil? || Http.broken?(error))
        raise
      ensure
        # Reported by now, unless the test has left the block that it reads in.
        @loads_hit&.leave
        @loads_hit = nil
      end
    end

    # Once for each attempt.
    def begin_transport(req)
      return super unless @loads_user

      @loads_hit&.fail(ASKED_AGAIN)
      earlier = @loads_connected
      @loads_connected = nil
      hit = @loads_hit = Hit.new(@loads_user, req.method, loads_origin, req.path, earlier ? earlier.elapsed_us : 0)
      super
      return unless earlier || @loads_connected

      hit.connection = @loads_connected || earlier
      @loads_connected = nil
    end

    # No body follows some requests and answers, whatever the headers declare.
    def loads_finish(body, declared, is_encoded)
      received = body.bytesize if body.is_a?(String) && !is_encoded
      @loads_hit.finish(body && declared&.to_i, received)
      @loads_hit = nil
    end

    def loads_origin = @loads_origin ||= Http.origin(self)

    def loads_refused(user, began_us, error)
      method = @loads_asked&.method || 'CONNECT'
      hit = Hit.new(user, method, loads_origin, @loads_asked&.path || '/', Clock.now_us - began_us)
      hit.fail(Errors.text(error))
    end

    class << self
      # What URLs of the connection begin with: never with user and password, which a
      # report must not show.
      def origin(http)
        host = http.address.include?(':') ? "[#{http.address}]" : http.address
        port = ":#{http.port}" unless http.port == (http.use_ssl? ? 443 : 80)
        "#{http.use_ssl? ? 'https' : 'http'}://#{host}#{port}"
      end

      def broken?(error)
        error.class.ancestors.any? { |each| BROKEN.include?(each.name) }
      end
    end
  end
end
