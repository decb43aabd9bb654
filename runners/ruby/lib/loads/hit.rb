# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
require_relative 'clock'

module Loads
  # One request on the wire, reported exactly once: elapsed runs until the whole body
  # has arrived, or, when the test did not take it all, until the headers had.
  class Hit
    attr_reader :status_text, :method, :origin, :path, :name, :status, :error, :began_us, :elapsed_us, :ttfb_us, :bytes_in
    # What was opened for it, if anything: a Connection.
    attr_accessor :connection

    # How long it took to connect, and of that, for TLS (nil: without it).
    Connection = Struct.new(:elapsed_us, :tls_us)

    # `origin`: what URLs of the connection begin with. `earlier_us`: what was spent on it
    # before, for its connection. There is one for each request: it calls as little as it can.
    def initialize(user, method, origin, path, earlier_us = 0)
      @user = user
      @status_text = user.status_text
      @method = method
      @origin = origin
      @path = path
      @name = Thread.current[:loads_name]
      @began_us = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond) - earlier_us
      user.open_hits[self] = true
    end

    # Who speaks to a proxy by hand gives whole URLs as paths.
    def url
      @path.start_with?('/') ? "#{@origin}#{@path}" : @path.sub(%r{//[^/@]*@}, '//')
    end

    # The headers of the response are here.
    def headers(status)
      @status = status
      @ttfb_us = Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond) - @began_us
    end

    # The body is here, as far as the test's client is concerned: Net::HTTP takes one
    # that was cut for a whole one. Either number may be nil, for not known.
    def finish(declared, received)
      return fail("the answer ended after #{received} of #{declared} bytes") if declared && received && received < declared

      @bytes_in = declared || received
      report(Process.clock_gettime(Process::CLOCK_MONOTONIC, :microsecond) - @began_us, @status)
    end

    # The rest will not be read.
    def leave
      @status ? report(@ttfb_us, @status) : fail('the test did not wait for the answer')
    end

    def fail(why)
      report(Clock.now_us - @began_us, 0, why)
    end

    # Whether the reporter has seen it before; asked once for each time that it comes.
    def told?
      is_told = @is_told
      @is_told = true
      is_told
    end

    private

    # A time-out of the test may come at any moment, also before it is known to be reported:
    # then it may be reported twice, and is told once.
    def report(elapsed_us, status, error = nil)
      return unless @user.open_hits.key?(self)

      @elapsed_us = elapsed_us
      @status = status
      @error = error if error
      @user.reporter.report_hit(self)
      @user.open_hits.delete(self)
    end
  end
end
