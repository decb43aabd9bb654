# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# What a test may ask of Loads. A test needs none of it; a file that requires it runs
# without the runner too: as user 1, against $SERVER_URL, its measures going nowhere.
require_relative 'loads/outside'
require_relative 'loads/user'
require_relative 'loads/version'

module Loads
  # Raise it where what was tested is wrong; any other exception is an error.
  class Failure < StandardError; end

  KINDS = %w[counter gauge rate trend].freeze
  NAME_LIMIT = 256 # bytes; the host refuses longer ones

  class << self
    # Who answers outside of every user: Outside, or the runner's own.
    attr_writer :outside

    # Which user runs this, from 1.
    def user = here.number

    # Which time the user runs it, from 1.
    def iteration = here.iteration

    # What --server-url said, or nil.
    def server_url = here.server_url

    # The path as a full URL on the server under test.
    def url(path)
      base = server_url or raise ArgumentError, "Loads.url(#{path.inspect}): no --server-url was given"
      URI.join(base, path).to_s
    end

    # The row of --data that belongs to this iteration: a Hash by column.
    def row = here.row

    # Random numbers that --seed repeats, another sequence for each user.
    def random = here.random

    # A Hash that the user keeps for all its iterations.
    def store = here.store

    # Hits in the block are called `name` in the report, whatever their URLs.
    def name(name)
      check_name(name)
      before = Thread.current[:loads_name]
      Thread.current[:loads_name] = name
      yield
    ensure
      Thread.current[:loads_name] = before
    end

    def incr_counter(name, value = 1)
      check_measure(name, value)
      here.report('incr_counter', name: name, value: value)
    end

    # A figure of your own; a trend gets percentiles.
    def metric(name, value, kind = 'trend')
      check_measure(name, value)
      kind = kind.to_s
      raise ArgumentError, "metric #{name}: kind #{kind} is not one of #{KINDS.join(', ')}" unless KINDS.include?(kind)

      here.report('metric', name: name, value: value, kind: kind)
    end

    # The user that the running thread, or the one that started it, belongs to; or nil.
    def current_user
      group = Thread.current.group
      group if group.is_a?(User)
    end

    private

    def here
      current_user || (@outside ||= Outside.new(server_url: ENV.fetch('SERVER_URL', nil)))
    end

    def check_measure(name, value)
      check_name(name)
      raise ArgumentError, "#{name}: #{value.inspect} is not a finite number" unless finite?(value)
    end

    def check_name(name)
      raise ArgumentError, "a name must be a text, not #{name.inspect}" unless name.is_a?(String) && !name.empty?
      raise ArgumentError, "the name #{name[0, 20]}... is longer than #{NAME_LIMIT} bytes" if name.bytesize > NAME_LIMIT
    end

    def finite?(value)
      (value.is_a?(Integer) || value.is_a?(Float)) && value.finite?
    end
  end
end
