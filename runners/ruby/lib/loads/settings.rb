# frozen_string_literal: true
# SPDX-License-Identifier: Apache-2.0
# What this process shall do: the command line and the environment that the host
# gives, checked. Every complaint names the option or variable and its value.
require 'digest'
require 'optparse'
require 'socket'
require 'uri'
require_relative 'version'

module Loads
  # A mistake of the user: a text on stderr, exit code 2.
  class UsageError < StandardError; end

  class Settings
    USAGE = <<~TEXT
      Usage: loads-ruby-runner [OPTION...] FILE[:NAME]

      Runs the tests of FILE (.rb): those of its minitest classes, the methods of its other
      classes and modules, and its functions, as far as their names start with "test". NAME
      is one of them, such as TestShop.test_home, or a class. Started by Loads it runs them
      as many users and reports to it; started by hand it runs each once and prints TAP.

        --server-url URL         what Loads.server_url is
        --ca-file FILE           trust the certificate authorities in this file (PEM) alone
        --insecure               trust any certificate
        --data FILE              rows for tests, .csv or .json
        --data-order ORDER       sequential, random, shuffled or once
        --data-unique[=USERS]    each user gets rows of its own
        --seed TEXT              the seed of random numbers, and of random and shuffled rows
        --help                   show this help
        --version                show the version
    TEXT

    # Messages in arrays, sequence numbers, runnerEnd and metrics came with it.
    PROTOCOL = 2
    NUMBER_LIMIT = 2**31 - 1 # of loads_status
    USERS_LIMIT = 1_000_000  # of one cycle
    ORDERS = %w[sequential random shuffled once].freeze

    attr_reader :action, :target, :server_url, :ca_file, :insecure, :data, :data_order, :data_unique, :data_users, :seed,
                :receiver, :identity, :users, :first_user, :process_users, :hits, :duration_s

    def initialize(argv, env)
      @data_order = 'sequential'
      read_arguments(argv)
      @receiver = present(env['LOADS_ZMQ_RECEIVER'])
      if @receiver.nil? # by hand: one user, once
        @hits = @users = @first_user = @process_users = 1
      else
        read_environment(env)
      end
      # A run's id is in its report, so that its numbers can be had again.
      @seed ||= @identity&.dig(:run_id) || Random.new_seed.to_s[0, 12]
    end

    # Some number that depends on the seed and these words, and on nothing else.
    def number_of(*words)
      Digest::SHA256.digest([@seed, *words].join("\0")).unpack1('Q<')
    end

    private

    def read_arguments(argv)
      rest = parser.parse(argv)
      return if @action

      raise UsageError, "no test file given; #{USAGE.lines.first.strip}" if rest.empty?
      raise UsageError, "one test file at a time: #{rest.join(' and ')} given" if rest.size > 1

      @target = rest.first
      raise UsageError, '--insecure trusts any certificate: --ca-file means nothing beside it' if @ca_file && @insecure
      raise UsageError, '--data-order and --data-unique need --data' if @data.nil? && (@is_dealt || @data_unique)
    rescue OptionParser::ParseError => e
      raise UsageError, "#{e.message}; see --help"
    end

    def parser
      OptionParser.new do |options|
        options.on('--server-url URL') { |url| @server_url = check_url(url) }
        options.on('--ca-file FILE') { |file| @ca_file = file }
        options.on('--insecure') { @insecure = true }
        options.on('--data FILE') { |file| @data = file }
        options.on('--data-order ORDER') { |order| read_order(order) }
        options.on('--data-unique[=USERS]') { |users| read_unique(users) }
        options.on('--seed TEXT') { |seed| @seed = seed }
        options.on('--help') { @action = :help }
        options.on('--version') { @action = :version }
      end
    end

    def check_url(text)
      uri = URI.parse(text)
      return text if uri.is_a?(URI::HTTP) && uri.host

      raise URI::InvalidURIError
    rescue URI::InvalidURIError
      raise UsageError, "--server-url #{text} is not an http or https URL"
    end

    def read_order(order)
      raise UsageError, "--data-order #{order}: expected #{ORDERS.join(', ')}" unless ORDERS.include?(order)

      @data_order = order
      @is_dealt = true
    end

    def read_unique(users)
      @data_unique = true
      @data_users = users && read_number('--data-unique', users, USERS_LIMIT)
    end

    def read_environment(env)
      hits = present(env['LOADS_TOTAL_HITS'])
      duration = present(env['LOADS_DURATION'])
      raise UsageError, 'LOADS_TOTAL_HITS and LOADS_DURATION are both set; one is expected' if hits && duration

      check_protocol(env['LOADS_PROTOCOL'])
      @identity = read_identity(env)
      @users = read_count(env, 'LOADS_TOTAL_USERS')
      @first_user = read_count(env, 'LOADS_CURRENT_USER')
      @process_users = read_count(env, 'LOADS_PROCESS_USERS', USERS_LIMIT)
      @hits = duration ? 0 : read_count(env, 'LOADS_TOTAL_HITS')
      @duration_s = duration && read_duration(duration)
    end

    def check_protocol(text)
      return if text.to_i >= PROTOCOL

      raise UsageError, "LOADS_PROTOCOL=#{text}: this runner needs a host that speaks protocol #{PROTOCOL}"
    end

    def read_identity(env)
      host = Socket.gethostname
      { agent_id: present(env['LOADS_AGENT_ID']) || "#{host}.#{Process.pid}",
        run_id: present(env['LOADS_RUN_ID']), hostname: host }
    end

    def read_count(env, name, limit = NUMBER_LIMIT)
      read_number(name, present(env[name]) || '1', limit)
    end

    def read_number(name, text, limit)
      number = text.to_i
      return number if text.match?(/\A[0-9]+\z/) && number.between?(1, limit)

      raise UsageError, "#{name}=#{text} is not a whole number from 1 to #{limit}"
    end

    def read_duration(text)
      seconds = Float(text, exception: false)
      return seconds if seconds&.positive? && seconds.finite?

      raise UsageError, "LOADS_DURATION=#{text} is not a number of seconds"
    end

    def present(text) = text.to_s.empty? ? nil : text
  end
end
