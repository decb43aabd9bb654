# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0

module Loads
  # One virtual user. It is a thread group, which threads inherit from the one that
  # starts them: so whatever a test does in threads of its own is told as this user's.
  class User < ThreadGroup
    attr_reader :number, :store, :test, :iteration, :status_text, :open_hits, :reporter
    attr_writer :row

    def initialize(settings, reporter, number)
      super()
      @settings = settings
      @reporter = reporter
      @number = number
      @store = {}
      @open_hits = {}.compare_by_identity # requests without an end; the values mean nothing
      self.iteration = 1
    end

    # A message that belongs to no iteration yet says that it is of the first.
    def iteration=(iteration)
      @iteration = iteration
      @loads_status = [@settings.hits, @settings.users, iteration, @number].freeze
      @status_text = @loads_status.inspect.freeze # as JSON, once for many hits
    end

    # The test that messages belong to from now on: its name, or nil.
    attr_writer :test

    def server_url = @settings.server_url

    def random
      @random ||= Random.new(@settings.number_of('user', @number))
    end

    def row
      @row or raise ArgumentError, 'Loads.row: no --data was given'
    end

    def report(type, **fields)
      fields = { test: @test, loads_status: @loads_status, **fields }
      fields.compact!
      @reporter.report(type, fields)
    end
  end
end
