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
    BROKEN = [IOError, SystemCallError, Timeout::Error, Net::ProtocolError, Net::HTTPBadResponse,
              Net::HTTPHeaderSyntaxError, Zlib::Error].freeze
    ASKED_AGAIN = 'no whole answer; Net::HTTP asked again'

    def self.record
      Net::HTTP.prepend(self)
    end

    # It may have to connect first: then this is what it connects for.
    def request(req, body = nil, &block)
      return super if started? || Loads.current_user.nil?

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
      began = Clock.now
      @loads_tls = nil
      begin
        super
      rescue Exception => error # rubocop:disable Lint/RescueException
        refused(user, began, error) if @loads_hit.nil?
        raise
      end
      @loads_connected = [Clock.since(began), @loads_tls]
    end

    def ssl_socket_connect(*)
      began = Clock.now
      super
      @loads_tls = Clock.since(began)
    end

    # Once for each request; it may need several attempts.
    def transport_request(req)
      return super if Loads.current_user.nil?

      begin
        response = super(req) do |answer|
          @loads_hit.headers(answer.code.to_i, Http.body_length(answer))
          yield answer if block_given?
        end
        @loads_hit.finish(Http.read_length(response))
        response
      rescue Exception => error # rubocop:disable Lint/RescueException
        broken(error)
        raise
      ensure
        # Reported by now, unless the block was left by break, throw or the thread's end.
        left
      end
    end

    # Once for each attempt.
    def begin_transport(req)
      user = Loads.current_user or return super
      @loads_hit&.fail(ASKED_AGAIN)
      connect, tls = @loads_connected
      @loads_hit = Hit.new(user, req.method, Http.url(self, req.path), connect || 0)
      @loads_connected = nil
      super
      connect, tls = @loads_connected if @loads_connected
      @loads_connected = nil
      return unless connect

      @loads_hit.connect = tls ? (connect - tls).round(6) : connect
      @loads_hit.tls = tls
    end

    def refused(user, began, error)
      method = @loads_asked&.method || 'CONNECT'
      hit = Hit.new(user, method, Http.url(self, @loads_asked&.path || '/'), Clock.now - began)
      hit.fail(Errors.text(error))
    end

    def broken(error)
      return if @loads_hit.nil?

      if @loads_hit.answered? && !BROKEN.any? { |kind| kind === error }
        @loads_hit.leave
      else
        @loads_hit.fail(Errors.text(error))
      end
    end

    def left
      return if @loads_hit.nil?

      @loads_hit.answered? ? @loads_hit.leave : @loads_hit.fail('the test did not wait for the answer')
      @loads_hit = nil
    end

    class << self
      # Without user and password, which a report must not show.
      def url(http, path)
        return path if path.match?(%r{\Ahttps?://}i)

        host = http.address.include?(':') ? "[#{http.address}]" : http.address
        port = ":#{http.port}" unless http.port == (http.use_ssl? ? 443 : 80)
        "#{http.use_ssl? ? 'https' : 'http'}://#{host}#{port}#{path}"
      end

      # As it is on the wire, or nil.
      def body_length(response)
        response.content_length if response.class.body_permitted?
      rescue Net::HTTPHeaderSyntaxError
        nil
      end

      # Where no header told: a body in chunks that was not compressed. Net::HTTP takes
      # the header of one that it decompresses away, and never asks for others.
      def read_length(response)
        body = response.body
        body.bytesize if body.is_a?(String) && response.chunked? && !response.decode_content
      end
    end
  end
end
